/** Graph, places and theme → a flat list of what to draw. The canvas draws it, and so may any other writer. Pure. */

import { beginDrawing } from "./drawing.js";
import { boundsOf, extentOf } from "../../../draw/geometry.js";
import { drawFate } from "./fates.js";
import { drawGroup } from "./groups.js";
import { drawIslands } from "./islands.js";
import { drawLink } from "./links.js";
import { drawNode } from "./nodes.js";
import { drawPin, pinPlace } from "./pins.js";
import { drawSection } from "./sections.js";

/**
 * @typedef {import("../graph.js").Graph} Graph
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../graph.js").GraphLink} GraphLink
 * @typedef {import("../graph.js").Group} Group
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("../../../draw/theme.js").Theme} Theme
 * @typedef {import("./drawing.js").Drawing} Drawing
 * @typedef {import("./emphasis.js").Focus} Focus
 *
 * @typedef {{key: string, rect: Rect, group: boolean}} Target  what a pointer can meet
 * @typedef {{items: Item[], frames: Target[], targets: Target[], bounds: Rect}} Scene  `frames`: of sections
 */

/** @type {Set<string>} */
const NOTHING = new Set();

/**
 * @param {Graph} graph
 * @param {Record<string, [number, number]>} places
 * @param {Theme} theme
 * @param {Focus} focus
 * @return {Scene}
 */
export function buildScene(graph, places, theme, focus) {
  const drawing = beginDrawing(graph, places, theme, focus);
  drawIslands(drawing, graph);
  const hidden = focus.hidden ?? NOTHING;
  const links = graph.links.filter((link) => !hidden.has(link.source) && !hidden.has(link.target));
  const sections = graph.sections.filter(({ units }) => units.some((unit) => !hidden.has(unit)));
  const frames = sections.flatMap((section) => addSection(drawing, section));
  for (const link of links) if (isBehind(drawing, link)) drawLink(drawing, link);
  const groups = graph.groups.filter(({ key }) => !hidden.has(key)).flatMap((group) => addGroup(drawing, group));
  for (const link of links) if (!isBehind(drawing, link)) drawLink(drawing, link);
  const nodes = graph.nodes.filter(({ key }) => !hidden.has(key)).flatMap((node) => addNode(drawing, node));
  const targets = [...groups, ...nodes];
  return {
    items: drawing.items,
    targets,
    frames,
    bounds: boundsOf([...frames, ...targets].map(({ rect }) => rect)),
  };
}

/**
 * Links between boxes are drawn behind the boxes, so that they cross no labels.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 */
function isBehind({ nodes }, link) {
  const target = nodes.get(link.target);
  return link.across && (link.kind === "runtime" || !target || target.kind === "card");
}

/**
 * @param {Drawing} drawing
 * @param {import("../sections.js").Section} section
 * @return {Target[]} none where nothing of it has a place
 */
function addSection(drawing, section) {
  const rect = drawing.frames.get(section.key);
  if (!rect) return [];
  drawSection(drawing, section, rect);
  return [{ key: section.key, rect, group: true }];
}

/** @param {Drawing} drawing @param {Group} group @return {Target[]} none where it has no place */
function addGroup(drawing, group) {
  const { items, theme, focus, boxes } = drawing;
  const box = boxes.get(group.key);
  if (!box) return [];
  drawGroup(drawing, group, box);
  if (focus.pinned?.has(group.key)) drawPin(items, theme, box.x + box.w - 8, box.y + 8);
  return [{ key: group.key, rect: box, group: true }];
}

/** @param {Drawing} drawing @param {GraphNode} node @return {Target[]} none where it has no place */
function addNode(drawing, node) {
  const { items, theme, focus, at } = drawing;
  const point = at.get(node.key);
  if (!point) return [];
  drawNode(drawing, node, point);
  drawFate(drawing, node, point);
  const extent = extentOf(node);
  if (focus.pinned?.has(node.key)) drawPin(items, theme, ...pinPlace(node, point, extent));
  const rect = { x: point.x - extent.l, y: point.y - extent.t, w: extent.l + extent.r, h: extent.t + extent.b };
  return [{ key: node.key, rect, group: false }];
}
