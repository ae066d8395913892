/** What a picture emphasises: the matches of the search, and the selected nodes. Pure. */

import { findContainer } from "./find-container.js";
import { nodesOf } from "../views/graph/selection.js";
import { readSearch } from "../search/search.js";

/**
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("./subject.js").Subject} Subject
 *
 * @typedef {object} Matches
 * @property {Map<string, number>} nodes  how many processes of a node match, by its key
 * @property {Set<string>} keys  of the processes that match
 * @property {number} count
 * @property {number} all  how many processes were searched
 * @property {{text: string}[]} problems
 */

/**
 * The matches of the search among the processes that are drawn. It searches the real names, also if they are masked.
 * @param {Subject} subject
 * @param {Graph} graph
 * @return {Matches|null}
 */
export function findMatches({ named, options }, graph) {
  const { test, problems } = readSearch(options.view.search, { state: named, sharing: graph.sharing, loads: null });
  if (!test) return null;
  /** @type {Map<string, number>} */
  const nodes = new Map();
  /** @type {Set<string>} */
  const keys = new Set();
  for (const process of named.processes.values()) {
    const key = graph.nodeOf.get(process.key);
    if (key === undefined || !test(process)) continue;
    keys.add(process.key);
    nodes.set(key, (nodes.get(key) ?? 0) + 1);
  }
  return { nodes, keys, count: keys.size, all: graph.nodeOf.size, problems };
}

/**
 * The nodes of what is selected by a key, the name of a container, or a pid.
 * @param {Subject} subject
 * @param {Graph} graph
 */
export function findSelected({ state, named, options }, graph) {
  const { selected } = options.view;
  if (selected === null) return new Set();
  const isKey =
    selected.includes(":") || state.containers.has(selected) || graph.groups.some(({ key }) => key === selected);
  const process = [...state.processes.values()].find(({ pid }) => String(pid) === selected);
  return nodesOf(isKey ? selected : (process?.key ?? findContainer(named, selected)), graph, state);
}
