/** The cards of a scene: closed containers and groups, and the crowd of the host's processes. Pure. */

import { CELL_STEP, FAR, NAME_FLOOR, cardRect } from "../../../draw/geometry.js";
import { countOf, labelOf, strength } from "./emphasis.js";
import { drawFill, lookOfFill } from "./fills.js";
import { drawStrip } from "../../../draw/signs.js";
import { TYPES } from "../../../model/types.js";
import { t } from "../../../base/i18n.js";

/**
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const CROWD = { w: 176, h: 44 };
const EDGE = 10;
const BAR = { edge: 8, height: 9 };

/** A closed container or group. @param {Drawing} drawing @param {GraphNode} node @param {Point} at */
export function drawCard(drawing, node, at) {
  const { items, theme, focus } = drawing;
  const box = cardRect(at);
  const alpha = strength(focus, node.key);
  items.push({ t: "rect", ...box, r: 12, fill: theme.surface, ...rimOf(drawing, node), alpha });
  const fill = focus.fills?.get(node.key);
  drawFill(drawing, fill, box, 12, alpha);
  writeName(drawing, node, box, alpha);
  const strip = /** @type {Item[]} */ ([]);
  drawStrip(strip, theme, node.cells, box.x + EDGE, box.y + box.h - 18, alpha);
  items.push(...strip.map((item) => ({ ...item, from: FAR })));
  drawBar(drawing, node, box, alpha);
  const matched = focus.matches?.get(node.key);
  const room = box.w - 2 * EDGE - (node.cells.length ? node.cells.length * CELL_STEP + 4 : 0);
  items.push({
    t: "text",
    x: box.x + box.w - EDGE,
    y: box.y + box.h - 8,
    anchor: "end",
    ...lineBelow(drawing, node, alpha),
    text: matched ? t("{count} found", { count: String(matched) }) : wordsOf(drawing, node),
    ...(fill && lookOfFill(drawing, fill)),
    room,
  });
}

/**
 * Far away, the letters of the namespace types are a bar of their colours.
 * @param {Drawing} drawing
 * @param {GraphNode} node
 * @param {Rect} box
 * @param {number} alpha
 */
function drawBar({ items, theme }, { cells }, box, alpha) {
  const step = (box.w - 2 * BAR.edge) / TYPES.length;
  for (const [index, { type, how }] of cells.entries()) {
    const hollow = how === "host" || how === "unknown";
    items.push({
      t: "rect",
      x: box.x + BAR.edge + index * step + 1,
      y: box.y + box.h - BAR.height - 3,
      w: step - 2,
      h: BAR.height,
      r: 2,
      fill: hollow ? undefined : theme.types[type].fill,
      stroke: how === "shared" ? theme.ink : hollow ? theme.line : undefined,
      width: how === "shared" ? 2.5 : 1,
      until: FAR,
      alpha,
    });
  }
}

/**
 * How many processes there are; of a container without any, what became of it.
 * @param {Drawing} drawing
 * @param {GraphNode} node
 */
function wordsOf({ focus }, node) {
  const count = countOf(focus, node);
  return node.cells.length && count ? String(count) : node.sub;
}

/**
 * The name on a card. Far away, where nothing else is written, it stands in the middle.
 * @param {Drawing} drawing
 * @param {GraphNode} node
 * @param {Rect} box
 * @param {number} alpha
 */
function writeName({ items, theme, focus }, node, box, alpha) {
  /** @type {Item} */
  const near = {
    t: "text",
    x: box.x + EDGE,
    y: box.y + 4,
    hang: true,
    text: labelOf(focus, node),
    prefix: node.prefix,
    room: box.w - 2 * EDGE,
    size: 14,
    weight: 600,
    fill: theme.ink,
    anchor: "start",
    floor: NAME_FLOOR,
    from: FAR,
    alpha,
  };
  items.push(near, { ...near, x: box.x + 6, room: box.w - 12, y: box.y + 2, from: 0, until: FAR });
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
  drawFill(drawing, focus.fills?.get(node.key), box, 12, alpha);
  items.push({
    t: "text",
    x: at.x,
    y: box.y + 8,
    hang: true,
    text: labelOf(focus, node),
    room: box.w - 20,
    size: 12.5,
    weight: 600,
    fill: theme.ink,
    anchor: "middle",
    floor: NAME_FLOOR,
    alpha,
  });
  items.push({
    t: "text",
    x: at.x,
    y: box.y + 34,
    anchor: "middle",
    ...lineBelow(drawing, node, alpha),
    text: node.sub,
    room: box.w - 20,
  });
}

/** @param {Drawing} drawing @param {GraphNode} node */
function rimOf({ theme, focus }, { key }) {
  if (focus.selected.has(key)) return { stroke: theme.accent, width: 2.5 };
  return focus.matches?.get(key) ? { stroke: theme.match, width: 2.5 } : { stroke: theme.line, width: 1.25 };
}

/** How the second line of a card is written. @param {Drawing} drawing @param {GraphNode} node @param {number} alpha */
function lineBelow({ theme, focus }, { key }, alpha) {
  return { size: 10.5, fill: focus.matches?.get(key) ? theme.match : theme.muted, least: 9, alpha };
}
