/** What the search finds: processes, containers, and how many of both each node of the graph stands for. Pure. */

import { counted } from "../../model/words.js";
import { push } from "../../base/lists.js";
import { readSearch } from "../../search/search.js";
import { setOfContainer, titleOf } from "../../model/sharing.js";
import { standIn } from "../../search/stand-in.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../search/conditions.js").Test} Test
 * @typedef {import("../../search/fields.js").Facts} Facts
 * @typedef {import("./graph.js").Graph} Graph
 *
 * @typedef {object} Found
 * @property {Process[]} processes
 * @property {Container[]} containers  those that match themselves, and those with a process that matches; by name
 * @property {string[]} hits  what is gone through one by one: containers that match themselves, and processes that
 *   match in others
 * @property {Map<string, number>|null} nodes  how many of them each node stands for; null: nothing is searched for
 * @property {number} all  how many processes were searched
 * @property {number} boxes  how many containers were searched
 * @property {number} unseen  how many more processes match, but are not shown: kernel threads
 * @property {import("../../search/search.js").Problem[]} problems  terms that are left out
 * @property {boolean} measures  whether it changes with what containers use
 */

/** @type {Found} */
const NOTHING = {
  processes: [],
  containers: [],
  hits: [],
  nodes: null,
  all: 0,
  boxes: 0,
  unseen: 0,
  problems: [],
  measures: false,
};

/**
 * @param {string} search
 * @param {Facts|null} facts
 * @param {Graph|null} graph
 * @return {Found}
 */
export function findAll(search, facts, graph) {
  if (!facts || !graph) return NOTHING;
  const { test, ...asked } = readSearch(search, facts);
  const every = [...facts.state.processes.values()];
  const isShown = (/** @type {Process} */ { key }) => graph.nodeOf.has(key);
  const shown = every.filter(isShown);
  const boxes = inOrder(facts);
  const searched = { ...NOTHING, ...asked, all: shown.length, boxes: boxes.length };
  if (!test) return { ...searched, processes: shown, containers: boxes };
  const processes = shown.filter(test);
  const named = namedIn(facts, boxes, test);
  return {
    ...searched,
    ...together(processes, boxes, named),
    nodes: countPerNode(processes, named, graph),
    unseen: every.filter((process) => !isShown(process) && test(process)).length,
  };
}

/** "3 containers, 12 processes". @param {Pick<Found, "containers"|"processes">} found */
export function sayFound({ containers, processes }) {
  const parts = [
    containers.length > 0 && counted(containers.length, "container"),
    processes.length > 0 && counted(processes.length, "process", "processes"),
  ].filter((part) => part !== false);
  return parts.length ? parts.join(", ") : t("no match");
}

/** The containers, by name. @param {Facts} facts */
function inOrder({ state }) {
  const nameOf = (/** @type {Container} */ { id }) => titleOf(state, id);
  return [...state.containers.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/**
 * The ids of the containers that match themselves, whether they have processes or not.
 * @param {Facts} facts
 * @param {Container[]} boxes
 * @param {Test} test
 */
function namedIn({ state }, boxes, test) {
  /** @type {Map<string, Process[]>} */
  const members = new Map();
  for (const process of state.processes.values()) if (process.container) push(members, process.container, process);
  const matches = (/** @type {Container} */ { id }) =>
    test(standIn(id, setOfContainer(state, id, members.get(id) ?? [])));
  return new Set(boxes.filter(matches).map(({ id }) => id));
}

/** @param {Process[]} processes @param {Container[]} boxes @param {Set<string>} named */
function together(processes, boxes, named) {
  const owners = new Set(processes.map(({ container }) => container));
  const others = processes.filter(({ container }) => !named.has(container ?? ""));
  return {
    processes,
    containers: boxes.filter(({ id }) => owners.has(id) || named.has(id)),
    hits: [...boxes.filter(({ id }) => named.has(id)).map(({ id }) => id), ...others.map(({ key }) => key)],
  };
}

/** @param {Process[]} processes @param {Set<string>} named @param {Graph} graph */
function countPerNode(processes, named, graph) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const process of processes) {
    const key = graph.nodeOf.get(process.key) ?? "";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const { key, kind } of graph.nodes)
    if (kind === "card" && named.has(key) && !counts.has(key)) counts.set(key, 1);
  return counts;
}
