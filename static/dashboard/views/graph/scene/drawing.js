/** A scene that is being drawn: what is drawn so far, and what each part of it needs to know. Pure. */

import { RAIL, WAY } from "../../../layout/places.js";
import { boxAround, extentOf } from "../../../draw/geometry.js";
import { framesOf } from "./sections.js";

/**
 * @typedef {import("../graph.js").Graph} Graph
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 *
 * @typedef {object} Drawing
 * @property {import("../../../draw/items.js").Item[]} items  what is drawn so far; later items cover earlier ones
 * @property {import("../../../draw/theme.js").Theme} theme
 * @property {import("./emphasis.js").Focus} focus
 * @property {Map<string, GraphNode>} nodes  by their keys
 * @property {Map<string, Point>} at  where the nodes stand
 * @property {Map<string, Rect>} boxes  of the groups
 * @property {Map<string, Rect>} frames  of the sections
 * @property {boolean} ordered  lines run in the gaps between columns and rows
 * @property {Map<string, number>} rails  x of the lane of a hub
 * @property {Map<string, number>} ways  x of the gap at the left of a unit
 * @property {number} top  where lines may run above everything
 * @property {Map<string, number>} trunks  x of the line from which the links to a node's children branch off
 * @property {number} fan  how many links lead from one unit into another
 * @property {Map<string, number>} spokes  how many links each hub has
 * @property {Map<string, number>} inhabitants  how many processes and folds are drawn inside each unit
 */

const TRUNK_GAP = 10;

/**
 * @param {Graph} graph
 * @param {Record<string, [number, number]>} places
 * @param {Drawing["theme"]} theme
 * @param {Drawing["focus"]} focus
 * @return {Drawing}
 */
export function beginDrawing(graph, places, theme, focus) {
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  const placed = graph.nodes.filter(({ key }) => places[key]);
  const at = new Map(placed.map(({ key }) => [key, { x: places[key][0], y: places[key][1] }]));
  const boxes = boxesOf(graph, nodes, at);
  const rails = numbersUnder(places, RAIL);
  const ways = numbersUnder(places, WAY);
  const frames = ways.size ? framesOf(graph, at, boxes, rails, focus.pinned) : new Map();
  return {
    items: [],
    theme,
    focus,
    nodes,
    at,
    boxes,
    frames,
    ordered: ways.size > 0,
    rails,
    ways,
    top:
      Math.min(
        ...[...frames.values(), ...boxes.values()].map(({ y }) => y),
        ...[...at.values()].map(({ y }) => y - 29),
      ) - 16,
    trunks: trunksOf(graph, nodes, at),
    fan: fanOf(graph),
    spokes: spokesOf(graph),
    inhabitants: inhabitantsOf(graph),
  };
}

/** @param {Graph} graph @param {Map<string, GraphNode>} nodes @param {Map<string, Point>} at */
function boxesOf(graph, nodes, at) {
  /** @type {Map<string, Rect>} */
  const boxes = new Map();
  for (const group of graph.groups) {
    const parts = [];
    for (const key of group.nodes) {
      const [node, point] = [nodes.get(key), at.get(key)];
      if (node && point) parts.push({ at: point, extent: extentOf(node) });
    }
    if (parts.length) boxes.set(group.key, boxAround(parts, group.title, group.sub, group.cells.length));
  }
  return boxes;
}

/**
 * The numbers of the places whose keys begin so.
 * @param {Record<string, [number, number]>} places
 * @param {string} kind
 */
function numbersUnder(places, kind) {
  const keys = Object.keys(places).filter((key) => key.startsWith(kind));
  return new Map(keys.map((key) => [key.slice(kind.length), places[key][0]]));
}

/** @param {Graph} graph @param {Map<string, GraphNode>} nodes @param {Map<string, Point>} at */
function trunksOf({ links }, nodes, at) {
  /** @type {Map<string, number>} */
  const trunks = new Map();
  for (const { kind, across, source, target } of links) {
    const [node, point] = [nodes.get(target), at.get(target)];
    if (across || kind === "member" || kind === "shared" || !node || !point) continue;
    trunks.set(source, Math.min(trunks.get(source) ?? Infinity, point.x - extentOf(node).l - TRUNK_GAP));
  }
  return trunks;
}

/** @param {Graph} graph */
function fanOf({ links }) {
  return links.filter(({ across, kind }) => across && (kind === "runtime" || kind === "parent")).length;
}

/** @param {Graph} graph */
function inhabitantsOf({ nodes }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { kind, inside, unit } of nodes)
    if (inside && kind !== "hub") counts.set(unit, (counts.get(unit) ?? 0) + 1);
  return counts;
}

/** @param {Graph} graph */
function spokesOf({ links }) {
  /** @type {Map<string, number>} */
  const spokes = new Map();
  for (const { kind, source } of links) if (kind === "member") spokes.set(source, (spokes.get(source) ?? 0) + 1);
  return spokes;
}
