/** Seriation: an order of rows in which similar ones are neighbours. Pure. */

import { TYPES } from "../../model/types.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 */

const ONE_BY_ONE = 400; // in a cluster of more rows, sorting by pattern is enough
const LETTERS = { host: "a", shared: "b", unknown: "c", own: "d", none: "e" };

/**
 * The rows in clusters that share a namespace, the most open first. In each, every row is beside the one most like it.
 * @param {MatrixRow[]} rows
 * @param {NamespaceType[]} types
 * @return {MatrixRow[]}
 */
export function seriateRows(rows, types) {
  const patterns = new Map(rows.map((row) => [row, patternOf(row, types)]));
  const of = (/** @type {MatrixRow} */ row) => patterns.get(row) ?? "";
  const clusters = clustersOf(rows).map((cluster) => {
    const sorted = cluster.sort((a, b) => compare(of(a), of(b)));
    return sorted.length > 2 && sorted.length <= ONE_BY_ONE ? chain(sorted, likenessOfRows) : sorted;
  });
  return clusters.sort((a, b) => compare(bestOf(a, of), bestOf(b, of))).flat();
}

/** @param {MatrixRow[]} cluster @param {(row: MatrixRow) => string} of */
function bestOf(cluster, of) {
  return cluster.reduce((best, row) => (of(row) < best ? of(row) : best), of(cluster[0]));
}

/**
 * One letter a column: the host's before what is shared, that before its own.
 * @param {MatrixRow} row
 * @param {NamespaceType[]} types
 */
function patternOf({ cells }, types) {
  return types.map((type) => LETTERS[cells[TYPES.indexOf(type)].how]).join("");
}

/** @param {MatrixRow} a @param {MatrixRow} b */
function likenessOfRows(a, b) {
  return a.cells.reduce((sum, { key, how }, index) => {
    if (key === null || key !== b.cells[index].key) return sum;
    return sum + (how === "shared" ? 10 : 1);
  }, 0);
}

/** Rows that are tied by shared namespaces, directly or through others. @param {MatrixRow[]} rows */
function clustersOf(rows) {
  /** The row that was met last in each shared namespace. @type {Map<string, MatrixRow>} */
  const lastOf = new Map();
  /** @type {Map<MatrixRow, MatrixRow[]>} */
  const clusterOf = new Map();
  for (const row of rows) {
    clusterOf.set(row, [row]);
    for (const key of sharedKeys(row)) {
      const last = lastOf.get(key);
      if (last) join(clusterOf, last, row);
      lastOf.set(key, row);
    }
  }
  return [...new Set(clusterOf.values())];
}

/** @param {MatrixRow} row */
function sharedKeys({ cells }) {
  return cells.flatMap(({ key, how }) => (how === "shared" && key !== null ? [key] : []));
}

/**
 * Add the cluster of the second row to that of the first.
 * @param {Map<MatrixRow, MatrixRow[]>} clusterOf
 * @param {MatrixRow} first
 * @param {MatrixRow} second
 */
function join(clusterOf, first, second) {
  const [target, added] = [clusterOf.get(first) ?? [], clusterOf.get(second) ?? []];
  if (target === added) return;
  for (const row of added) clusterOf.set(row, target);
  target.push(...added);
}

/**
 * An order that begins with the first row. Each is followed by the one most like it.
 * @param {MatrixRow[]} things
 * @param {(a: MatrixRow, b: MatrixRow) => number} likeness
 * @return {MatrixRow[]}
 */
function chain(things, likeness) {
  const line = things.slice(0, 1);
  const left = things.slice(1);
  while (left.length) {
    const last = line[line.length - 1];
    let best = 0;
    for (let index = 1; index < left.length; index++)
      if (likeness(last, left[index]) > likeness(last, left[best])) best = index;
    line.push(...left.splice(best, 1));
  }
  return line;
}

/** @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
