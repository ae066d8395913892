/** The rows of two compared moments, as one list. Pure. */

import { replacedIn } from "../../model/comparison.js";

/**
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {import("../../model/comparison.js").Fate} Fate
 */

/**
 * The later rows, each cell with what it was, then the earlier rows of what is gone. A container that was recreated is
 * one row.
 * @param {MatrixRow[]} before
 * @param {MatrixRow[]} after
 * @param {Map<string, Fate>} fates
 * @return {MatrixRow[]}
 */
export function uniteRows(before, after, fates) {
  const old = new Map(before.map((row) => [row.key, row]));
  const now = new Set(after.map((row) => row.key));
  const gone = before.filter(({ key }) => !now.has(key));
  const replaced = replacedIn(containersOf(gone), containersOf(after.filter(({ key }) => !old.has(key))));
  const earlier = new Set(replaced.values());
  return [
    ...after.map((row) => laterRow(old.get(replaced.get(row.key) ?? row.key), row, fates)),
    ...gone.filter(({ key }) => !earlier.has(key)).map((row) => ({ ...row, fate: /** @type {const} */ ("went") })),
  ];
}

/** @param {MatrixRow[]} rows */
const containersOf = (rows) => rows.flatMap(({ container }) => container ?? []);

/** @param {MatrixRow|undefined} earlier @param {MatrixRow} row @param {Map<string, Fate>} fates @return {MatrixRow} */
function laterRow(earlier, row, fates) {
  if (!earlier) return { ...row, fate: "came" };
  const cells = row.cells.map((cell, index) => ({ ...cell, was: wasOf(earlier.cells[index], cell) }));
  const changed = cells.some(({ was }) => was !== null) || (row.container !== null && fates.has(row.key));
  return { ...row, cells, fate: changed ? "changed" : null };
}

/** @param {MatrixCell} before @param {MatrixCell} after */
function wasOf({ how, key }, after) {
  return how !== after.how || key !== after.key ? { how, key } : null;
}
