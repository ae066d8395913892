/** The order of the table's rows. Pure. */

import { COLUMNS } from "./columns.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../base/csv.js").Value} Value
 * @typedef {import("./columns.js").Column} Column
 * @typedef {import("./facts.js").TableFacts} TableFacts
 * @typedef {1|-1} Way  ascending or descending
 * @typedef {import("../../address/view-query.js").View["sort"]} Sort  in the address; null: by pid
 */

/** The column that the rows are sorted by, and which way. @param {Sort} sort @return {{column: Column, way: Way}} */
export function sortingOf(sort) {
  const column = COLUMNS.find(({ name }) => name === sort?.column) ?? COLUMNS[0];
  return { column, way: sort?.way ?? 1 };
}

/**
 * The sorting after a click on a column: that column, or the other way round where it is sorted by already.
 * @param {Sort} sort
 * @param {Column} column
 * @return {Sort}
 */
export function sortingAfter(sort, column) {
  const now = sortingOf(sort);
  const way = now.column === column && now.way === 1 ? -1 : 1;
  return column === COLUMNS[0] && way === 1 ? null : { column: column.name, way };
}

/**
 * A new, sorted list: what has no value comes last either way, equal ones by pid.
 * @param {Process[]} processes
 * @param {TableFacts} facts
 * @param {Column} column
 * @param {Way} way
 * @return {Process[]}
 */
export function sortRows(processes, facts, column, way) {
  const keyed = processes.map((process) => {
    const value = column.value(process, facts);
    return { process, value: typeof value === "string" ? value.toLowerCase() : value };
  });
  keyed.sort(
    (a, b) =>
      compare(a.value, b.value, way) || a.process.pid - b.process.pid || (a.process.key < b.process.key ? -1 : 1),
  );
  return keyed.map(({ process }) => process);
}

/** @param {Value} a @param {Value} b @param {Way} way */
function compare(a, b, way) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -way : a > b ? way : 0;
}
