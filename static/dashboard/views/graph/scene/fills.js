/** The usage of a container: a shade in its box or card, and its words. Pure. */

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
 */
export function drawFill({ items, theme }, fill, box, r, alpha) {
  if (!fill) return;
  const { share, limited } = fill;
  const h = Math.max(3, (box.h - 4) * share);
  items.push({
    t: "rect",
    x: box.x + 2,
    y: box.y + box.h - 2 - h,
    w: box.w - 4,
    h,
    r: Math.min(r - 2, h / 2),
    fill: isFull(fill) ? theme.warn : limited ? theme.accent : theme.muted,
    alpha: alpha * (limited ? 0.24 : 0.16),
  });
}

/** How the words of a usage are written. @param {Drawing} drawing @param {Fill} fill */
export function lookOfFill({ theme }, fill) {
  return { text: fill.words, weight: 650, fill: isFull(fill) ? theme.warn : theme.muted };
}

/** @param {Fill} fill */
const isFull = ({ limited, share }) => limited && share > FULL;
