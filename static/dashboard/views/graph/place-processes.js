/** Which node shows each process, and how the nodes descend from one another. Pure. */

import { cardNode, crowdNode, foldNode, processNode, sectionNode } from "./nodes.js";
import { closedSections } from "./sections.js";
import { nameOfSet, patternOf, push } from "./units.js";

/**
 * @typedef {import("./units.js").Facts} Facts
 * @typedef {import("./graph.js").GraphNode} GraphNode
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../../model/types.js").Process} Process
 *
 * @typedef {object} Plan
 * @property {GraphNode[]} nodes
 * @property {import("./graph.js").GraphLink[]} links
 * @property {Map<string, GraphNode>} byKey
 * @property {Map<string, string>} nodeOf  process key → key of the node that shows it
 * @property {Map<string, string>} hubOf
 * @property {Map<string, Set<NamespaceSet>>} setsOf  node key → the sets its processes live in
 * @property {import("./graph.js").Hidden} hidden
 */

const MANY_NODES = 160;
const MANY_UNITS = 24;
const MANY_GROUPS = 12; // more processes isolated without a container than that begin closed
const FOLD_AT = 5;
const FOLD_AT_ON_LARGE = 2;

/**
 * A small host shows everything; a large one begins with its containers, and opens what the reader opens.
 * @param {Facts} facts
 * @return {{plan: Plan, large: boolean}}
 */
export function makePlan(facts) {
  const large = isLarge(facts);
  const plan = place(facts, large);
  linkProcesses(facts, plan);
  return { plan, large };
}

/** Whether more would be drawn than can be read. What the reader closed counts as open. @param {Facts} facts */
function isLarge(facts) {
  if (facts.members.size > MANY_UNITS + facts.sharing.firstOf.size) return true;
  let nodes = 0;
  const parents = parentsIn(facts);
  /** @type {Map<string, number>} */
  const folds = new Map();
  for (const [unit, processes] of facts.shown) {
    if (beginsClosed(facts, unit, false)) nodes += 1;
    else
      for (const process of processes) {
        if (!foldable(facts, process, parents)) nodes += 1;
        else count(folds, foldKey(facts, process, false));
        if (nodes > MANY_NODES) return true;
      }
  }
  for (const [key, size] of folds) nodes += size >= FOLD_AT && !facts.options.open.has(key) ? 1 : size;
  return nodes > MANY_NODES;
}

/** @param {Map<string, number>} counts @param {string} key */
function count(counts, key) {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** @param {Facts} facts @param {string} unit @param {boolean} large */
function beginsClosed({ options, sharing }, unit, large) {
  if (unit === "host" || options.open.has(unit)) return false;
  return large || (sharing.firstOf.size > MANY_GROUPS && sharing.firstOf.has(unit));
}

/** @param {Facts} facts @param {boolean} large @return {Plan} */
function place(facts, large) {
  const { options } = facts;
  /** @type {Plan} */
  const plan = {
    nodes: [],
    links: [],
    byKey: new Map(),
    nodeOf: new Map(),
    hubOf: new Map(),
    setsOf: new Map(),
    hidden: {
      kernel: options.kernel ? 0 : facts.kernel,
      host: facts.crowd.length,
      collapsed: 0,
      folded: 0,
      types: options.off.size,
      single: 0,
      initial: 0,
      direct: 0,
    },
  };
  const closed = new Set(
    [...facts.members.keys()].filter((unit) => options.shut.has(unit) || beginsClosed(facts, unit, large)),
  );
  const sections = closedSections(facts);
  const inSection = new Set([...sections.values()].flat());
  placeOpen(facts, plan, new Set([...closed, ...inSection]), large);
  for (const [key, units] of sections) placeSection(facts, plan, key, units);
  for (const unit of new Set([...facts.members.keys(), ...facts.state.containers.keys()]))
    if (!inSection.has(unit) && (closed.has(unit) || !facts.members.has(unit)))
      placeCard(facts, plan, unit, facts.members.get(unit) ?? []);
  if (facts.crowd.length) addNode(plan, crowdNode(facts), facts.crowd);
  return plan;
}

/** @param {Facts} facts @param {Plan} plan @param {Set<string>} closed @param {boolean} large */
function placeOpen(facts, plan, closed, large) {
  const parents = parentsIn(facts);
  /** @type {Map<string, Process[]>} */
  const folds = new Map();
  for (const [unit, processes] of facts.shown) {
    if (closed.has(unit)) continue;
    for (const process of processes) {
      if (foldable(facts, process, parents)) push(folds, foldKey(facts, process, large), process);
      else addNode(plan, processNode(facts, process), [process]);
    }
  }
  for (const [key, processes] of folds) {
    if (processes.length >= (large ? FOLD_AT_ON_LARGE : FOLD_AT) && !facts.options.open.has(key)) {
      plan.hidden.folded += processes.length - 1;
      addNode(plan, foldNode(facts, key, processes), processes);
    } else for (const process of processes) addNode(plan, processNode(facts, process), [process]);
  }
}

/** @param {Facts} facts @param {Plan} plan @param {string} unit @param {Process[]} processes */
function placeCard(facts, plan, unit, processes) {
  plan.hidden.collapsed += processes.length;
  addNode(
    plan,
    cardNode(facts, unit, processes),
    processes.filter((process) => facts.inChain.get(process.key)?.role !== "shim"),
  );
}

/**
 * A closed section: one box, that also shows each of its containers.
 * @param {Facts} facts
 * @param {Plan} plan
 * @param {string} key
 * @param {string[]} units
 */
function placeSection(facts, plan, key, units) {
  const processes = units.flatMap((unit) => facts.members.get(unit) ?? []);
  plan.hidden.collapsed += processes.length;
  const isShim = (/** @type {Process} */ process) => facts.inChain.get(process.key)?.role === "shim";
  addNode(
    plan,
    sectionNode(key, units, processes),
    processes.filter((process) => !isShim(process)),
  );
  for (const unit of units) plan.nodeOf.set(unit, key);
}

/** @param {Plan} plan @param {GraphNode} node @param {Process[]} [processes]  those whose namespaces are the node's */
export function addNode(plan, node, processes = []) {
  plan.nodes.push(node);
  plan.byKey.set(node.key, node);
  for (const member of node.members) plan.nodeOf.set(member, node.key);
  if (processes.length) plan.setsOf.set(node.key, new Set(processes.map((process) => process.namespaces)));
}

/** The pids that another process which may be drawn descends from. @param {Facts} facts */
function parentsIn({ shown }) {
  const parents = new Set();
  for (const processes of shown.values()) for (const process of processes) parents.add(process.ppid);
  return parents;
}

/**
 * Only leaves fold: a process with children or a part in a chain is itself.
 * @param {Facts} facts
 * @param {Process} process
 * @param {Set<number>} parents
 */
function foldable(facts, process, parents) {
  return (
    (process.role === null || process.role === "child") && !parents.has(process.pid) && !facts.inChain.has(process.key)
  );
}

/**
 * On a large host, siblings that each have the same types for themselves are alike too.
 * @param {Facts} facts
 * @param {Process} process
 * @param {boolean} large
 */
function foldKey(facts, process, large) {
  const parent = facts.byPid.get(process.ppid);
  const alone = !facts.unitOf.has(process.key);
  const set = large && alone ? patternOf(facts.state, process.namespaces) : nameOfSet(process.namespaces);
  return `fold:${parent?.key ?? process.ppid}:${process.comm}:${process.container ?? ""}:${set}`;
}

/**
 * Chain links, and between the processes that are shown the kernel's own parent links.
 * @param {Facts} facts
 * @param {Plan} plan
 */
function linkProcesses(facts, plan) {
  const done = new Set();
  const connect = (
    /** @type {Process|undefined} */ from,
    /** @type {Process|undefined} */ to,
    /** @type {"parent"|"runtime"} */ kind,
  ) => {
    const source = from && plan.nodeOf.get(from.key);
    const target = to && plan.nodeOf.get(to.key);
    if (!source || !target || source === target || source === "crowd" || done.has(`${source}>${target}`)) return;
    done.add(`${source}>${target}`);
    plan.links.push({
      source,
      target,
      kind,
      types: [],
      across: plan.byKey.get(source)?.unit !== plan.byKey.get(target)?.unit,
    });
  };
  for (const chain of facts.state.chains.values()) {
    for (const [index, link] of chain.links.entries()) {
      if (link.via !== null && index > 0)
        connect(facts.byPid.get(chain.links[index - 1].pid), facts.byPid.get(link.pid), link.via);
    }
  }
  for (const processes of facts.shown.values()) {
    for (const process of processes)
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
