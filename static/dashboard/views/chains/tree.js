/** Who started whom, as a tree: daemon → manager → shim → container init → children, and apart from it the host's other processes. Pure. */

import { TYPES } from "../../model/types.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/store.js").State} State
 *
 * @typedef {object} Step  a process, or what stands for several things
 * @property {string} id  key of the process, or what the fold is known by
 * @property {"process"|"alike"|"host"|"idle"|"container"} kind  `alike`: siblings that look the same; `host`: what belongs to no chain; `idle`: containers without a process
 * @property {Process|null} process  of `alike`, the first of them
 * @property {Container|null} container  the one that begins here, or that has no process
 * @property {"parent"|"runtime"|null} via  how it hangs on the step above
 * @property {NamespaceType[]} changes  the types in which it is known to differ from the step above, or the first step from the host
 * @property {Step[]} children
 * @property {number} size  processes below it
 *
 * @typedef {object} TreeInput
 * @property {State} state
 * @property {{before: State, after: State}|null} [sides]  of a comparison: pids mean something on one side only
 * @property {(process: Process) => boolean} [admits]  what is shown at all
 */

const ALIKE = 6; // so many childless siblings that look the same are one step
const DEEPEST = 400; // a chain of parents that is longer is cut: nobody reads it, and it would be a heavy tree
const SUPERVISORS = new Set(["daemon", "manager", "shim"]);
const UNKNOWN = /** @type {NamespaceSet} */ (Object.fromEntries(TYPES.map((type) => [type, null])));
const OF_CHAINS = new Set(["daemon", "manager", "shim", "proxy"]);

/** The first steps: the chains, by pid; then the host's other processes; then containers without a process. Cost: a few passes over the processes. @param {TreeInput} input @return {Step[]} */
export function buildTree(input) {
  const kin = findKin(input);
  const initial = initialSet(input.state);
  const make = stepMaker(kin);
  const chains = kin.tops.filter((process) => kin.inChain.has(process.key)).map((process) => make(process, initial));
  const others = kin.tops.filter((process) => !kin.inChain.has(process.key)).map((process) => make(process, initial));
  return [
    ...foldAlike(chains, kin),
    ...group("host", "host", foldAlike(others, kin)),
    ...group("idle", "idle", idleOf(input.state, kin)),
  ];
}

/** Types in which two sets are known to differ; what could not be read does not count. @param {NamespaceSet} before @param {NamespaceSet} after */
export function changedTypes(before, after) {
  if (before === after) return [];
  return TYPES.filter((type) => before[type] !== after[type] && before[type] !== null && after[type] !== null);
}

/** @param {State} state @return {NamespaceSet} */
function initialSet(state) {
  const set = { ...UNKNOWN };
  for (const space of state.namespaces.values()) if (space.initial) set[space.type] = space.key;
  return set;
}

/**
 * @typedef {object} Kin
 * @property {Set<string>} inChain  keys of the processes of the chains
 * @property {Map<string, {above: Process, via: "parent"|"runtime"}>} above
 * @property {Map<string, Process[]>} below
 * @property {Process[]} tops  those that hang on nothing
 * @property {Map<string, Container>} begins  key of a container's init → the container
 * @property {TreeInput["sides"]} sides
 */

/** @param {TreeInput} input @return {Kin} */
function findKin({ state, sides = null, admits = () => true }) {
  const shown = [...state.processes.values()].filter(admits);
  const find = pidFinder(shown, sides);
  /** @type {Kin} */
  const kin = { inChain: new Set(), above: new Map(), below: new Map(), tops: [], begins: new Map(), sides };
  hangChains(state, kin, find);
  for (const container of state.containers.values()) {
    const init = container.init_pid === null ? undefined : find(container.init_pid, container.id);
    if (init) kin.begins.set(init.key, container);
  }
  for (const process of shown) {
    if (OF_CHAINS.has(process.role ?? "") || process.container !== null) kin.inChain.add(process.key);
  }
  for (const process of shown) hangByKernel(process, state, kin, find);
  for (const process of shown) {
    const link = kin.above.get(process.key);
    if (!link) kin.tops.push(process);
    else push(kin.below, link.above.key, process);
  }
  for (const list of [kin.tops, ...kin.below.values()])
    list.sort(
      (a, b) =>
        Number(kin.begins.has(b.key)) - Number(kin.begins.has(a.key)) || a.pid - b.pid || a.start_ticks - b.start_ticks,
    );
  return kin;
}

/** @typedef {(pid: number, whose: string) => Process|undefined} FindPid */

/** A process by its pid on the side where `whose` (the key of a process or container) is; the later one, where it is on both. @param {Process[]} shown @param {TreeInput["sides"] & {}|null} sides @return {FindPid} */
function pidFinder(shown, sides) {
  const now = new Map(shown.map((process) => [process.pid, process]));
  if (!sides) return (pid) => now.get(pid);
  const known = new Map(shown.map((process) => [process.key, process]));
  const { before, after } = sides;
  const [then, later] = [before, after].map(
    ({ processes }) => new Map([...processes.values()].map((process) => [process.pid, process.key])),
  );
  return (pid, whose) =>
    known.get((after.processes.has(whose) || after.containers.has(whose) ? later : then).get(pid) ?? "");
}

/** The chains' links come first: they know more than the kernel's parentage. @param {State} state @param {Kin} kin @param {FindPid} find */
function hangChains(state, kin, find) {
  for (const [id, { links }] of state.chains) {
    const steps = links
      .map((link) => ({ link, process: find(link.pid, id) }))
      .filter((step) => step.process !== undefined);
    for (const [index, { link, process }] of steps.entries()) {
      if (!process) continue;
      kin.inChain.add(process.key);
      const above = steps[index - 1]?.process;
      if (above) hang(kin, process, above, link.via ?? "runtime");
    }
  }
}

/** What no chain places: below the kernel's parent, as long as both are of the chains or neither is. @param {Process} process @param {State} state @param {Kin} kin @param {FindPid} find */
function hangByKernel(process, state, kin, find) {
  if (kin.above.has(process.key)) return;
  const parent = find(process.ppid, process.key);
  const inChain = kin.inChain.has(process.key);
  if (
    parent &&
    (inChain ? SUPERVISORS.has(parent.role ?? "") || parent.container !== null : !kin.inChain.has(parent.key))
  )
    return hang(kin, process, parent, "parent");
  const init = state.containers.get(process.container ?? "")?.init_pid;
  const first = init ? find(init, process.key) : undefined;
  if (first && first.container === process.container) hang(kin, process, first, "runtime");
}

/** The first parent a process is given counts; never one of its own descendants. @param {Kin} kin @param {Process} process @param {Process} above @param {"parent"|"runtime"} via */
function hang(kin, process, above, via) {
  if (kin.above.has(process.key)) return;
  let depth = 0;
  for (let at = /** @type {Process|undefined} */ (above); at; at = kin.above.get(at.key)?.above)
    if (at === process || ++depth > DEEPEST) return;
  kin.above.set(process.key, { above, via });
}

/** @param {Kin} kin @return {(process: Process, before: NamespaceSet) => Step} */
function stepMaker(kin) {
  return function make(process, before) {
    const children = foldAlike(
      (kin.below.get(process.key) ?? []).map((child) => make(child, process.namespaces)),
      kin,
    );
    return {
      id: process.key,
      kind: "process",
      process,
      container: kin.begins.get(process.key) ?? null,
      via: kin.above.get(process.key)?.via ?? null,
      changes: changedTypes(before, process.namespaces),
      children,
      size: sizeOf(children),
    };
  };
}

/** @param {Step[]} steps */
function sizeOf(steps) {
  return steps.reduce((sum, step) => sum + step.size + (step.kind === "process" ? 1 : 0), 0);
}

/** Many alike siblings become one step that holds them. @param {Step[]} steps @param {Kin} kin @return {Step[]} */
function foldAlike(steps, kin) {
  /** @type {Map<string, Step[]>} */
  const groups = new Map();
  /** @type {Map<NamespaceSet, number>} */
  const sets = new Map();
  for (const step of steps) {
    const { process } = step;
    if (!process || step.children.length || kin.begins.has(process.key)) continue;
    if (!sets.has(process.namespaces)) sets.set(process.namespaces, sets.size);
    push(
      groups,
      `${sets.get(process.namespaces)}|${step.via}|${process.role}|${process.container}|${likeness(process)}|${fateOf(process, kin)}`,
      step,
    );
  }
  const folded = new Map(
    [...groups.values()].filter((group) => group.length >= ALIKE).map((group) => [group[0], group]),
  );
  const inside = new Set([...folded.values()].flat());
  return steps.flatMap((step) => {
    const group = folded.get(step);
    if (!group) return inside.has(step) ? [] : [step];
    return [
      { ...step, id: `alike:${step.id}`, kind: /** @type {const} */ ("alike"), children: group, size: group.length },
    ];
  });
}

/** @param {Process} process @param {Kin} kin */
function fateOf({ key }, { sides }) {
  return sides ? `${sides.before.processes.has(key)}|${sides.after.processes.has(key)}` : "";
}

/** Kernel threads carry a number in their name: kworker/3:1 is like kworker/4:0. @param {Process} process */
function likeness({ comm, cmdline }) {
  return cmdline.length ? comm : comm.replace(/[/:\d].*$/, "");
}

/** @param {"host"|"idle"} kind @param {string} id @param {Step[]} children @return {Step[]} */
function group(kind, id, children) {
  const size = kind === "idle" ? children.length : sizeOf(children);
  return children.length ? [{ id, kind, process: null, container: null, via: null, changes: [], children, size }] : [];
}

/** Containers that no process stands for. @param {State} state @param {Kin} kin @return {Step[]} */
function idleOf(state, kin) {
  const alive = new Set([...kin.begins.values()].map(({ id }) => id));
  for (const { above } of kin.above.values()) if (above.container) alive.add(above.container);
  for (const process of state.processes.values()) if (process.container) alive.add(process.container);
  return [...state.containers.values()]
    .filter(({ id }) => !alive.has(id))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1))
    .map((container) => ({
      id: container.id,
      kind: /** @type {const} */ ("container"),
      process: null,
      container,
      via: null,
      changes: [],
      children: [],
      size: 0,
    }));
}

/** @template V @param {Map<string, V[]>} map @param {string} key @param {V} value */
function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/* ---- the rows that are seen ---- */

/**
 * @typedef {object} Row
 * @property {Step} step
 * @property {number} level  from 1
 * @property {boolean|null} expanded  null: it has nothing to open
 * @property {number} position  among its siblings, from 1
 * @property {number} siblings
 * @property {boolean[]} trunks  for each level above it, whether a line goes on below
 * @property {number} parent  index of the row above it in the tree; -1 for the first
 * @property {boolean} match  whether the search means it, and not only what is below it
 */

const OPEN_UP_TO = 12; // a step with more processes below it begins closed

/** Whether a step begins open. @param {Step} step */
export function beginsOpen(step) {
  if (step.kind === "alike" || step.kind === "host") return false;
  return SUPERVISORS.has(step.process?.role ?? "") || step.process?.pid === 1 || step.size <= OPEN_UP_TO;
}

/**
 * The rows, top to bottom.
 * @param {Step[]} tree
 * @param {Set<string>} turned  ids of the steps that the reader opened or closed
 * @param {((step: Step) => boolean)|null} [matches]  where something is searched for: only what matches, and the way to it
 * @return {Row[]}
 */
export function rowsOf(tree, turned, matches = null) {
  const kept = matches ? keep(tree, matches) : null;
  /** @type {Row[]} */
  const rows = [];
  /** @param {Step[]} steps @param {number} level @param {boolean[]} trunks @param {number} parent */
  function walk(steps, level, trunks, parent) {
    const shown = kept ? steps.filter((step) => kept.has(step)) : steps;
    for (const [index, step] of shown.entries()) {
      const has = kept ? step.children.some((child) => kept.has(child)) : step.children.length > 0;
      const expanded = has ? kept !== null || beginsOpen(step) !== turned.has(step.id) : null;
      const at =
        rows.push({
          step,
          level,
          expanded,
          position: index + 1,
          siblings: shown.length,
          trunks,
          parent,
          match: kept ? kept.get(step) === true : true,
        }) - 1;
      if (expanded) walk(step.children, level + 1, [...trunks, index < shown.length - 1], at);
    }
  }
  walk(tree, 1, [], -1);
  return rows;
}

/** The steps that match (true), and those that lead to them (false). @param {Step[]} tree @param {(step: Step) => boolean} matches @return {Map<Step, boolean>} */
function keep(tree, matches) {
  const kept = new Map();
  /** @param {Step} step @return {boolean} */
  function visit(step) {
    const below = step.children.map(visit).includes(true);
    const own = step.kind !== "alike" && matches(step);
    if (own || below) kept.set(step, own);
    return own || below;
  }
  tree.forEach(visit);
  return kept;
}

/** The steps above a thing that must be open for it to be seen; null where it is not in the tree. @param {Step[]} tree @param {(step: Step) => boolean} isMeant @return {Step[]|null} */
export function pathTo(tree, isMeant) {
  for (const step of tree) {
    if (step.kind !== "alike" && isMeant(step)) return [];
    const below = pathTo(step.children, isMeant);
    if (below) return [step, ...below];
  }
  return null;
}

/** What a search may ask of a container that has no process: it is known by its name, image and state alone. @param {string} id @return {Process} */
export function standIn(id) {
  return {
    key: "",
    pid: -1,
    ppid: -1,
    start_ticks: 0,
    comm: "",
    cmdline: [],
    uid: null,
    nspid: [],
    cgroup: null,
    container: id,
    role: null,
    namespaces: UNKNOWN,
  };
}
