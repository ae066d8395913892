/** The pin on a node or group that the reader placed. Pure. */

import { RADIUS } from "../../../draw/geometry.js";
import { line } from "../../../draw/items.js";

/**
 * @typedef {import("../../../draw/geometry.js").Extent} Extent
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("../../../draw/theme.js").Theme} Theme
 */

/**
 * The point of a node's pin.
 * @param {import("../graph.js").GraphNode} node
 * @param {Point} at
 * @param {Extent} extent
 * @return {[number, number]}
 */
export function pinPlace({ kind }, at, extent) {
  const disc = kind === "process" || kind === "fold";
  return disc ? [at.x - RADIUS - 1, at.y - RADIUS + 1] : [at.x + extent.r - 8, at.y - extent.t + 8];
}

/**
 * A pin from above: its point is at x, y.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {number} x
 * @param {number} y
 */
export function drawPin(items, theme, x, y) {
  items.push(line([x, y, x - 4, y - 8], { stroke: theme.muted, width: 1.5 }));
  items.push({ t: "circle", x: x - 4.5, y: y - 9, r: 3.6, fill: theme.accent, stroke: theme.surface, width: 1.25 });
}
