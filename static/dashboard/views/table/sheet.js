/** The table as a picture: a row for each process, in the columns that were chosen. Pure. */

import { COLUMNS, cellsOf, columnTitle, columnsOf, factsOf, sortRows, textOf } from "./columns.js";
import { EDGE, MOST_ROWS, columnWidth, fit, ground, write } from "../../draw/sheet.js";
import { drawCell, drawFateSign } from "../../draw/signs.js";

const ROW = 26;
const HEAD = 34;
const GAP = 18;
const WIDEST = 340;
const STRIP = 8 * 17;

/** @param {import("../../draw/sheet.js").Listed} listed @return {import("../../draw/sheet.js").Sheet} */
export function drawTable({ subject: { state, union, options }, graph, found }) {
  const { theme, view } = options;
  const absent = { before: "came", after: "went", both: null }[view.side];
  const shown = [...state.processes.values()].filter(
    ({ key }) => (found ? found.has(key) : graph.nodeOf.has(key)) && !(union && union.fates.get(key) === absent),
  );
  const facts = factsOf(state, graph.sharing);
  const columns = columnsOf(view.columns);
  const sorting = COLUMNS.find(({ name }) => name === view.sort?.column) ?? COLUMNS[0];
  const sorted = sortRows(shown, facts, sorting, view.sort?.way ?? 1);
  const rows = sorted.slice(0, MOST_ROWS);
  const texts = rows.map((process) => columns.map((column) => String(textOf(column, process, facts) ?? "")));
  const widths = columns.map((column, index) =>
    column.name === "spaces"
      ? STRIP
      : columnWidth([columnTitle(column), ...texts.map((row) => row[index])], 30, WIDEST),
  );
  const first = EDGE + (union ? 22 : 0);
  const lefts = widths.map((_, index) => first + widths.slice(0, index).reduce((sum, width) => sum + width + GAP, 0));
  const width = first + widths.reduce((sum, one) => sum + one + GAP, 0) - GAP + EDGE;
  const height = HEAD + rows.length * ROW + 6;
  const items = ground(
    width,
    height,
    rows.map((_, index) => HEAD + index * ROW),
    theme,
  );
  for (const [index, column] of columns.entries())
    write(items, fit(columnTitle(column), widths[index]), lefts[index], HEAD / 2, { fill: theme.muted, weight: 600 });
  for (const [line, process] of rows.entries()) {
    const y = HEAD + line * ROW + ROW / 2;
    const fate = union?.fates.get(process.key);
    if (fate) drawFateSign(items, theme, fate, EDGE, y);
    for (const [index, column] of columns.entries()) {
      if (column.name === "spaces")
        for (const [place, cell] of cellsOf(process, facts).entries())
          drawCell(items, theme, cell, lefts[index] + place * 17, y - 7, 14, 1);
      else
        write(items, fit(texts[line][index], widths[index]), lefts[index], y, {
          fill: column.name === "comm" ? theme.ink : theme.muted,
          weight: column.name === "comm" ? 600 : 400,
        });
    }
  }
  return { items, width, height, left: sorted.length - rows.length };
}
