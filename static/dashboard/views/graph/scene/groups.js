/** The groups of a scene: open containers, what is isolated without one, and the host, as boxes with a header. Pure. */

import { CELL_STEP, FAR, NAME_FLOOR, TITLE, widthOf } from "../../../draw/geometry.js";
import { drawBadge } from "./fates.js";
import { drawFill, lookOfFill } from "./fills.js";
import { drawStrip } from "../../../draw/signs.js";

/**
 * @typedef {import("../graph.js").Group} Group
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const EDGE = 13;

/** @param {Drawing} drawing @param {Group} group @param {Rect} box */
export function drawGroup(drawing, group, box) {
  const { items, theme, focus } = drawing;
  const alpha = strengthOfGroup(drawing, group);
  const fate = focus.fates?.get(group.key);
  items.push(boxOf(drawing, group, box, alpha));
  drawFill(drawing, focus.fills?.get(group.key), box, 14, alpha);
  if (fate) drawBadge(items, theme, fate, box.x + box.w - 10, box.y + 2, 1);
  writeHeader(drawing, group, box, alpha);
}

/** A group is dimmed only if nothing in it is near the selection. @param {Drawing} drawing @param {Group} group */
function strengthOfGroup({ focus: { near } }, group) {
  return !near || near.has(group.key) || group.nodes.some((key) => near.has(key)) ? 1 : 0.4;
}

/** @param {Drawing} drawing @param {Group} group @param {Rect} box @param {number} alpha @return {Item} */
function boxOf({ theme, focus }, { key }, box, alpha) {
  const host = key === "host";
  const chosen = focus.selected.has(key);
  const fate = focus.fates?.get(key)?.fate;
  return {
    t: "rect",
    ...box,
    r: 14,
    fill: host ? undefined : theme.surface,
    stroke: chosen ? theme.accent : fate ? theme.fates[fate] : theme.line,
    width: chosen || fate ? 2.5 : 1.25,
    dash: host || fate === "went" ? [6, 5] : undefined,
    alpha,
  };
}

/**
 * The title; below it the namespace types, the image and the usage.
 * @param {Drawing} drawing
 * @param {Group} group
 * @param {Rect} box
 * @param {number} alpha
 */
function writeHeader(drawing, { key, title, prefix, cells, sub }, box, alpha) {
  const { items, theme, focus } = drawing;
  const left = box.x + EDGE;
  items.push({
    t: "text",
    x: left,
    y: box.y + 9,
    hang: true,
    text: title,
    prefix,
    room: box.w - 2 * EDGE,
    weight: 650,
    fill: theme.ink,
    anchor: "start",
    size: TITLE.size,
    floor: NAME_FLOOR,
    alpha,
  });
  const strip = /** @type {typeof items} */ ([]);
  drawStrip(strip, theme, cells, left, box.y + 30, alpha);
  items.push(...strip.map((item) => ({ ...item, from: FAR })));
  const fill = focus.fills?.get(key);
  const letters = cells.length ? cells.length * CELL_STEP + 6 : 0;
  const usage = fill ? widthOf(fill.words, 12) + 8 : 0;
  /** @type {typeof items[number]} */
  const below = { t: "text", x: 0, y: box.y + 40.5, size: 10.5, fill: theme.muted, least: 9, alpha };
  const room = box.w - 2 * EDGE - letters - usage;
  items.push({ ...below, x: left + letters, text: sub, anchor: "start", room });
  if (fill) items.push({ ...below, x: box.x + box.w - EDGE, anchor: "end", ...lookOfFill(drawing, fill) });
}
