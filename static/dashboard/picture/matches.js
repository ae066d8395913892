/** What a picture emphasises: the matches of the search, and the selected nodes. Pure. */

import { findAll } from "../views/graph/found.js";
import { findContainer } from "./find-container.js";
import { nodesOf } from "../views/graph/selection.js";

/**
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("../views/graph/found.js").Found} Found
 * @typedef {import("./subject.js").Subject} Subject
 * @typedef {Found & {keys: Set<string>}} Matches  with the keys of the processes and containers that are found
 */

/**
 * The matches of the search among what is drawn. It searches the real names, also if they are masked.
 * @param {Subject} subject
 * @param {Graph} graph
 * @return {Matches|null}
 */
export function findMatches({ named, options }, graph) {
  const found = findAll(options.view.search, { state: named, sharing: graph.sharing, loads: null }, graph);
  if (!found.nodes) return null;
  const keys = [...found.processes.map(({ key }) => key), ...found.containers.map(({ id }) => id)];
  return { ...found, keys: new Set(keys) };
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
