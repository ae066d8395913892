/** A scene that is being drawn: what is drawn so far, and what each part of it needs to know. Pure. */

import { boxAround, extentOf } from "../../../draw/geometry.js";

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
 * @property {number} fan  how strong a runtime link is: less so where many leave one manager
 * @property {Map<string, number>} spokes  how many links each hub has
 */

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
  return {
    items: [],
    theme,
    focus,
    nodes,
    at,
    boxes: boxesOf(graph, nodes, at),
    fan: fanOf(graph),
    spokes: spokesOf(graph),
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

/** @param {Graph} graph */
function fanOf({ links }) {
  const runtime = links.filter((link) => link.kind === "runtime").length;
  return Math.max(0.16, Math.min(0.65, 12 / Math.max(1, runtime)));
}

/** @param {Graph} graph */
function spokesOf({ links }) {
  /** @type {Map<string, number>} */
  const spokes = new Map();
  for (const { kind, source } of links) if (kind === "member") spokes.set(source, (spokes.get(source) ?? 0) + 1);
  return spokes;
}
