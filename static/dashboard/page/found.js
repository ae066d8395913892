/** The processes that match the search, and how many of them each node of the graph stands for. Pure. */

import { standIn } from "../views/chains/stand-in.js";
import { readSearch } from "../search/search.js";

/**
 * @typedef {import("../model/types.js").Process} Process
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 *
 * @typedef {object} Found
 * @property {Process[]} processes
 * @property {Map<string, number>|null} nodes  how many of them each node stands for; null: nothing is searched for
 * @property {number} all  how many processes were searched
 * @property {number} unseen  how many more match, but are not shown: kernel threads
 * @property {import("../search/search.js").Problem[]} problems  terms that are left out
 * @property {boolean} measures  whether it changes with what containers use
 */

/**
 * @param {string} search
 * @param {import("../search/fields.js").Facts|null} facts
 * @param {Graph|null} graph
 * @return {Found}
 */
export function findProcesses(search, facts, graph) {
  if (!facts || !graph) return { processes: [], nodes: null, all: 0, unseen: 0, problems: [], measures: false };
  const every = [...facts.state.processes.values()];
  const isShown = (/** @type {Process} */ { key }) => graph.nodeOf.has(key);
  const shown = every.filter(isShown);
  const { test, ...asked } = readSearch(search, facts);
  if (!test) return { ...asked, processes: shown, nodes: null, all: shown.length, unseen: 0 };
  const processes = shown.filter(test);
  const unseen = every.filter((process) => !isShown(process) && test(process)).length;
  const nodes = countPerNode(processes, graph);
  for (const { key, kind, members } of graph.nodes)
    if (kind === "card" && !members.length && facts.state.containers.has(key) && test(standIn(key))) nodes.set(key, 1);
  return { ...asked, processes, nodes, all: shown.length, unseen };
}

/** @param {Process[]} processes @param {Graph} graph */
function countPerNode(processes, graph) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const process of processes) {
    const key = graph.nodeOf.get(process.key) ?? "";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
