/** The columns that this reader chose last, on this machine. */

import { COLUMNS, columnsOf } from "./columns.js";

const KEPT = "isoscope.columns";

/** Their names; null: the default ones. */
export function readColumns() {
  const names = (localStorage.getItem(KEPT) ?? "").split(",");
  const known = names.filter((name) => COLUMNS.some((column) => column.name === name));
  return known.length ? known : null;
}

/** @param {string[]|null} names */
export function writeColumns(names) {
  if (names) localStorage.setItem(KEPT, names.join(","));
  else localStorage.removeItem(KEPT);
}

/**
 * The names as they are kept: in the order of the columns, and null where they are the default ones.
 * @param {string[]|null} names
 * @return {string[]|null}
 */
export function chosenNames(names) {
  const [usual, chosen] = [columnsOf(null), columnsOf(names)];
  const same = chosen.length === usual.length && chosen.every((column, index) => column === usual[index]);
  return same ? null : chosen.map(({ name }) => name);
}
