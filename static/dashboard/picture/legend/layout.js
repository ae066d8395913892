/** Lays out a legend: its groups below one another, in one column or two. Pure. */

import { widthOf } from "../../draw/geometry.js";

/**
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("./legend.js").LegendGroup} LegendGroup
 * @typedef {{items: Item[], height: number}} Column
 */

const SIZE = 11.5;
const ROW = 25;
const GAP = 20;
const SIGN_GAP = 5;
const TITLE_WIDTH = 112;
const TWO_COLUMNS = 1180; // from this width on

/**
 * On a wide sheet the groups stand in two columns of about the same height.
 * @param {LegendGroup[]} groups
 * @param {Theme} theme
 * @param {number} width
 * @return {Column}
 */
export function layOutLegend(groups, theme, width) {
  if (width < TWO_COLUMNS) return layOutColumn(groups, theme, 0, width);
  const half = width / 2 - GAP;
  const divisions = groups.map((_, index) => [
    layOutColumn(groups.slice(0, index + 1), theme, 0, half),
    layOutColumn(groups.slice(index + 1), theme, half + 2 * GAP, half),
  ]);
  const heights = divisions.map((columns) => Math.max(...columns.map(({ height }) => height)));
  const best = divisions[heights.lastIndexOf(Math.min(...heights))] ?? [];
  return { items: best.flatMap(({ items }) => items), height: Math.min(...heights) };
}

/** @param {LegendGroup[]} groups @param {Theme} theme @param {number} left @param {number} width @return {Column} */
function layOutColumn(groups, theme, left, width) {
  /** @type {Item[]} */
  const items = [];
  let height = 0;
  for (const group of groups) {
    const placed = layOutGroup(group, theme, { left, top: height, width });
    items.push(...placed.items);
    height += placed.height;
  }
  return { items, height };
}

/**
 * The title in a column of its own, the entries beside it in as many rows as they need.
 * @param {LegendGroup} group
 * @param {Theme} theme
 * @param {{left: number, top: number, width: number}} column
 * @return {Column}
 */
function layOutGroup({ title, entries }, theme, { left, top, width }) {
  /** @type {Item[]} */
  const items = [{ ...textAt(left, top), text: title, weight: 600, fill: theme.ink }];
  const start = left + TITLE_WIDTH;
  let [x, y] = [start, top];
  for (const { sign, draw, text } of entries) {
    const length = sign + SIGN_GAP + widthOf(text, SIZE);
    if (x + length > left + width && x > start) [x, y] = [start, y + ROW];
    draw(items, x, y + ROW / 2);
    items.push({ ...textAt(x + sign + SIGN_GAP, y), text, fill: theme.muted });
    x += length + GAP;
  }
  return { items, height: y - top + ROW };
}

/** A text in the middle of a row. @param {number} x @param {number} top of the row */
const textAt = (x, top) => ({ t: /** @type {const} */ ("text"), x, y: top + ROW / 2 + 4, size: SIZE });
