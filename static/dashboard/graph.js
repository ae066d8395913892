/** State and view options → what the graph shows: nodes, links, groups, and the count of everything it leaves out. Pure. */

import { LETTERS, counted } from "./words.js";
import { TYPES } from "./shapes.js";
import { findSharing, isInitial, isUnknown, ownerOf, setOfContainer, strip } from "./sharing.js";

/**
 * @typedef {import("./shapes.js").NamespaceType} NamespaceType
 * @typedef {import("./shapes.js").Process} Process
 * @typedef {import("./store.js").State} State
 * @typedef {import("./sharing.js").Cell} Cell
 * @typedef {import("./sharing.js").Sharing} Sharing
 *
 * @typedef {object} ViewOptions
 * @property {Set<NamespaceType>} off  types switched off
 * @property {Set<string>} open  what the reader opened: container ids, fold keys, "host"
 * @property {Set<string>} shut  containers the reader closed
 * @property {boolean} kernel  show kernel threads
 * @property {boolean} host  show host processes that live in the initial namespaces only
 * @property {boolean} initial  show the initial namespaces as hubs
 * @property {boolean} single  show namespaces of a single node as hubs
 *
 * @typedef {"process"|"fold"|"card"|"crowd"|"hub"} NodeKind
 *
 * @typedef {object} GraphNode
 * @property {string} key
 * @property {NodeKind} kind
 * @property {string} unit  what it is laid out with: "host", a container id, or its own key
 * @property {boolean} inside  drawn inside its unit's box (a shim stands before it)
 * @property {number} depth  steps from the left end of its unit
 * @property {string} label
 * @property {string} sub
 * @property {import("./shapes.js").Role|null} role
 * @property {Cell[]} cells  the strip or pills drawn with it
 * @property {string[]} members  keys of the processes it stands for
 * @property {string[]} spaces  keys of the namespaces it stands for (hubs)
 * @property {NamespaceType[]} types
 *
 * @typedef {object} GraphLink
 * @property {string} source  key of a node
 * @property {string} target  key of a node or of a group
 * @property {"parent"|"runtime"|"member"} kind
 * @property {NamespaceType[]} types  of a member link
 * @property {boolean} across  a member link that leaves its unit
 *
 * @typedef {object} Group
 * @property {string} key  "host" or a container id
 * @property {string} title
 * @property {string} sub
 * @property {Cell[]} cells
 * @property {string[]} nodes
 *
 * @typedef {{kernel: number, host: number, collapsed: number, folded: number, types: number, single: number, initial: number}} Hidden
 *
 * @typedef {object} Graph
 * @property {GraphNode[]} nodes
 * @property {GraphLink[]} links
 * @property {Group[]} groups
 * @property {Hidden} hidden
 * @property {boolean} large
 * @property {Map<string, string>} nodeOf  process key → key of the node that shows it
 * @property {Map<string, string>} hubOf  namespace key → key of the hub that shows it
 * @property {Sharing} sharing
 */

const MANY_NODES = 400;
const MANY_UNITS = 60;
const MANY_GROUPS = 12; // more processes isolated without a container than that begin closed

/** @return {ViewOptions} */
export function defaultOptions() {
  return { off: new Set(), open: new Set(), shut: new Set(), kernel: false, host: false, initial: false, single: false };
}

/** Cost: some passes over the processes; 10,000 take a few tens of milliseconds. @param {State} state @param {ViewOptions} options @return {Graph} */
export function buildGraph(state, options) {
  const facts = gather(state, options);
  const small = place(facts, 5, false);
  const large = small.nodes.length > MANY_NODES || facts.members.size > MANY_UNITS + groupCount(facts);
  const plan = large || options.shut.size ? place(facts, large ? 2 : 5, large) : small;
  linkProcesses(facts, plan);
  linkNamespaces(facts, plan);
  return {
    nodes: plan.nodes,
    links: plan.links,
    groups: groupsOf(facts, plan),
    hidden: plan.hidden,
    large,
    nodeOf: plan.nodeOf,
    hubOf: plan.hubOf,
    sharing: facts.sharing,
  };
}

/**
 * @typedef {object} Facts
 * @property {State} state
 * @property {ViewOptions} options
 * @property {Sharing} sharing
 * @property {Map<number, Process>} byPid
 * @property {Map<string, import("./shapes.js").ChainLink>} inChain  process key → its step of a chain
 * @property {Map<string, string>} unitOf  process key → container id, of processes and their shims
 * @property {Map<string, Process[]>} members  container id → its processes
 * @property {Map<string, import("./shapes.js").NamespaceSet|null>} around  container id → the set that stands for it
 * @property {Process[]} crowd  the host's processes that live in the initial namespaces only
 * @property {Process[]} shown
 * @property {number} kernel
 *
 * @typedef {object} Plan
 * @property {GraphNode[]} nodes
 * @property {GraphLink[]} links
 * @property {Map<string, GraphNode>} byKey
 * @property {Map<string, string>} nodeOf
 * @property {Map<string, string>} hubOf
 * @property {Hidden} hidden
 */

/** @param {State} state @param {ViewOptions} options @return {Facts} */
function gather(state, options) {
  const byPid = new Map([...state.processes.values()].map((process) => [process.pid, process]));
  const kthreadd = byPid.get(2)?.comm === "kthreadd";
  /** @type {Facts} */
  const facts = { state, options, sharing: findSharing(state), byPid, inChain: new Map(), unitOf: new Map(), members: new Map(), around: new Map(), crowd: [], shown: [], kernel: 0 };
  readChains(facts);
  const ordered = [...state.processes.values()].sort((a, b) => a.pid - b.pid || a.start_ticks - b.start_ticks);
  for (const process of ordered) {
    const owner = facts.inChain.has(process.key) ? process.container : ownerOf(facts.sharing, process);
    if (owner) {
      facts.unitOf.set(process.key, owner);
      push(facts.members, owner, process);
    }
    const kernel = kthreadd && (process.pid === 2 || process.ppid === 2) && process.cmdline.length === 0;
    if (kernel) facts.kernel += 1;
    if (kernel && !options.kernel) continue;
    const plain = process.container === null && !facts.inChain.has(process.key) && process.role === null && isInitial(state, process.namespaces);
    if (plain && !options.host && !kernel) facts.crowd.push(process);
    else facts.shown.push(process);
  }
  for (const [id, processes] of facts.members) facts.around.set(id, setOfContainer(state, id, processes));
  return facts;
}

/** @param {Facts} facts */
function readChains({ state, byPid, inChain, unitOf }) {
  for (const chain of [...state.chains.values()].sort((a, b) => (a.container < b.container ? -1 : 1))) {
    for (const link of chain.links) {
      const process = byPid.get(link.pid);
      if (!process) continue;
      if (!inChain.has(process.key)) inChain.set(process.key, link);
      if (link.role === "shim" && !unitOf.has(process.key)) unitOf.set(process.key, chain.container);
    }
  }
}

/** Decide which node shows each process. @param {Facts} facts @param {number} foldAt @param {boolean} large @return {Plan} */
function place(facts, foldAt, large) {
  /** @type {Plan} */
  const plan = {
    nodes: [],
    links: [],
    byKey: new Map(),
    nodeOf: new Map(),
    hubOf: new Map(),
    hidden: { kernel: facts.options.kernel ? 0 : facts.kernel, host: facts.crowd.length, collapsed: 0, folded: 0, types: facts.options.off.size, single: 0, initial: 0 },
  };
  const many = groupCount(facts) > MANY_GROUPS;
  const closed = (/** @type {string} */ id) => facts.options.shut.has(id) || ((large || (many && facts.sharing.firstOf.has(id))) && !facts.options.open.has(id));
  const parents = new Set(facts.shown.map((process) => process.ppid));
  /** @type {Map<string, Process[]>} */
  const folds = new Map();
  for (const process of facts.shown) {
    const id = facts.unitOf.get(process.key);
    if (id !== undefined && closed(id)) continue;
    if (foldable(facts, process, parents)) push(folds, foldKey(facts, process, large), process);
    else add(plan, processNode(facts, process));
  }
  for (const [key, processes] of folds) {
    if (processes.length >= foldAt && !facts.options.open.has(key)) {
      plan.hidden.folded += processes.length - 1;
      add(plan, foldNode(facts, key, processes));
    } else for (const process of processes) add(plan, processNode(facts, process));
  }
  for (const [id, processes] of facts.members) if (closed(id)) add(plan, cardNode(facts, plan, id, processes));
  for (const id of facts.state.containers.keys()) if (!facts.members.has(id)) add(plan, cardNode(facts, plan, id, []));
  if (facts.crowd.length) add(plan, crowdNode(facts));
  return plan;
}

/** @param {Facts} facts */
const groupCount = ({ sharing }) => sharing.firstOf.size;

/** Only leaves fold: a process with children or a part in a chain is itself. @param {Facts} facts @param {Process} process @param {Set<number>} parents */
function foldable(facts, process, parents) {
  return !facts.inChain.has(process.key) && (process.role === null || process.role === "child") && !parents.has(process.pid);
}

/** On a large host, siblings that each have the same types for themselves are alike too. @param {Facts} facts @param {Process} process @param {boolean} large */
function foldKey(facts, process, large) {
  const parent = facts.byPid.get(process.ppid);
  const alone = !facts.unitOf.has(process.key);
  return `fold:${parent?.key ?? process.ppid}:${process.comm}:${process.container ?? ""}:${large && alone ? patternOf(facts.state, process.namespaces) : nameOfSet(process.namespaces)}`;
}

/** @type {WeakMap<import("./shapes.js").NamespaceSet, string>} */
const setNames = new WeakMap();

/** A short name for a set, the same for equal sets; remembered, as thousands of processes share few sets. @param {import("./shapes.js").NamespaceSet} set */
function nameOfSet(set) {
  const known = setNames.get(set);
  if (known) return known;
  const name = hash(TYPES.map((type) => set[type] ?? "").join("|"));
  setNames.set(set, name);
  return name;
}

/** @param {Plan} plan @param {GraphNode} node */
function add(plan, node) {
  plan.nodes.push(node);
  plan.byKey.set(node.key, node);
  for (const member of node.members) plan.nodeOf.set(member, node.key);
}

/** @param {Facts} facts @param {Process} process @return {GraphNode} */
function processNode(facts, process) {
  const role = process.role ?? facts.inChain.get(process.key)?.role ?? null;
  const inside = process.nspid.length > 1 ? ` · ${process.nspid.at(-1)} inside` : "";
  const title = role && role !== "child" ? `${role} ` : "";
  return {
    key: process.key,
    kind: "process",
    unit: facts.unitOf.get(process.key) ?? "host",
    inside: role !== "shim" || process.container !== null || !facts.unitOf.has(process.key),
    depth: 0,
    label: process.comm || "?",
    sub: `${title}${process.pid}${inside}`,
    role,
    cells: [],
    members: [process.key],
    spaces: [],
    types: [],
  };
}

/** @param {Facts} facts @param {string} key @param {Process[]} processes @return {GraphNode} */
function foldNode(facts, key, processes) {
  const node = processNode(facts, processes[0]);
  return { ...node, key, kind: "fold", label: `${node.label} ×${processes.length}`, sub: `${processes[0].pid} … ${processes.at(-1)?.pid}`, members: processes.map((process) => process.key) };
}

/** @param {Facts} facts @param {Plan} plan @param {string} id @param {Process[]} processes @return {GraphNode} */
function cardNode(facts, plan, id, processes) {
  const container = facts.state.containers.get(id);
  const shim = facts.byPid.get(container?.shim_pid ?? -1);
  const members = processes.map((process) => process.key);
  if (shim && facts.unitOf.get(shim.key) === id && processes.length) members.push(shim.key);
  plan.hidden.collapsed += processes.length;
  return {
    key: id,
    kind: "card",
    unit: id,
    inside: true,
    depth: 0,
    label: ownerTitle(facts.state, facts.sharing, id),
    sub: processes.length ? counted(processes.length, "process", "processes") : (container?.state ?? "no process"),
    role: null,
    cells: cellsOf(facts, id),
    members,
    spaces: [],
    types: [],
  };
}

/** @param {Facts} facts @return {GraphNode} */
function crowdNode({ crowd }) {
  const unread = crowd.filter((process) => isUnknown(process.namespaces)).length;
  return {
    key: "crowd",
    kind: "crowd",
    unit: "host",
    inside: true,
    depth: 0,
    label: counted(crowd.length, "host process", "host processes"),
    sub: unread ? `${unread} could not be read` : "all in the host’s namespaces",
    role: null,
    cells: [],
    members: crowd.map((process) => process.key),
    spaces: [],
    types: [],
  };
}

/** Chain links, and between the processes that are shown the kernel's own parent links. @param {Facts} facts @param {Plan} plan */
function linkProcesses(facts, plan) {
  const done = new Set();
  const connect = (/** @type {Process|undefined} */ from, /** @type {Process|undefined} */ to, /** @type {"parent"|"runtime"} */ kind) => {
    const source = from && plan.nodeOf.get(from.key);
    const target = to && plan.nodeOf.get(to.key);
    if (!source || !target || source === target || done.has(`${source}>${target}`) || source === "crowd") return;
    done.add(`${source}>${target}`);
    plan.links.push({ source, target, kind, types: [], across: plan.byKey.get(source)?.unit !== plan.byKey.get(target)?.unit });
  };
  for (const chain of facts.state.chains.values()) {
    for (const [index, link] of chain.links.entries()) {
      if (link.via !== null && index > 0) connect(facts.byPid.get(chain.links[index - 1].pid), facts.byPid.get(link.pid), link.via);
    }
  }
  for (const process of facts.shown) {
    if (process.ppid > 1 || process.container !== null) connect(facts.byPid.get(process.ppid), process, "parent");
  }
  setDepths(plan);
}

/** @param {Plan} plan */
function setDepths(plan) {
  const incoming = new Map(plan.links.filter((link) => !link.across).map((link) => [link.target, link.source]));
  for (const node of plan.nodes) {
    let at = incoming.get(node.key);
    for (const seen = new Set([node.key]); at !== undefined && !seen.has(at); at = incoming.get(at)) {
      seen.add(at);
      if (plan.byKey.get(at)?.inside === node.inside) node.depth += 1;
    }
  }
}

/** Each namespace becomes a part of a hub, or a pill on the one node that holds it. @param {Facts} facts @param {Plan} plan */
function linkNamespaces(facts, plan) {
  const { state, options } = facts;
  /** @type {Map<string, {nodes: string[], spaces: import("./shapes.js").Namespace[]}>} */
  const bundles = new Map();
  for (const [key, nodes] of membersOf(facts, plan)) {
    const space = state.namespaces.get(key);
    if (!space || options.off.has(space.type)) continue;
    if (space.initial && !options.initial) {
      plan.hidden.initial += 1;
      continue;
    }
    if (nodes.size === 1 && !options.single) {
      plan.hidden.single += 1;
      const node = plan.byKey.get([...nodes][0]);
      const said = node?.cells.some((cell) => cell.type === space.type);
      if (node && !said && node.kind !== "card" && facts.around.get(node.unit)?.[space.type] !== key) node.cells.push({ type: space.type, key, how: "own" });
      continue;
    }
    const list = space.initial ? sharersWithHost(plan, nodes) : [...nodes].sort();
    if (list.length < 2 && space.initial) continue;
    const bundle = bundles.get(list.join("\n"));
    if (bundle) bundle.spaces.push(space);
    else bundles.set(list.join("\n"), { nodes: list, spaces: [space] });
  }
  for (const bundle of bundles.values()) addHub(plan, bundle.nodes, bundle.spaces);
  for (const node of plan.nodes) node.cells.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
  addBadges(facts, plan);
}

/** All that lives on the host is one member of the host's namespaces: its box. @param {Plan} plan @param {Set<string>} nodes */
function sharersWithHost(plan, nodes) {
  const members = [...nodes].map((key) => {
    const node = plan.byKey.get(key);
    return node && (node.unit === "host" || node.role === "shim") ? "host" : key;
  });
  return [...new Set(members)].sort();
}

/** The nodes that hold a process of each namespace; equal sets are the same object, so a set is looked at once a node. @param {Facts} facts @param {Plan} plan */
function membersOf({ state, inChain }, plan) {
  /** @type {Map<string, Set<string>>} */
  const members = new Map();
  for (const node of plan.nodes) {
    const sets = new Set(node.members.filter((key) => node.kind !== "card" || inChain.get(key)?.role !== "shim").map((key) => state.processes.get(key)?.namespaces));
    for (const set of sets) {
      for (const type of TYPES) {
        const key = set?.[type];
        if (!key) continue;
        const nodes = members.get(key);
        if (nodes) nodes.add(node.key);
        else members.set(key, new Set([node.key]));
      }
    }
  }
  return [...members].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** @param {Plan} plan @param {string[]} nodes @param {import("./shapes.js").Namespace[]} spaces */
function addHub(plan, nodes, spaces) {
  spaces.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
  const key = `hub:${spaces[0].key}`;
  const units = new Set(nodes.map((node) => plan.byKey.get(node)?.unit ?? node));
  const inner = units.size === 1;
  const types = spaces.map((space) => space.type);
  add(plan, {
    key,
    kind: "hub",
    unit: inner ? [...units][0] : key,
    inside: inner,
    depth: 0,
    label: types.join(" "),
    sub: spaces.every((space) => space.initial) ? "the host’s" : counted(Math.max(...spaces.map((space) => space.processes)), "process", "processes"),
    role: null,
    cells: spaces.map((space) => ({ type: space.type, key: space.key, how: space.initial ? "host" : inner ? "own" : "shared" })),
    members: [],
    spaces: spaces.map((space) => space.key),
    types,
  });
  for (const space of spaces) plan.hubOf.set(space.key, key);
  for (const target of inner ? nodes : merge(plan, nodes)) plan.links.push({ source: key, target, kind: "member", types, across: !inner });
}

/** Where a namespace holds all of a container, one link to the container says so. @param {Plan} plan @param {string[]} nodes */
function merge(plan, nodes) {
  const whole = new Set(nodes);
  /** @type {Map<string, string[]>} */
  const byUnit = new Map();
  for (const node of plan.nodes) if (node.unit !== "host" && node.inside && node.kind !== "hub") push(byUnit, node.unit, node.key);
  return [...new Set(nodes.map((key) => {
    const node = plan.byKey.get(key);
    const unit = node?.inside ? byUnit.get(node.unit) : undefined;
    return node && node.kind !== "card" && unit?.every((other) => whole.has(other)) ? node.unit : key;
  }))];
}

/** What of the host's a process lives in though its container does not. @param {Facts} facts @param {Plan} plan */
function addBadges(facts, plan) {
  const { state, options, sharing } = facts;
  for (const node of plan.nodes) {
    const process = state.processes.get(node.members[0] ?? "");
    if (!process || process.container === null || (node.kind !== "process" && node.kind !== "fold")) continue;
    const around = facts.around.get(process.container);
    if (around === process.namespaces) continue;
    for (const cell of strip(state, sharing, process.namespaces, process.container ?? "")) {
      const same = around && around[cell.type] === cell.key;
      if (cell.how === "host" && !same && !options.initial && !options.off.has(cell.type)) node.cells.push(cell);
    }
  }
}

/** @param {Facts} facts @param {Plan} plan @return {Group[]} */
function groupsOf(facts, plan) {
  /** @type {Map<string, string[]>} */
  const units = new Map();
  for (const node of plan.nodes) if (node.kind !== "card" && node.unit !== node.key && node.inside) push(units, node.unit, node.key);
  return [...units].map(([key, nodes]) => {
    if (key === "host") return { key, title: "Host", sub: facts.state.host.hostname, cells: [], nodes };
    const sub = key.startsWith("group:") ? "no container" : (facts.state.containers.get(key)?.image ?? "");
    return { key, title: ownerTitle(facts.state, facts.sharing, key), sub, cells: cellsOf(facts, key), nodes };
  });
}

/** @param {Facts} facts @param {string} id @return {Cell[]} */
function cellsOf({ state, sharing, options, around }, id) {
  const set = around.get(id);
  return set ? strip(state, sharing, set, id).filter((cell) => !options.off.has(cell.type)) : [];
}

/** @param {State} state @param {string} id */
export function titleOf(state, id) {
  return state.containers.get(id)?.name || id.slice(0, 12);
}

/** The name of a container, of a group (after its first process), or of the host. @param {State} state @param {Sharing} sharing @param {string} owner */
export function ownerTitle(state, sharing, owner) {
  const first = sharing.firstOf.get(owner);
  if (first) return `${first.comm} ${first.pid}`;
  return owner === "" ? "the host" : titleOf(state, owner);
}

/** What is left out, in words; empty where nothing is. @param {Hidden} hidden @return {{what: string, text: string}[]} */
export function sayHidden(hidden) {
  const parts = [
    { what: "host", count: hidden.host, text: counted(hidden.host, "host process", "host processes") },
    { what: "kernel", count: hidden.kernel, text: counted(hidden.kernel, "kernel thread") },
    { what: "collapsed", count: hidden.collapsed, text: `${counted(hidden.collapsed, "process", "processes")} in closed boxes` },
    { what: "folded", count: hidden.folded, text: `${counted(hidden.folded, "process", "processes")} in folds` },
    { what: "types", count: hidden.types, text: counted(hidden.types, "namespace type") },
  ];
  return parts.filter((part) => part.count > 0);
}

/** The letters of a hub or strip, for those who cannot see it. @param {Cell[]} cells */
export function spell(cells) {
  return cells.map((cell) => LETTERS[cell.type]).join("");
}

/** @template V @param {Map<string, V[]>} map @param {string} key @param {V} value */
function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Which types of a set are the host's (h), not the host's (o) or unknown (u). @param {State} state @param {import("./shapes.js").NamespaceSet} set */
function patternOf(state, set) {
  return TYPES.map((type) => (set[type] === null ? "u" : state.namespaces.get(set[type] ?? "")?.initial ? "h" : "o")).join("");
}

/** @param {string} text */
function hash(text) {
  let value = 0;
  for (let index = 0; index < text.length; index++) value = (value * 31 + text.charCodeAt(index)) | 0;
  return (value >>> 0).toString(36);
}
