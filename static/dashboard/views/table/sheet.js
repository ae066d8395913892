/** The table as a picture: a row for each process, in the columns that were chosen. Pure. */

import { EDGE, MOST_ROWS, columnWidth, fit, ground, write } from "../../draw/sheet.js";
import { cellsOf, factsOf } from "./facts.js";
import { columnTitle, columnsOf, textOf } from "./columns.js";
import { drawCell, drawFateSign } from "../../draw/signs.js";
import { sortRows, sortingOf } from "./sort.js";

/**
 * @typedef {import("../../draw/sheet.js").Listed} Listed
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("./columns.js").Column} Column
 * @typedef {{column: Column, width: number, left: number}} Placed
 */

const ROW = 26;
const HEAD = 34;
const GAP = 18;
const WIDEST = 340;
const CELL = 17; // from one cell of the strip to the next
const STRIP = 8 * CELL;

/** @param {Listed} listed @return {import("../../draw/sheet.js").Sheet} */
export function drawTable(listed) {
  const { state, union, options } = listed.subject;
  const { theme, view } = options;
  const facts = factsOf(state, listed.graph.sharing);
  const { column, way } = sortingOf(view.sort);
  const sorted = sortRows(processesOf(listed), facts, column, way);
  const rows = sorted.slice(0, MOST_ROWS);
  const columns = columnsOf(view.columns);
  const texts = rows.map((process) => columns.map((one) => String(textOf(one, process, facts) ?? "")));
  const first = EDGE + (union ? 22 : 0);
  const placed = placeColumns(columns, texts, first);
  const width = first + placed.reduce((sum, one) => sum + one.width + GAP, 0) - GAP + EDGE;
  const height = HEAD + rows.length * ROW + 6;
  const lines = rows.map((_, index) => HEAD + index * ROW);
  const items = ground(width, height, lines, theme);
  drawHead(items, theme, placed);
  for (const [line, process] of rows.entries()) {
    const y = HEAD + line * ROW + ROW / 2;
    const fate = union?.fates.get(process.key);
    if (fate) drawFateSign(items, theme, fate, EDGE, y);
    for (const [index, one] of placed.entries())
      if (one.column.name === "spaces") drawStrip(items, theme, cellsOf(process, facts), one.left, y);
      else drawText(items, theme, texts[line][index], one, y);
  }
  return { items, width, height, left: sorted.length - rows.length };
}

/** @param {Listed} listed @return {Process[]} */
function processesOf({ subject: { state, union, options }, graph, found }) {
  const absent = { before: "came", after: "went", both: null }[options.view.side];
  return [...state.processes.values()].filter(
    ({ key }) => (found ? found.has(key) : graph.nodeOf.has(key)) && !(union && union.fates.get(key) === absent),
  );
}

/** @param {Column[]} columns @param {string[][]} texts  of the rows @param {number} first @return {Placed[]} */
function placeColumns(columns, texts, first) {
  let before = 0;
  return columns.map((column, index) => {
    const words = [columnTitle(column), ...texts.map((row) => row[index])];
    const width = column.name === "spaces" ? STRIP : columnWidth(words, 30, WIDEST);
    const left = first + before;
    before = before + width + GAP;
    return { column, width, left };
  });
}

/** @param {Item[]} items @param {Theme} theme @param {Placed[]} placed */
function drawHead(items, theme, placed) {
  for (const { column, width, left } of placed)
    write(items, fit(columnTitle(column), width), left, HEAD / 2, { fill: theme.muted, weight: 600 });
}

/**
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {import("../../model/sharing.js").Cell[]} cells
 * @param {number} left
 * @param {number} y
 */
function drawStrip(items, theme, cells, left, y) {
  for (const [place, cell] of cells.entries()) drawCell(items, theme, cell, left + place * CELL, y - 7, 14, 1);
}

/** @param {Item[]} items @param {Theme} theme @param {string} text @param {Placed} placed @param {number} y */
function drawText(items, theme, text, { column, width, left }, y) {
  const isName = column.name === "comm";
  write(items, fit(text, width), left, y, { fill: isName ? theme.ink : theme.muted, weight: isName ? 600 : 400 });
}
