/** Signs that the views and the legend draw. Pure. */

/**
 * @typedef {import("../views/graph/scene.js").Item} Item
 * @typedef {import("./theme.js").Theme} Theme
 * @typedef {import("../model/comparison.js").Fate} Fate
 */

/**
 * The sign of a fate: a coloured disc with +, − or ~.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {Fate} fate
 * @param {number} x  its left end
 * @param {number} y  its middle
 */
export function drawFateSign(items, theme, fate, x, y) {
  const sign = { came: "+", went: "−", changed: "~" }[fate];
  items.push(
    { t: "rect", x, y: y - 7, w: 14, h: 14, r: 7, fill: theme.fates[fate] },
    { t: "text", x: x + 7, y: y + 4.2, text: sign, size: 13, weight: 800, fill: theme.surface, anchor: "middle" },
  );
}
