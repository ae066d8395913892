/** The matrix as a picture: containers against the types, each cell with its sign and a word. Pure. */

import { EDGE, MOST_ROWS, columnWidth, fit, ground, write } from "../../draw/sheet.js";
import { ISOLATED, arrange, buildMatrix, rowOwner, uniteRows } from "./matrix.js";
import { TYPES } from "../../model/types.js";
import { drawCell, drawFateSign } from "../../draw/signs.js";
import { ownerTitle } from "../graph/graph.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../draw/sheet.js").Listed} Listed
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 */

const ROW = 36;
const HEAD = 40;
const CELL = { least: 84, most: 160 };
const RIGHTS = 150;

/** @param {Listed} listed @return {import("../../draw/sheet.js").Sheet} */
export function drawMatrix(listed) {
  const { theme, view } = listed.subject.options;
  const arranged = arrange(
    rowsOf(listed),
    view.order,
    titleOf,
    TYPES.filter((type) => !view.options.off.has(type)),
  );
  const sorted = [
    ...arranged.rows.filter(({ container }) => container),
    ...arranged.rows.filter(({ container }) => !container),
  ];
  const rows = sorted.slice(0, MOST_ROWS);
  const cell =
    columnWidth(
      rows.flatMap(({ cells }) => cells.map((one) => wordOf(listed, one))),
      CELL.least - 50,
      CELL.most - 50,
    ) + 50;
  const name =
    EDGE +
    22 +
    columnWidth(
      rows.flatMap((row) => [titleOf(row), imageOf(row)]),
      120,
      240,
    ) +
    16;
  const width = name + arranged.types.length * cell + RIGHTS;
  const items = ground(
    width,
    HEAD + rows.length * ROW + 6,
    rows.map((_, index) => HEAD + index * ROW),
    theme,
  );
  write(items, t("Container"), EDGE, HEAD / 2, { fill: theme.muted, weight: 600 });
  for (const [column, type] of arranged.types.entries()) {
    drawCell(items, theme, { type, key: null, how: "own" }, name + column * cell, HEAD / 2 - 7, 14, 1);
    write(items, type, name + column * cell + 20, HEAD / 2, { fill: theme.ink, weight: 600 });
  }
  write(items, t("Rights"), width - RIGHTS, HEAD / 2, { fill: theme.muted, weight: 600 });
  for (const [index, row] of rows.entries()) {
    const y = HEAD + index * ROW + ROW / 2;
    if (row.fate) drawFateSign(items, theme, row.fate, EDGE, y);
    const left = EDGE + (listed.subject.union ? 20 : 0);
    write(items, fit(titleOf(row), name - left - 12), left, y - 6, { fill: theme.ink, weight: 600, size: 12.5 });
    write(items, fit(imageOf(row), name - left - 12, 10.5), left, y + 9, { fill: theme.muted, size: 10.5 });
    for (const [column, type] of arranged.types.entries())
      drawMatrixCell(items, listed, row, row.cells[TYPES.indexOf(type)], name + column * cell, y, cell - 34);
    drawRights(items, theme, row, width - RIGHTS, y);
  }
  return { items, width, height: HEAD + rows.length * ROW + 6, left: sorted.length - rows.length };
}

/** @param {Listed} listed @return {MatrixRow[]} */
function rowsOf({ subject: { state, union, options }, graph, found }) {
  const { side } = options.view;
  const both = () => (union ? uniteRows(buildMatrix(union.before), buildMatrix(union.after), union.fates) : []);
  const all = !union ? buildMatrix(state, graph.sharing) : side === "both" ? both() : buildMatrix(union[side]);
  if (!found) return all;
  const owners = new Set(
    [...state.processes.values()]
      .filter(({ key }) => found.has(key))
      .map((process) => rowOwner(state, graph.sharing, process)),
  );
  return all.filter(({ key }) => owners.has(key));
}

/** @param {MatrixRow} row */
function titleOf(row) {
  if (row.container) return row.container.name || row.key.slice(0, 12);
  return row.first ? `${row.first.comm} ${row.first.pid}` : row.key;
}

/** @param {MatrixRow} row */
const imageOf = ({ container }) => container?.image ?? t("no container");

/** @param {import("../../draw/items.js").Item[]} items @param {Listed} listed @param {MatrixRow} row @param {MatrixCell} cell @param {number} x @param {number} y @param {number} room */
function drawMatrixCell(items, listed, row, cell, x, y, room) {
  const { theme } = listed.subject.options;
  const { type, key, how, declared, was } = cell;
  if (how === "none") return void write(items, "–", x + 4, y, { fill: theme.faint });
  drawCell(items, theme, { type, key, how }, x, y - 8, 16, 1);
  const loud = how === "shared" || (how === "host" && ISOLATED.includes(type) && row.container !== null);
  const end = write(items, fit(wordOf(listed, cell), room - (declared || was ? 16 : 0), 11.5), x + 23, y, {
    size: 11.5,
    fill: loud ? theme.ink : theme.muted,
    weight: loud ? 600 : 400,
  });
  if (declared) write(items, "≠", end + 4, y, { fill: theme.warn, weight: 700, size: 13 });
  else if (was) write(items, "~", end + 4, y, { fill: theme.fates.changed, weight: 800, size: 14 });
}

/** @param {Listed} listed @param {MatrixCell} cell @return {string} */
function wordOf({ subject, graph }, { how, others }) {
  const nameOf = (/** @type {string} */ owner) =>
    owner === "" ? t("host processes") : ownerTitle(subject.state, graph.sharing, owner);
  const words = {
    own: t("own"),
    host: t("host"),
    unknown: t("unknown"),
    none: "",
    shared: others.length === 1 ? nameOf(others[0]) : t("with {count}", { count: others.length }),
  };
  return words[how];
}

/** @param {import("../../draw/items.js").Item[]} items @param {import("../../draw/theme.js").Theme} theme @param {MatrixRow} row @param {number} x @param {number} y */
function drawRights(items, theme, { rights }, x, y) {
  if (!rights) return;
  const words = [
    rights.privileged && t("privileged"),
    ...rights.added.map((name) => `+${name}`),
    rights.dropped.length > 0 && `−${rights.dropped.length === 1 ? rights.dropped[0] : rights.dropped.length}`,
  ].filter((word) => word !== false);
  const bad = rights.privileged || rights.added.includes("ALL");
  write(items, fit(words.join(" "), RIGHTS - EDGE, 11.5), x, y, {
    size: 11.5,
    fill: bad ? theme.warn : theme.muted,
    weight: bad ? 700 : 400,
  });
}
