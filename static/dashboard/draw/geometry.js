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
const HEADER = 56;
const PADDING = 16;
export const CARD = { w: 176, h: 58 };
export const IMAGE_LENGTH = 20;
export const TITLE = { size: 14, most: 17 };
const LABEL_LENGTH = 20;

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
  for (const letter of text)
    width +=
      letter.charCodeAt(0) > 0x2e80
        ? 1.05
        : /[mwMW@]/.test(letter)
          ? 0.86
          : /[iljt.,:;'|!1 ]/.test(letter)
            ? 0.36
            : 0.58;
  return width * size;
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
  const half = Math.max(widthOf(shorten(node.label), 12.5), widthOf(node.sub, 10.5), pills, 2 * RADIUS + 8) / 2 + 5;
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
  return Math.max(widthOf(shorten(title, 26), TITLE.most) * 1.12, cells * 15 + (cells && sub ? 8 : 0) + image) + 2 * 13;
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
