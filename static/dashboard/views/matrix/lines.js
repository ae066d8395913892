/** The lines of the matrix: the rows that are found, arranged, and the headings between them. Pure. */

import { TYPES } from "../../model/types.js";
import { arrange } from "./arrange.js";
import { buildMatrix } from "./matrix.js";
import { changedFirst } from "../../model/comparison.js";
import { ownerOf } from "../../model/sharing.js";
import { t } from "../../base/i18n.js";
import { titleOf } from "./words.js";
import { uniteRows } from "./unite-rows.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {{title: string, count: number}} Heading
 * @typedef {Heading|MatrixRow} Line
 */

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
 * @return {{lines: Line[], types: NamespaceType[]}} and the columns, by type
 */
export function linesOf(page, all) {
  const { order, options } = page.view;
  const shown = TYPES.filter((type) => !options.off.has(type));
  const { rows: arranged, types } = arrange(all.filter(foundRows(page)), order, titleOf, shown);
  const rows = changedFirst(arranged, page, (row) => row.fate !== null || page.union?.fates.has(row.key) === true);
  const inside = rows.filter(({ container }) => container);
  const outside = rows.filter(({ container }) => !container);
  const lines = [
    ...(inside.length && outside.length ? [{ title: t("Containers"), count: inside.length }] : []),
    ...inside,
    ...(outside.length ? [{ title: t("Not in a container"), count: outside.length }] : []),
    ...outside,
  ];
  return { lines, types };
}

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
