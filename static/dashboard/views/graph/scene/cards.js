/** The cards of a scene: closed containers and groups, and the crowd of the host's processes. Pure. */

import { CARD, cardRect, shorten, widthOf } from "../../../draw/geometry.js";
import { countOf, labelOf, strength } from "./emphasis.js";
import { drawFill } from "./fills.js";
import { drawStrip } from "../../../draw/signs.js";

/**
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const CROWD = { w: 176, h: 44 };
const LABEL_LENGTH = 24;

/** A closed container or group. @param {Drawing} drawing @param {GraphNode} node @param {Point} at */
export function drawCard(drawing, node, at) {
  const { items, theme, focus } = drawing;
  const box = cardRect(at);
  const alpha = strength(focus, node.key);
  items.push({ t: "rect", ...box, r: 12, fill: theme.surface, ...rimOf(drawing, node), alpha });
  drawFill(drawing, focus.fills?.get(node.key), box, 12, alpha, labelOf(focus, node));
  items.push(titleOf(drawing, node, box, alpha));
  const matched = focus.matches?.get(node.key);
  items.push({
    t: "text",
    x: box.x + box.w - 12,
    y: box.y + box.h - 12,
    anchor: "end",
    ...lineBelow(drawing, node, alpha),
    text: matched ? `${matched} found` : String(countOf(focus, node) || node.sub),
  });
  drawStrip(items, theme, node.cells, box.x + 12, box.y + box.h - 23, alpha);
}

/**
 * The name on a card, as large as its room allows.
 * @param {Drawing} drawing
 * @param {GraphNode} node
 * @param {Rect} box
 * @param {number} alpha
 * @return {Item}
 */
function titleOf({ theme, focus }, node, box, alpha) {
  const text = shorten(labelOf(focus, node), LABEL_LENGTH);
  const most = Math.min(24, (14 * (CARD.w - 24)) / (widthOf(text, 14) * 1.12));
  return {
    t: "text",
    x: box.x + 12,
    y: box.y + 22,
    text,
    size: Math.min(14, most),
    weight: 600,
    fill: theme.ink,
    anchor: "start",
    floor: 10.5,
    most,
    least: 4,
    alpha,
  };
}

/**
 * The host's processes that are not drawn one by one.
 * @param {Drawing} drawing
 * @param {GraphNode} node
 * @param {Point} at
 */
export function drawCrowd(drawing, node, at) {
  const { items, theme, focus } = drawing;
  const box = { x: at.x - CROWD.w / 2, y: at.y - CROWD.h / 2, ...CROWD };
  const alpha = strength(focus, node.key);
  items.push({ t: "rect", ...box, r: 22, fill: theme.raised, ...rimOf(drawing, node), dash: [3, 3], alpha });
  drawFill(drawing, focus.fills?.get(node.key), box, 12, alpha, labelOf(focus, node));
  items.push({
    t: "text",
    x: at.x,
    y: box.y + 19,
    text: shorten(labelOf(focus, node), LABEL_LENGTH),
    size: 12.5,
    weight: 600,
    fill: theme.ink,
    anchor: "middle",
    floor: 9.5,
    most: 15,
    least: 5,
    alpha,
  });
  items.push({
    t: "text",
    x: at.x,
    y: box.y + 34,
    anchor: "middle",
    ...lineBelow(drawing, node, alpha),
    text: node.sub,
  });
}

/** @param {Drawing} drawing @param {GraphNode} node */
function rimOf({ theme, focus }, { key }) {
  if (focus.selected.has(key)) return { stroke: theme.accent, width: 2.5 };
  return focus.matches?.get(key) ? { stroke: theme.match, width: 2.5 } : { stroke: theme.line, width: 1.25 };
}

/** How the second line of a card is written. @param {Drawing} drawing @param {GraphNode} node @param {number} alpha */
function lineBelow({ theme, focus }, { key }, alpha) {
  return { size: 10.5, fill: focus.matches?.get(key) ? theme.match : theme.muted, least: 6.5, alpha };
}
