/** The graph of a picture, with the containers and folds open that were asked for. Pure. */

import { buildGraph } from "../views/graph/graph.js";
import { findContainer } from "./find-container.js";

/**
 * @typedef {import("../model/store.js").State} State
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("./subject.js").Subject} Subject
 */

/** @param {Subject} subject @return {Graph} */
export function openedGraph({ state, named, options }) {
  const view = { ...options.view.options };
  view.open = keysOf(view.open, state, named);
  view.shut = keysOf(view.shut, state, named);
  const graph = buildGraph(state, view);
  return options.all ? openAll(graph, state, view) : graph;
}

/**
 * The keys of what is named: containers may be given by name.
 * @param {Set<string>} names
 * @param {State} state
 * @param {State} named
 */
function keysOf(names, state, named) {
  const isKey = (/** @type {string} */ name) => name.includes(":") || state.containers.has(name);
  return new Set([...names].map((name) => (isKey(name) ? name : findContainer(named, name))));
}

/**
 * Open what is closed, and what was closed inside of it, until nothing more opens.
 * @param {Graph} graph
 * @param {State} state
 * @param {Parameters<typeof buildGraph>[1]} view
 * @return {Graph}
 */
function openAll(graph, state, view) {
  let opened = graph;
  for (let closed = closedIn(opened); closed.length; ) {
    for (const key of closed) view.open.add(key);
    opened = buildGraph(state, view);
    const left = closedIn(opened);
    if (left.length >= closed.length) break;
    closed = left;
  }
  return opened;
}

/** @param {Graph} graph */
const closedIn = ({ nodes }) =>
  nodes
    .filter((node) => node.kind === "fold" || (node.kind === "card" && node.members.length > 0))
    .map(({ key }) => key);
