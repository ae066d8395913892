/** The rows of two compared moments, as one list. Pure. */

/**
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {import("../../model/comparison.js").Fate} Fate
 */

/**
 * The later rows, each cell with what it was, then the earlier rows of what is gone.
 * @param {MatrixRow[]} before
 * @param {MatrixRow[]} after
 * @param {Map<string, Fate>} fates
 * @return {MatrixRow[]}
 */
export function uniteRows(before, after, fates) {
  const old = new Map(before.map((row) => [row.key, row]));
  const now = new Set(after.map((row) => row.key));
  const gone = before.filter(({ key }) => !now.has(key));
  return [
    ...after.map((row) => laterRow(old.get(row.key), row, fates)),
    ...gone.map((row) => ({ ...row, fate: /** @type {const} */ ("went") })),
  ];
}

/** @param {MatrixRow|undefined} earlier @param {MatrixRow} row @param {Map<string, Fate>} fates @return {MatrixRow} */
function laterRow(earlier, row, fates) {
  if (!earlier) return { ...row, fate: "came" };
  const cells = row.cells.map((cell, index) => ({ ...cell, was: wasOf(earlier.cells[index], cell) }));
  const changed = cells.some(({ was }) => was !== null) || (row.container !== null && fates.get(row.key) === "changed");
  return { ...row, cells, fate: changed ? "changed" : null };
}

/** @param {MatrixCell} before @param {MatrixCell} after */
function wasOf({ how, key }, after) {
  return how !== after.how || key !== after.key ? { how, key } : null;
}
