/** The usage of a container: a shade in its box or card. Pure. */

import { TITLE, widthOf } from "../../../draw/geometry.js";

/**
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../model/usage.js").Fill} Fill
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const FULL = 0.9; // of its limit; from here on it is a warning

/**
 * The shade is as high as the share of the limit. Without a limit it is paler, and relative to the largest usage.
 * @param {Drawing} drawing
 * @param {Fill|undefined} fill
 * @param {Rect} box
 * @param {number} r  radius of the box's corners
 * @param {number} alpha
 * @param {string} title  beside which it is said, where there is room
 */
export function drawFill({ items, theme }, fill, box, r, alpha, title) {
  if (!fill) return;
  const { share, limited, words } = fill;
  const warns = limited && share > FULL;
  const h = Math.max(3, (box.h - 4) * share);
  items.push({
    t: "rect",
    x: box.x + 2,
    y: box.y + box.h - 2 - h,
    w: box.w - 4,
    h,
    r: Math.min(r - 2, h / 2),
    fill: warns ? theme.warn : limited ? theme.accent : theme.muted,
    alpha: alpha * (limited ? 0.24 : 0.16),
  });
  if (widthOf(title, TITLE.most) + widthOf(words, 14) + 36 > box.w) return;
  items.push({
    t: "text",
    x: box.x + box.w - 12,
    y: box.y + 21,
    text: words,
    size: 11,
    weight: 650,
    fill: warns ? theme.warn : theme.muted,
    anchor: "end",
    floor: 9,
    most: 14,
    least: 4,
    alpha,
  });
}
