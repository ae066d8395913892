/** The content of a picture: a view's drawing, with its legend, notes and sentences. Pure. */

import { buildScene } from "../views/graph/scene/scene.js";
import { containerTexts, sharedTexts } from "./description.js";
import { drawChains } from "../views/chains/sheet.js";
import { drawMatrix } from "../views/matrix/sheet.js";
import { drawTable } from "../views/table/sheet.js";
import { fatesOfNodes, hiddenOn } from "../model/comparison.js";
import { findMatches, findSelected } from "./matches.js";
import { inputOf, layOut } from "../layout/layout.js";
import { legendOfGraph, legendOfSheet } from "./legend/legend.js";
import { neighbourhood } from "../views/graph/neighbours.js";
import { noteGaps, noteHidden, noteRows, noteSearch, noteTypes } from "./notes.js";
import { openedGraph } from "./opened-graph.js";

/**
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("./subject.js").Subject} Subject
 * @typedef {import("./matches.js").Matches} Matches
 * @typedef {import("./frame/frame.js").Viewport} Viewport
 *
 * @typedef {object} Content
 * @property {(aspect: number) => {items: import("../draw/items.js").Item[],
 *   bounds: import("../draw/geometry.js").Rect}} draw
 * @property {import("./legend/legend.js").LegendGroup[]} legend
 * @property {string[]} notes  what the reader should know about it
 * @property {string[]} containers  one text for each container, and for what several share
 */

const SHEETS = { chains: drawChains, matrix: drawMatrix, table: drawTable };

/** @param {Subject} subject @param {Viewport|null} viewport @return {Content} */
export function contentOf(subject, viewport) {
  const graph = openedGraph(subject);
  const { view } = subject.options.view;
  return view === "graph" ? graphContent(subject, graph, viewport) : sheetContent(subject, graph, view);
}

/** @param {Subject} subject @param {Graph} graph @param {Viewport|null} viewport @return {Content} */
function graphContent(subject, graph, viewport) {
  const { state, union, options } = subject;
  const matches = findMatches(subject, graph);
  const focus = focusOf(subject, graph, matches);
  const { pins, arrangement, options: shown } = options.view;
  const { off } = shown;
  const places = (/** @type {number} */ aspect) =>
    viewport?.places ?? layOut(inputOf(graph, aspect, { pins, arrangement }));
  return {
    draw: (aspect) => buildScene(graph, places(aspect), options.theme, focus),
    legend: legendOfGraph(graph, options.theme, off, union !== null),
    containers: [...containerTexts(graph), ...sharedTexts(graph)],
    notes: [...noteSearch(subject, matches), ...noteTypes(off), ...noteHidden(graph), ...noteGaps(state)],
  };
}

/** What the graph emphasises. @param {Subject} subject @param {Graph} graph @param {Matches|null} matches */
export function focusOf(subject, graph, matches) {
  const { union, options } = subject;
  const selected = findSelected(subject, graph);
  const near = neighbourhood(graph, selected);
  const focus = { selected, near, matches: matches?.nodes ?? null, arrangement: options.view.arrangement };
  if (!union) return focus;
  const { side } = options.view;
  return { ...focus, fates: fatesOfNodes(union, graph), hidden: hiddenOn(union, graph, side), side };
}

/** @param {Subject} subject @param {Graph} graph @param {keyof SHEETS} view @return {Content} */
function sheetContent(subject, graph, view) {
  const { union, options, state } = subject;
  const matches = findMatches(subject, graph);
  const { items, width, height, left } = SHEETS[view]({ subject, graph, found: matches?.keys ?? null });
  const { off } = options.view.options;
  return {
    draw: () => ({ items, bounds: { x: 0, y: 0, w: width, h: height } }),
    legend: legendOfSheet(options.theme, off, union !== null, view === "chains" ? graph : null),
    containers: containerTexts(graph),
    notes: [...noteSearch(subject, matches), ...noteTypes(off), ...noteRows(left), ...noteGaps(state)],
  };
}
