/** The groups of a scene: open containers, what is isolated without one, and the host, as boxes with a header. Pure. */

import { IMAGE_LENGTH, TITLE, shorten, widthOf } from "../../../draw/geometry.js";
import { drawBadge } from "./fates.js";
import { drawFill } from "./fills.js";
import { drawStrip } from "../../../draw/signs.js";

/**
 * @typedef {import("../graph.js").Group} Group
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../draw/items.js").Item} Item
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const TITLE_LENGTH = 26;

/** @param {Drawing} drawing @param {Group} group @param {Rect} box */
export function drawGroup(drawing, group, box) {
  const { items, theme, focus } = drawing;
  const alpha = strengthOfGroup(drawing, group);
  const fate = focus.fates?.get(group.key);
  const title = shorten(group.title, TITLE_LENGTH);
  items.push(boxOf(drawing, group, box, alpha));
  drawFill(drawing, focus.fills?.get(group.key), box, 14, alpha, title);
  if (fate) drawBadge(items, theme, fate, box.x + box.w - 10, box.y + 2, 1);
  writeHeader(drawing, group, title, box, alpha);
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
 * The title; below it the namespace types and the image.
 * @param {Drawing} drawing
 * @param {Group} group
 * @param {string} title
 * @param {Rect} box
 * @param {number} alpha
 */
function writeHeader({ items, theme }, { cells, sub }, title, box, alpha) {
  const left = box.x + 13;
  items.push({
    t: "text",
    x: left,
    y: box.y + 21,
    text: title,
    weight: 650,
    fill: theme.ink,
    anchor: "start",
    size: TITLE.size,
    floor: 10.5,
    most: Math.max(TITLE.most, Math.min(28, (box.w - 26) / widthOf(title, 1.12))),
    least: 3.5,
    alpha,
  });
  drawStrip(items, theme, cells, left, box.y + 30, alpha);
  items.push({
    t: "text",
    x: left + (cells.length ? cells.length * 15 + 6 : 0),
    y: box.y + 40.5,
    text: shorten(sub, IMAGE_LENGTH),
    size: 10.5,
    fill: theme.muted,
    anchor: "start",
    least: 6.5,
    alpha,
  });
}
