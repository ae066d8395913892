/** The sign of a hub in a legend: a rounded box with one letter, and a line to it. Pure. */

import { LETTERS } from "../../model/words.js";

/**
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 */

/**
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {import("../../views/graph/graph.js").GraphNode} hub
 * @param {number} x  its left end
 * @param {number} y  its middle
 */
export function drawHubSign(items, theme, hub, x, y) {
  const types = hub.types.slice(0, 1);
  items.push(
    ...types.map((type) => drawLine(type, theme, x + 20, y)),
    drawBox(hub.inside ? theme.line : theme.ink, theme, x, y),
    ...types.flatMap((type) => drawLetter(type, theme, x + 11, y)),
  );
}

/** @param {NamespaceType} type @param {Theme} theme @param {number} x @param {number} y @return {Item} */
function drawLine(type, theme, x, y) {
  return { t: "line", x: 0, y: 0, points: [x, y, x + 30, y], stroke: theme.types[type].fill, width: 2.4 };
}

/** @param {string} stroke @param {Theme} theme @param {number} x @param {number} y @return {Item} */
function drawBox(stroke, theme, x, y) {
  return { t: "rect", x, y: y - 10, w: 22, h: 20, r: 10, fill: theme.surface, stroke, width: 1.5 };
}

/** @param {NamespaceType} type @param {Theme} theme @param {number} x @param {number} y @return {Item[]} */
function drawLetter(type, theme, x, y) {
  const { fill, ink } = theme.types[type];
  const letter = { text: LETTERS[type], size: 9.5, weight: 700, fill: ink };
  return [
    { t: "circle", x, y, r: 7, fill },
    { t: "text", x, y: y + 3.4, ...letter, anchor: "middle" },
  ];
}
