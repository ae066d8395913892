/**
 * The size of each node: what the layout keeps free and the scene draws. World units; y grows downwards. Pure.
 */

import { visible } from "../base/visible.js";

/**
 * @typedef {{kind: string, label: string, sub: string, cells: unknown[]}} Sized  what decides how large a node is
 * @typedef {{l: number, t: number, r: number, b: number}} Extent  from the node's centre outwards
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, w: number, h: number}} Rect
 */

export const RADIUS = 10;
export const CELL = 18;
/** From one letter of a strip to the next. */
export const CELL_STEP = 15;
const HEADER = 56;
const PADDING = 16;
export const CARD = { w: 180, h: 46 };
export const IMAGE_LENGTH = 20;
export const TITLE = { size: 14 };
/** Names are never smaller than that on the screen; what stands below them is left out instead. */
export const NAME_FLOOR = 11;
/** Below this zoom the letters and words below a name give way to it. */
export const FAR = 0.52;
const LABEL_LENGTH = 20;
const SHORT_LABEL = 100; // one of some eight letters is whole even where it is drawn larger
const TITLE_WIDTH = 200; // a box is made so wide for its title; a longer one is cut in its middle

/**
 * Truncate with an ellipsis at the end. Control characters become dots.
 * @param {string} text
 * @param {number} [length]
 */
export function shorten(text, length = LABEL_LENGTH) {
  const clean = visible(text).replace(/[\t\n]+/g, "·");
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}

/**
 * The estimated width of a text. It does not depend on the fonts of the machine, so the layout is the same everywhere.
 * @param {string} text
 * @param {number} size
 */
export function widthOf(text, size) {
  let width = 0;
  for (const letter of text) width += LETTER_WIDTHS.get(letter) ?? measure(letter);
  return width * size;
}

/** @type {Map<string, number>} */
const LETTER_WIDTHS = new Map();

/** @param {string} letter */
function measure(letter) {
  const narrow = /[iljt.,:;'|!1 ]/.test(letter) ? 0.36 : 0.58;
  const width = letter.charCodeAt(0) > 0x2e80 ? 1.05 : /[mwMW@…—]/.test(letter) ? 0.9 : narrow;
  if (LETTER_WIDTHS.size < 5000) LETTER_WIDTHS.set(letter, width);
  return width;
}

/** How wide the label of a process, or of several, may be. @param {Sized} node */
export function labelRoom({ label, sub, cells }) {
  const text = widthOf(shorten(label), 1) * 1.14;
  return Math.max(12.5 * text, Math.min(20 * text, SHORT_LABEL), widthOf(sub, 10.5) * 1.08, cells.length * 13, 48);
}

/** @param {Sized} node @return {Extent} */
export function extentOf(node) {
  if (node.kind === "card") return { l: CARD.w / 2, r: CARD.w / 2, t: CARD.h / 2, b: CARD.h / 2 };
  if (node.kind === "hub") {
    const half = (node.cells.length * CELL) / 2 + 4;
    return { l: half, r: half, t: 14, b: 14 };
  }
  if (node.kind === "crowd") return { l: 92, r: 92, t: 24, b: 24 };
  const pills = node.cells.length * 13;
  const half = labelRoom(node) / 2 + 5;
  return { l: half, r: half, t: RADIUS + 6, b: RADIUS + (pills ? 50 : 34) };
}

/**
 * The box around a group's nodes, with room for its header.
 * @param {Iterable<{at: Point, extent: Extent}>} parts
 * @param {string} title
 * @param {string} sub
 * @param {number} cells
 * @return {Rect}
 */
export function boxAround(parts, title, sub, cells) {
  let [l, t, r, b] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { at, extent } of parts) {
    l = Math.min(l, at.x - extent.l);
    r = Math.max(r, at.x + extent.r);
    t = Math.min(t, at.y - extent.t);
    b = Math.max(b, at.y + extent.b);
  }
  const wanted = Math.max(headerWidth(title, sub, cells), 120);
  const spare = Math.max(0, wanted - (r - l) - 2 * PADDING);
  return { x: l - PADDING - spare / 2, y: t - HEADER, w: r - l + 2 * PADDING + spare, h: b - t + HEADER + PADDING - 4 };
}

/**
 * The title above, the letters and the image below it.
 * @param {string} title
 * @param {string} sub
 * @param {number} cells
 */
function headerWidth(title, sub, cells) {
  const image = widthOf(shorten(sub, IMAGE_LENGTH), 10.5);
  return (
    Math.max(Math.min(TITLE_WIDTH, widthOf(title, TITLE.size) * 1.14), cells * 15 + (cells && sub ? 8 : 0) + image) +
    2 * 13
  );
}

/** The box of a closed container. @param {Point} at  its middle @return {Rect} */
export function cardRect(at) {
  return { x: at.x - CARD.w / 2, y: at.y - CARD.h / 2, w: CARD.w, h: CARD.h };
}

/** @param {Rect} box @return {Point} */
export const middleOf = ({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2 });

/**
 * The point of a box's rim that is nearest to another point, away from the corners.
 * @param {Rect} box
 * @param {Point} from
 * @return {Point}
 */
export function nearestOn(box, from) {
  return { x: nearestIn(box.x, box.w, from.x), y: nearestIn(box.y, box.h, from.y) };
}

/** @param {number} start @param {number} length @param {number} from */
function nearestIn(start, length, from) {
  if (from < start) return start;
  if (from > start + length) return start + length;
  return Math.min(start + length - 14, Math.max(start + 14, from));
}

/**
 * The end of a line that stops short of its target.
 * @param {Point} from
 * @param {Point} to
 * @param {number} by
 * @return {Point}
 */
export function shortenLine(from, to, by) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length > by ? (length - by) / length : 0.5;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** The smallest rectangle around all of them. @param {Rect[]} rects @return {Rect} */
export function boundsOf(rects) {
  if (!rects.length) return { x: 0, y: 0, w: 1, h: 1 };
  let [l, t, r, b] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rect of rects) {
    l = Math.min(l, rect.x);
    t = Math.min(t, rect.y);
    r = Math.max(r, rect.x + rect.w);
    b = Math.max(b, rect.y + rect.h);
  }
  return { x: l, y: t, w: r - l, h: b - t };
}
