/** Which process stands below which: by the chains that the agent found, and otherwise by the kernel's parent. Pure. */

import { push } from "../../base/lists.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("./tree.js").TreeInput} TreeInput
 * @typedef {"parent"|"runtime"} Via  `runtime`: it manages the process, but is not its parent
 *
 * @typedef {object} Kinship
 * @property {Set<string>} inChain  keys of the processes of the chains
 * @property {Map<string, {above: Process, via: Via}>} above
 * @property {Map<string, Process[]>} below
 * @property {Process[]} tops  those that have none above them
 * @property {Map<string, Container>} begins  key of a container's init → the container
 * @property {TreeInput["sides"]} sides
 */

const DEEPEST = 400; // a longer chain of parents is cut: nobody reads it, and the tree would be heavy
export const SUPERVISORS = new Set(["daemon", "manager", "shim"]);
const OF_CHAINS = new Set(["daemon", "manager", "shim", "proxy"]);

/** @param {TreeInput} input @return {Kinship} */
export function findKinship({ state, sides = null, admits = () => true }) {
  const shown = [...state.processes.values()].filter(admits);
  const find = pidFinder(shown, sides);
  /** @type {Kinship} */
  const kinship = { inChain: new Set(), above: new Map(), below: new Map(), tops: [], begins: new Map(), sides };
  hangChains(state, kinship, find);
  findInits(state, kinship, find);
  for (const { key, role, container } of shown)
    if (OF_CHAINS.has(role ?? "") || container !== null) kinship.inChain.add(key);
  for (const process of shown) hangByKernel(process, state, kinship, find);
  collectBelow(shown, kinship);
  return kinship;
}

/** @typedef {(pid: number, whose: string) => Process|undefined} FindPid */

/**
 * Finds a process by its pid, on the side where `whose` (the key of a process or container) is. Where that is on both
 * sides, the later one counts.
 * @param {Process[]} shown
 * @param {TreeInput["sides"] & {}|null} sides
 * @return {FindPid}
 */
function pidFinder(shown, sides) {
  if (!sides) {
    const now = new Map(shown.map((process) => [process.pid, process]));
    return (pid) => now.get(pid);
  }
  const known = new Map(shown.map((process) => [process.key, process]));
  const { before, after } = sides;
  const [then, later] = [keysByPid(before), keysByPid(after)];
  const isLater = (/** @type {string} */ whose) => after.processes.has(whose) || after.containers.has(whose);
  return (pid, whose) => known.get((isLater(whose) ? later : then).get(pid) ?? "");
}

/** @param {State} state */
function keysByPid({ processes }) {
  return new Map([...processes.values()].map((process) => [process.pid, process.key]));
}

/**
 * The chains' links come first: they say more than the kernel's parent.
 * @param {State} state
 * @param {Kinship} kinship
 * @param {FindPid} find
 */
function hangChains(state, kinship, find) {
  for (const [id, { links }] of state.chains) {
    /** @type {Process|undefined} */
    let above;
    for (const link of links) {
      const process = find(link.pid, id);
      if (!process) continue;
      kinship.inChain.add(process.key);
      if (above) hang(kinship, process, above, link.via ?? "runtime");
      above = process;
    }
  }
}

/** @param {State} state @param {Kinship} kinship @param {FindPid} find */
function findInits(state, kinship, find) {
  for (const container of state.containers.values()) {
    const init = container.init_pid === null ? undefined : find(container.init_pid, container.id);
    if (init) kinship.begins.set(init.key, container);
  }
}

/**
 * A process that no chain places: below the kernel's parent, if both are of the chains or neither is; otherwise below
 * the init of its container.
 * @param {Process} process
 * @param {State} state
 * @param {Kinship} kinship
 * @param {FindPid} find
 */
function hangByKernel(process, state, kinship, find) {
  if (kinship.above.has(process.key)) return;
  const parent = find(process.ppid, process.key);
  if (parent && mayBeBelow(process, parent, kinship)) return hang(kinship, process, parent, "parent");
  const init = state.containers.get(process.container ?? "")?.init_pid;
  const first = init ? find(init, process.key) : undefined;
  if (first && first.container === process.container) hang(kinship, process, first, "runtime");
}

/** @param {Process} process @param {Process} parent @param {Kinship} kinship */
function mayBeBelow(process, parent, { inChain }) {
  if (!inChain.has(process.key)) return !inChain.has(parent.key);
  return SUPERVISORS.has(parent.role ?? "") || parent.container !== null;
}

/**
 * The first parent a process is given counts; never one of its own descendants.
 * @param {Kinship} kinship
 * @param {Process} process
 * @param {Process} above
 * @param {Via} via
 */
function hang(kinship, process, above, via) {
  if (kinship.above.has(process.key)) return;
  let depth = 0;
  for (let at = /** @type {Process|undefined} */ (above); at; at = kinship.above.get(at.key)?.above)
    if (at === process || ++depth > DEEPEST) return;
  kinship.above.set(process.key, { above, via });
}

/** @param {Process[]} shown @param {Kinship} kinship */
function collectBelow(shown, kinship) {
  const { above, below, tops, begins } = kinship;
  for (const process of shown) {
    const link = above.get(process.key);
    if (link) push(below, link.above.key, process);
    else tops.push(process);
  }
  for (const list of [tops, ...below.values()]) list.sort((a, b) => compare(a, b, begins));
}

/**
 * The inits of containers first, then by pid.
 * @param {Process} a
 * @param {Process} b
 * @param {Kinship["begins"]} begins
 */
function compare(a, b, begins) {
  const inits = Number(begins.has(b.key)) - Number(begins.has(a.key));
  return inits || a.pid - b.pid || a.start_ticks - b.start_ticks;
}
