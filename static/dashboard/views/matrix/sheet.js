/** The matrix as a picture: containers against the types, each cell with its sign and a word. Pure. */

import { EDGE, MOST_ROWS, columnWidth, fit, ground, write } from "../../draw/sheet.js";
import { ISOLATED } from "../../model/sharing.js";
import { TYPES } from "../../model/types.js";
import { arrange } from "./arrange.js";
import { buildMatrix, rowOwner } from "./matrix.js";
import { drawCell, drawFateSign } from "../../draw/signs.js";
import { ownerTitle } from "../graph/graph.js";
import { prefixesOf } from "../../model/grouping/projects.js";
import { t } from "../../base/i18n.js";
import { isBad, rightsTexts, titleOf, wordOf } from "./words.js";
import { uniteRows } from "./unite-rows.js";
import { widthOf } from "../../draw/geometry.js";

/**
 * @typedef {import("../../draw/sheet.js").Listed} Listed
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 *
 * @typedef {object} Layout
 * @property {MatrixRow[]} rows
 * @property {NamespaceType[]} types  of the columns
 * @property {number} name  the width of the column of names
 * @property {number} cell  the width of a cell
 * @property {number} width
 * @property {number} height
 */

const ROW = 36;
const HEAD = 40;
const CELL = { least: 84, most: 160 };
const MARKS = 50; // of a cell's width, what is not for its word
const RIGHTS = 150;
const WORD = 11.5;

/** @typedef {Listed & {prefixes: Map<string, string>}} Prefixed  with what the names of projects begin with */

/** @param {Listed} given @return {import("../../draw/sheet.js").Sheet} */
export function drawMatrix(given) {
  const listed = { ...given, prefixes: prefixesOf(given.subject.state.containers.values()) };
  const { rows: sorted, types } = arrangedRows(listed);
  const layout = layOut(listed, sorted.slice(0, MOST_ROWS), types);
  const { rows, width, height } = layout;
  const lines = rows.map((_, index) => HEAD + index * ROW);
  const items = ground(width, height, lines, listed.subject.options.theme);
  drawHead(items, listed, layout);
  for (const [index, row] of rows.entries()) drawRow(items, listed, layout, row, HEAD + index * ROW + ROW / 2);
  return { items, width, height, left: sorted.length - rows.length };
}

/** @param {Listed} listed */
function arrangedRows(listed) {
  const { order, options } = listed.subject.options.view;
  const shown = TYPES.filter((type) => !options.off.has(type));
  const rows = arrange(foundRows(listed), order, titleOf, shown);
  const inside = rows.filter(({ container }) => container);
  const outside = rows.filter(({ container }) => !container);
  return { rows: [...inside, ...outside], types: shown };
}

/** @param {Listed} listed @return {MatrixRow[]} */
function foundRows({ subject: { state, union, options }, graph, found }) {
  const { side } = options.view;
  const both = () => (union ? uniteRows(buildMatrix(union.before), buildMatrix(union.after), union.fates) : []);
  const all = !union ? buildMatrix(state, graph.sharing) : side === "both" ? both() : buildMatrix(union[side]);
  if (!found) return all;
  const processes = [...state.processes.values()].filter(({ key }) => found.has(key));
  const owners = new Set(processes.map((process) => rowOwner(state, graph.sharing, process)));
  return all.filter(({ key }) => owners.has(key) || found.has(key));
}

/** @param {Prefixed} listed @param {MatrixRow[]} rows @param {NamespaceType[]} types @return {Layout} */
function layOut(listed, rows, types) {
  const words = rows.flatMap((row) => row.cells.map((one) => wordIn(listed, row, one, CELL.most - MARKS)));
  const names = rows.flatMap((row) => [titleOf(row), imageOf(row)]);
  const cell = columnWidth(words, CELL.least - MARKS, CELL.most - MARKS) + MARKS;
  const name = EDGE + 22 + columnWidth(names, 120, 240) + 16;
  const width = name + types.length * cell + RIGHTS;
  return { rows, types, name, cell, width, height: HEAD + rows.length * ROW + 6 };
}

/** @param {Item[]} items @param {Listed} listed @param {Layout} layout */
function drawHead(items, listed, { types, name, cell, width }) {
  const { theme } = listed.subject.options;
  write(items, t("Container"), EDGE, HEAD / 2, { fill: theme.muted, weight: 600 });
  for (const [column, type] of types.entries()) {
    drawCell(items, theme, { type, key: null, how: "own" }, name + column * cell, HEAD / 2 - 7, 14, 1);
    write(items, type, name + column * cell + 20, HEAD / 2, { fill: theme.ink, weight: 600 });
  }
  write(items, t("Rights"), width - RIGHTS, HEAD / 2, { fill: theme.muted, weight: 600 });
}

/** @param {Item[]} items @param {Prefixed} listed @param {Layout} layout @param {MatrixRow} row @param {number} y */
function drawRow(items, listed, { types, name, cell, width }, row, y) {
  const { theme } = listed.subject.options;
  if (row.fate) drawFateSign(items, theme, row.fate, EDGE, y);
  const left = EDGE + (listed.subject.union ? 20 : 0);
  write(items, fit(titleOf(row), name - left - 12), left, y - 6, { fill: theme.ink, weight: 600, size: 12.5 });
  write(items, fit(imageOf(row), name - left - 12, 10.5), left, y + 9, { fill: theme.muted, size: 10.5 });
  for (const [column, type] of types.entries()) {
    const place = { x: name + column * cell, y, room: cell - 34 };
    drawMatrixCell(items, listed, row, row.cells[TYPES.indexOf(type)], place);
  }
  drawRights(items, theme, row, width - RIGHTS, y);
}

/** @param {MatrixRow} row */
const imageOf = ({ container }) => container?.image ?? t("no container");

/**
 * @param {Item[]} items
 * @param {Prefixed} listed
 * @param {MatrixRow} row
 * @param {MatrixCell} cell
 * @param {{x: number, y: number, room: number}} place  `room`: the most that its word is wide
 */
function drawMatrixCell(items, listed, row, cell, { x, y, room }) {
  const { theme } = listed.subject.options;
  const { type, key, how, declared, was } = cell;
  if (how === "none") return void write(items, "–", x + 4, y, { fill: theme.faint });
  drawCell(items, theme, { type, key, how }, x, y - 8, 16, 1);
  const loud = how === "shared" || (how === "host" && ISOLATED.includes(type) && row.container !== null);
  const free = room - (declared || was ? 16 : 0);
  const end = write(items, fit(wordIn(listed, row, cell, free), free, 11.5), x + 23, y, {
    size: 11.5,
    fill: loud ? theme.ink : theme.muted,
    weight: loud ? 600 : 400,
  });
  if (declared) write(items, "≠", end + 4, y, { fill: theme.warn, weight: 700, size: 13 });
  else if (was) write(items, "~", end + 4, y, { fill: theme.fates.changed, weight: 800, size: 14 });
}

/** @param {Prefixed} listed @param {MatrixRow} row @param {MatrixCell} cell @param {number} room */
function wordIn({ subject, graph, prefixes }, row, cell, room) {
  const nameOf = (/** @type {string} */ owner) =>
    owner === "" ? t("host processes") : ownerTitle(subject.state, graph.sharing, owner);
  const prefixOf = (/** @type {string} */ owner) => prefixes.get(owner) ?? "";
  return wordOf(cell, titleOf(row), nameOf, prefixOf, (word) => widthOf(word, WORD) <= room);
}

/**
 * @param {Item[]} items
 * @param {import("../../draw/theme.js").Theme} theme
 * @param {MatrixRow} row
 * @param {number} x
 * @param {number} y
 */
function drawRights(items, theme, { rights }, x, y) {
  if (!rights) return;
  const bad = isBad(rights);
  write(items, fit(rightsTexts(rights).join(" "), RIGHTS - EDGE, 11.5), x, y, {
    size: 11.5,
    fill: bad ? theme.warn : theme.muted,
    weight: bad ? 700 : 400,
  });
}
