/** What became of nodes and groups, in a comparison: a badge, and around nodes a rim. Pure. */

import { CARD, CELL, RADIUS, widthOf } from "../../../draw/geometry.js";
import { FATE_SIGNS } from "../../../draw/signs.js";
import { strength } from "./emphasis.js";

/**
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("../../../draw/theme.js").Theme} Theme
 * @typedef {import("./drawing.js").Drawing} Drawing
 * @typedef {import("./emphasis.js").NodeFate} NodeFate
 */

/** The rim of a node that went is dashed. @param {Drawing} drawing @param {GraphNode} node @param {Point} at */
export function drawFate({ items, theme, focus }, node, at) {
  const found = focus.fates?.get(node.key);
  if (!found) return;
  const alpha = strength(focus, node.key);
  const dash = found.fate === "went" ? [4, 3] : undefined;
  const look = { stroke: theme.fates[found.fate], width: 2.25, dash, alpha };
  const rim = rimOf(node);
  if (rim) {
    const { w, h, r } = rim;
    items.push({ t: "rect", x: at.x - w, y: at.y - h, w: w * 2, h: h * 2, r, ...look });
    drawBadge(items, theme, found, at.x + w - 3, at.y - h + 1, alpha);
  } else {
    items.push({ t: "circle", x: at.x, y: at.y, r: RADIUS + 3.5, ...look });
    drawBadge(items, theme, found, at.x + RADIUS + 2, at.y - RADIUS - 1, alpha);
  }
}

/** Half the width and height of the rim, and the radius of its corners; null: a circle. @param {GraphNode} node */
function rimOf({ kind, cells }) {
  if (kind === "hub") return { w: (cells.length * CELL) / 2 + 6, h: 15, r: 15 };
  if (kind === "card") return { w: CARD.w / 2, h: CARD.h / 2, r: 12 };
  return kind === "crowd" ? { w: 88, h: 22, r: 22 } : null;
}

/**
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {NodeFate} found
 * @param {number} x  its middle
 * @param {number} y
 * @param {number} alpha
 */
export function drawBadge(items, theme, found, x, y, alpha) {
  const text = textOf(found);
  const half = Math.max(7, widthOf(text, 10) / 2 + 4);
  items.push({
    t: "rect",
    x: x - half,
    y: y - 7,
    w: half * 2,
    h: 14,
    r: 7,
    fill: theme.fates[found.fate],
    stroke: theme.surface,
    width: 1.5,
    alpha,
  });
  items.push({
    t: "text",
    x,
    y: y + 4,
    text,
    size: text.length > 1 ? 10 : 13,
    weight: 800,
    fill: theme.surface,
    anchor: "middle",
    least: 4,
    alpha,
  });
}

/** The sign of the fate; of a node of several processes, how many came and went. @param {NodeFate} found */
function textOf({ fate, came, went, changed }) {
  if (fate !== "changed" || came + went === 0) return FATE_SIGNS[fate];
  const parts = [came && `+${came}`, went && `−${went}`, changed && `~${changed}`].filter(Boolean);
  return parts.slice(0, 2).join(" ");
}
