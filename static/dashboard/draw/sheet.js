/** What the pictures of lists have in common: rows below one another, texts in columns. Pure. */

import { line } from "./items.js";
import { shorten, widthOf } from "./geometry.js";

/**
 * @typedef {import("./items.js").Item} Item
 * @typedef {import("./theme.js").Theme} Theme
 * @typedef {import("../model/comparison.js").Union} Union
 * @typedef {import("../model/store.js").State} State
 *
 * @typedef {object} Listed  what a list is made of
 * @property {{state: State, union: Union|null, options: ListedOptions}} subject
 * @property {{nodeOf: Map<string, string>, sharing: import("../model/sharing.js").Sharing}} graph
 * @property {Set<string>|null} found  keys of the processes that the search finds; null: nothing is searched for
 *
 * @typedef {object} ListedOptions
 * @property {Theme} theme
 * @property {boolean} all  nothing is closed
 * @property {ListedView} view
 *
 * @typedef {object} ListedView  what the reader chose for the lists
 * @property {import("../model/comparison.js").Side} side
 * @property {{off: Set<import("../model/types.js").NamespaceType>}} options
 * @property {Set<string>} turned  steps of the chains that were opened or closed
 * @property {"kin"|"name"|"least"} order  of the matrix
 * @property {string[]|null} columns  of the table; null: the default ones
 * @property {{column: string, way: 1|-1}|null} sort  of the table; null: by pid
 *
 * @typedef {{items: Item[], width: number, height: number, left: number}} Sheet `left`: rows for which there is no room
 */

export const SIZE = 12;
export const MOST_ROWS = 500;
export const EDGE = 14;

/**
 * A text in the middle of a row.
 * @param {Item[]} items
 * @param {string} text
 * @param {number} x
 * @param {number} y the row's middle
 * @param {Partial<Item> & {fill: string}} look
 * @return {number} where it ends, in the widest of the typefaces that may be found
 */
export function write(items, text, x, y, look) {
  const size = look.size ?? SIZE;
  items.push({ t: "text", x, y: y + size * 0.36, text, size, ...look });
  return x + widthOf(text, size) * ((look.weight ?? 400) >= 600 ? 1.18 : 1.12);
}

/**
 * The background of the rows, with a line between each two.
 * @param {number} width
 * @param {number} height
 * @param {number[]} lines
 * @param {Theme} theme
 * @return {Item[]}
 */
export function ground(width, height, lines, theme) {
  return [
    { t: "rect", x: 0, y: 0, w: width, h: height, r: 12, fill: theme.surface, stroke: theme.line, width: 1.25 },
    ...lines.map((y) => line([EDGE, y, width - EDGE, y], { stroke: theme.line, width: 0.75 })),
  ];
}

/**
 * How wide a column is: as its longest text, within bounds.
 * @param {string[]} texts
 * @param {number} least
 * @param {number} most
 * @param {number} [size]
 */
export function columnWidth(texts, least, most, size = SIZE) {
  return Math.min(
    most,
    texts.reduce((width, text) => Math.max(width, widthOf(text, size) * 1.06), least),
  );
}

/** A text that fits. @param {string} text @param {number} room @param {number} [size] */
export function fit(text, room, size = SIZE) {
  const whole = shorten(text, 400);
  if (widthOf(whole, size) <= room) return whole;
  let length = Math.max(2, Math.floor((whole.length * room) / widthOf(whole, size)) + 2);
  while (length > 2 && widthOf(shorten(whole, length), size) > room) length -= 1;
  return shorten(whole, length);
}
