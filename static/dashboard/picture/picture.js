/**
 * States and options → a picture with its title, legend and counts, as SVG. Pure: the same input gives the same bytes, in a
 * browser and outside of one. It is drawn from the very scene that the page's canvas shows.
 */

import { drawChains } from "../views/chains/sheet.js";
import { drawMatrix } from "../views/matrix/sheet.js";
import { drawTable } from "../views/table/sheet.js";
import { buildGraph, sayHidden } from "../views/graph/graph.js";
import { buildScene } from "../views/graph/scene.js";
import { ENGLISH, plural, speak, t } from "../base/i18n.js";
import { fatesOfNodes, hiddenOn, unite } from "../model/comparison.js";
import { inputOf, layOut } from "../layout/layout.js";
import { legendOfGraph, legendOfSheet } from "./legend.js";
import { KOREAN } from "../base/ko.js";
import { maskStates } from "../model/pseudonyms.js";
import { neighbourhood } from "../views/graph/neighbours.js";
import { nodesOf } from "../views/graph/selection.js";
import { readSearch } from "../search/search.js";
import { PictureProblem, readPictureOptions } from "./options.js";
import { frameAround } from "./frame.js";
import { stateFrom, toHostState } from "../model/store.js";
import { HOW_WORDS } from "../model/words.js";

/**
 * @typedef {import("../model/types.js").HostState} HostState
 * @typedef {import("../model/store.js").State} State
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("./frame.js").Subject} Subject
 * @typedef {import("./frame.js").Content} Content
 * @typedef {import("./frame.js").Sight} Sight
 * @typedef {import("./options.js").PictureOptions} PictureOptions
 *
 * @typedef {object} PictureRequest
 * @property {{seq: number, state: HostState}[]} states  one, or two to compare; seq 0 where it has no number
 * @property {string} query  see picture-options.js
 * @property {Sight|null} [sight]  without it, all of it is drawn and laid out afresh
 */

const MOST_TOLD = 40;
const DRAWN = { chains: drawChains, matrix: drawMatrix, table: drawTable };
const LANGUAGES = { en: ENGLISH, ko: KOREAN };

/** @param {PictureRequest} request @return {{svg: string, width: number, height: number}} @throws {PictureProblem} */
export function makePicture({ states, query, sight = null }) {
  const options = readPictureOptions(query);
  speak(LANGUAGES[options.lang]);
  const subject = readSubject(states, options);
  const content =
    options.view.view === "graph" ? graphContent(subject, sight) : sheetContent(subject, DRAWN[options.view.view]);
  return frameAround(subject, content, sight);
}

/** @param {PictureRequest["states"]} states @param {PictureOptions} options @return {Subject} */
function readSubject(states, options) {
  const whole = states.map(({ state }) => state);
  // In canonical order: what differs only in order is the same state.
  const held = (/** @type {HostState[]} */ all) =>
    all.map((state, index) => stateFrom(toHostState(stateFrom(state, 0)), states[index].seq));
  const plain = held(whole);
  const shown = options.mask ? held(maskStates(whole)) : plain;
  const named = plain.length > 1 ? unite(plain[0], plain[1]) : null;
  const union = named && (options.mask ? { ...unite(shown[0], shown[1]), fates: named.fates } : named);
  return { state: union?.state ?? shown[0], shown, named: named?.state ?? plain[0], union, options };
}

/** @param {Subject} subject @param {Sight|null} sight @return {Content} */
function graphContent(subject, sight) {
  const { state, union, options } = subject;
  const graph = openedGraph(subject);
  const found = findMatches(subject, graph);
  const selected = findSelected(subject, graph);
  const focus = {
    selected,
    near: neighbourhood(graph, selected),
    matches: found?.nodes ?? null,
    ...(union
      ? {
          fates: fatesOfNodes(union, graph),
          hidden: hiddenOn(union, graph, options.view.side),
          side: options.view.side,
        }
      : {}),
  };
  const { off } = options.view.options;
  return {
    draw: (aspect) =>
      buildScene(
        graph,
        sight?.places ?? layOut(inputOf(graph, aspect, null, false, options.view.pins)),
        options.theme,
        focus,
      ),
    legend: legendOfGraph(graph, options.theme, off, union !== null),
    alternative: sayContainers(graph),
    notes: [...noteSearch(subject, found), ...noteTypes(off), ...noteHidden(graph), ...noteGaps(state)],
  };
}

/** @param {Subject} subject @param {(listed: import("../draw/sheet.js").Listed) => import("../draw/sheet.js").Sheet} draw @return {Content} */
function sheetContent(subject, draw) {
  const { union, options, state } = subject;
  const graph = openedGraph(subject);
  const found = findMatches(subject, graph);
  const { items, width, height, left } = draw({ subject, graph, found: found?.keys ?? null });
  const { off } = options.view.options;
  return {
    draw: () => ({ items, bounds: { x: 0, y: 0, w: width, h: height } }),
    legend: legendOfSheet(options.theme, off, union !== null, options.view.view === "chains" ? graph : null),
    alternative: sayContainers(graph),
    notes: [
      ...noteSearch(subject, found),
      ...noteTypes(off),
      ...(left ? [plural(left, "{count} row more is not drawn", "{count} more rows are not drawn")] : []),
      ...noteGaps(state),
    ],
  };
}

/** The graph with what is to be open; containers may be named as people name them. @param {Subject} subject @return {Graph} */
function openedGraph({ state, named, options }) {
  const view = { ...options.view.options };
  const resolve = (/** @type {Set<string>} */ names) =>
    new Set(
      [...names].map((name) => (name.includes(":") || state.containers.has(name) ? name : findContainer(named, name))),
    );
  [view.open, view.shut] = [resolve(view.open), resolve(view.shut)];
  let graph = buildGraph(state, view);
  for (let closed = options.all ? closedIn(graph) : []; closed.length; closed = closedIn(graph)) {
    for (const key of closed) view.open.add(key);
    graph = buildGraph(state, view);
    if (closedIn(graph).length >= closed.length) break;
  }
  return graph;
}

/** @param {Graph} graph */
const closedIn = (graph) =>
  graph.nodes
    .filter((node) => node.kind === "fold" || (node.kind === "card" && node.members.length > 0))
    .map(({ key }) => key);

/** @param {State} state @param {string} name @return {string} its id @throws {PictureProblem} */
function findContainer({ containers }, name) {
  const all = [...containers.values()];
  const found =
    all.find((container) => container.name === name) ?? all.find((container) => container.id.startsWith(name));
  if (!found) throw new PictureProblem(`there is no container ${JSON.stringify(name.slice(0, 60))}`);
  return found.id;
}

/** What the search finds, among what is drawn: by the names that things have, also where they are masked. @param {Subject} subject @param {Graph} graph */
function findMatches({ named, options }, graph) {
  const { test, problems } = readSearch(options.view.search, { state: named, sharing: graph.sharing, loads: null });
  if (!test) return null;
  /** @type {Map<string, number>} */
  const nodes = new Map();
  const keys = new Set();
  for (const process of named.processes.values()) {
    const key = graph.nodeOf.get(process.key);
    if (key === undefined || !test(process)) continue;
    keys.add(process.key);
    nodes.set(key, (nodes.get(key) ?? 0) + 1);
  }
  return { nodes, keys, count: keys.size, all: graph.nodeOf.size, problems };
}

/** The nodes that stand for what is selected: a key, the name of a container, or a pid. @param {Subject} subject @param {Graph} graph */
function findSelected({ state, named, options }, graph) {
  const { selected } = options.view;
  if (selected === null) return new Set();
  const known =
    selected.includes(":") || state.containers.has(selected) || graph.groups.some(({ key }) => key === selected);
  const process = [...state.processes.values()].find(({ pid }) => String(pid) === selected);
  return nodesOf(known ? selected : (process?.key ?? findContainer(named, selected)), graph, state);
}

/** "web: its own mnt, uts; shared with others net". @param {Graph} graph */
function sayContainers(graph) {
  const boxes = [
    ...graph.groups.map(({ title, cells }) => ({ title, cells })),
    ...graph.nodes.filter(({ kind }) => kind === "card").map(({ label, cells }) => ({ title: label, cells })),
  ];
  const told = boxes.filter(({ cells }) => cells.length).slice(0, MOST_TOLD);
  return told.map(({ title, cells }) => {
    const parts = /** @type {const} */ (["own", "shared", "host", "unknown"]).map((how) => ({
      how,
      types: cells.filter((cell) => cell.how === how).map(({ type }) => type),
    }));
    return `${title}: ${parts
      .filter(({ types }) => types.length)
      .map(({ how, types }) => `${HOW_WORDS[how]} ${types.join(", ")}`)
      .join("; ")}`;
  });
}

/** @param {Subject} subject @param {ReturnType<typeof findMatches>} found */
function noteSearch({ options }, found) {
  if (!found) return [];
  const { count, all, problems } = found;
  if (options.mask) return [t("Search: {count} of {all} processes found", { count, all })];
  return [
    t("Search “{text}”: {count} of {all} processes found", { text: options.view.search, count, all }),
    ...problems.map(({ text }) => text),
  ];
}

/** @param {Set<import("../model/types.js").NamespaceType>} off */
const noteTypes = (off) => (off.size ? [t("Namespace types left out: {types}", { types: [...off].join(", ") })] : []);

/** @param {Graph} graph */
function noteHidden(graph) {
  const parts = sayHidden({ ...graph.hidden, types: 0 });
  return parts.length ? [t("Not drawn one by one: {parts}", { parts: parts.map(({ text }) => text).join(", ") })] : [];
}

/** @param {State} state */
const noteGaps = ({ gaps }) =>
  gaps.size ? [plural(gaps.size, "{count} thing could not be read", "{count} things could not be read")] : [];
