/** The nodes of a scene: processes, folds of several processes, and hubs. Cards are drawn by `cards.js`. Pure. */

import { CELL, NAME_FLOOR, RADIUS, labelRoom, shorten } from "../../../draw/geometry.js";
import { LETTERS } from "../../../model/words.js";
import { drawCard, drawCrowd } from "./cards.js";
import { drawPills, drawShape } from "../../../draw/signs.js";
import { labelOf, strength } from "./emphasis.js";

/**
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const MOST_LABEL = 22; // what the room below a process holds

/** @param {Drawing} drawing @param {GraphNode} node @param {Point} at */
export function drawNode(drawing, node, at) {
  if (node.kind === "hub") drawHub(drawing, node, at);
  else if (node.kind === "card") drawCard(drawing, node, at);
  else if (node.kind === "crowd") drawCrowd(drawing, node, at);
  else drawProcess(drawing, node, at);
}

/** One process, or several that are folded. @param {Drawing} drawing @param {GraphNode} node @param {Point} at */
function drawProcess(drawing, node, at) {
  const { items, theme, focus } = drawing;
  const { x, y } = at;
  const alpha = strength(focus, node.key);
  const chosen = focus.selected.has(node.key);
  if (chosen || focus.matches?.get(node.key)) {
    const stroke = chosen ? theme.accent : theme.match;
    items.push({ t: "circle", x, y, r: RADIUS + 5, stroke, width: 2.5, alpha });
  }
  drawShape(items, theme, node, at, alpha);
  writeProcess(drawing, node, at, alpha, chosen);
  drawPills(items, theme, node.cells, x, y + RADIUS + 35, alpha);
}

/**
 * Its name, and below it its role and pid.
 * @param {Drawing} drawing
 * @param {GraphNode} node
 * @param {Point} at
 * @param {number} alpha
 * @param {boolean} chosen
 */
function writeProcess({ items, theme, focus }, node, { x, y }, alpha, chosen) {
  const halo = node.unit === "host" || !node.inside ? theme.page : theme.surface;
  const rest = /** @type {const} */ ({ anchor: "middle", halo, alpha });
  items.push({
    t: "text",
    x,
    y: y + RADIUS + 5,
    hang: true,
    text: shorten(labelOf(focus, node)),
    room: labelRoom(node),
    size: 12.5,
    weight: chosen ? 700 : 550,
    fill: theme.ink,
    floor: NAME_FLOOR,
    most: MOST_LABEL,
    least: NAME_FLOOR,
    ...rest,
  });
  items.push({ t: "text", x, y: y + RADIUS + 29, text: node.sub, size: 10.5, fill: theme.muted, least: 9, ...rest });
}

/** @param {Drawing} drawing @param {GraphNode} node @param {Point} at */
function drawHub(drawing, node, at) {
  const { items, theme, focus } = drawing;
  const alpha = strength(focus, node.key);
  const chosen = focus.selected.has(node.key);
  const width = node.cells.length * CELL;
  const left = at.x - width / 2;
  const across = !node.inside;
  items.push({
    t: "rect",
    x: left - 3,
    y: at.y - 12,
    w: width + 6,
    h: 24,
    r: 12,
    fill: theme.surface,
    stroke: chosen ? theme.accent : across ? theme.ink : theme.line,
    width: chosen ? 3 : across ? 1.75 : 1.25,
    alpha,
  });
  for (const [index, cell] of node.cells.entries())
    drawCellOfHub(drawing, cell, left + index * CELL + CELL / 2, at.y, alpha);
}

/**
 * @param {Drawing} drawing
 * @param {import("../../../model/sharing.js").Cell} cell
 * @param {number} x  its middle
 * @param {number} y
 * @param {number} alpha
 */
function drawCellOfHub({ items, theme }, { type, how }, x, y, alpha) {
  const { fill, ink } = theme.types[type];
  const host = how === "host";
  items.push({
    t: "circle",
    x,
    y,
    r: 8,
    fill: host ? undefined : fill,
    stroke: host ? fill : undefined,
    width: 2,
    alpha,
  });
  items.push({
    t: "text",
    x,
    y: y + 3.6,
    text: LETTERS[type],
    size: 10,
    weight: 700,
    fill: host ? theme.ink : ink,
    anchor: "middle",
    least: 4,
    alpha,
  });
}
