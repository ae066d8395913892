/** The lines of the matrix: the rows that are found, arranged, and the headings of their groups. Pure. */

import { TYPES } from "../../model/types.js";
import { arrange } from "./arrange.js";
import { buildMatrix } from "./matrix.js";
import { changedFirst } from "../../model/comparison.js";
import { foldColumns } from "./fold-columns.js";
import { ALIKE, groupLines, orphanLines } from "./groups.js";
import { ownerOf } from "../../model/sharing.js";
import { titleOf } from "./words.js";
import { uniteRows } from "./unite-rows.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {import("./groups.js").Heading} Heading
 * @typedef {Heading|MatrixRow|import("./groups.js").Orphan} Line
 */

const MOST_OPEN = 100; // of more rows, each group begins as one line

/**
 * The rows of the state that the page shows, or of the two that it compares.
 * @param {Page} page
 * @return {MatrixRow[]}
 */
export function rowsOfPage({ state, graph, union, view: { side } }) {
  if (!state) return [];
  if (!union) return buildMatrix(state, graph?.sharing);
  if (side === "both") return uniteRows(buildMatrix(union.before), buildMatrix(union.after), union.fates);
  const absent = side === "before" ? "went" : "came";
  return buildMatrix(union[side]).map((row) => (union.fates.get(row.key) === absent ? { ...row, fate: absent } : row));
}

/**
 * @param {Page} page
 * @param {MatrixRow[]} all
 * @param {boolean} unfolded  whether columns in which all rows say the same are shown
 * @return {{lines: Line[], types: NamespaceType[], folded: import("./fold-columns.js").Folded[]}} and the columns
 */
export function linesOf(page, all, unfolded) {
  const { order, options, turned } = page.view;
  const shown = TYPES.filter((type) => !options.off.has(type));
  const { types, folded } = foldColumns(all, shown);
  const arranged = arrange(all.filter(foundRows(page)), order, titleOf, shown);
  const rows = changedFirst(arranged, page, (row) => row.fate !== null || page.union?.fates.has(row.key) === true);
  const isOpen = (/** @type {string} */ key) => page.found.nodes !== null || beginsOpen(all, key) !== turned.has(key);
  const lines = [...groupLines(rows, order, isOpen), ...orphansOfPage(page, isOpen)];
  return { lines, types: unfolded ? shown : types, folded };
}

/**
 * A search finds processes, and a comparison lists what differs: both leave these out.
 * @param {Page} page
 * @param {(key: string) => boolean} isOpen
 */
const orphansOfPage = ({ state, union, found }, isOpen) =>
  state && !union && found.nodes === null ? orphanLines(state, isOpen) : [];

/** Whether a group is open before the reader turns it. @param {MatrixRow[]} all @param {string} key */
const beginsOpen = (all, key) => all.length <= MOST_OPEN && !key.startsWith(ALIKE);

/**
 * What the search and the switches leave: containers that are found, and rows with a process that is found.
 * @param {Page} page
 * @return {(row: MatrixRow) => boolean}
 */
function foundRows({ graph, found }) {
  if (!graph) return () => false;
  const owners = new Set(found.processes.flatMap((process) => [ownerOf(graph.sharing, process), process.key]));
  for (const { id } of found.containers) owners.add(id);
  return ({ key }) => owners.has(key);
}

/**
 * The cell of a line and a type; null where the line is a heading.
 * @param {Line|undefined} line
 * @param {NamespaceType} type
 * @return {MatrixCell|null}
 */
export function cellIn(line, type) {
  return line && "cells" in line ? line.cells[TYPES.indexOf(type)] : null;
}
