/** The order of the matrix's rows: sharers together, by name, or the least isolated first. Pure. */

import { ISOLATED } from "../../model/sharing.js";
import { compare, seriateRows } from "./seriation.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../address/view-query.js").Order} Order
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").Standing} Standing
 */

/**
 * @param {MatrixRow[]} rows
 * @param {Order} order
 * @param {(row: MatrixRow) => string} nameOf
 * @param {NamespaceType[]} types  of the columns
 * @return {MatrixRow[]}
 */
export function arrange(rows, order, nameOf, types) {
  const named = [...rows].sort((a, b) => compare(nameOf(a), nameOf(b)) || compare(a.key, b.key));
  if (order === "name") return named;
  if (order === "least") return named.sort((a, b) => exposure(b) - exposure(a));
  return seriateRows(named, types);
}

/** How much a row has in common with the host and with others. @param {MatrixRow} row */
function exposure({ cells, rights }) {
  const score = cells.reduce((sum, cell) => sum + exposureOfCell(cell), 0);
  const all = rights?.privileged || rights?.added.includes("ALL") || rights?.held?.beyond.includes("ALL");
  return score + (all ? 100 : 0) + Math.min(10, (rights?.added.length ?? 0) + (rights?.held?.beyond.length ?? 0)) * 2;
}

/** @param {import("./matrix.js").MatrixCell} cell */
function exposureOfCell({ type, how, left }) {
  if (left) return 12; // it is not what it was meant to be, however isolated
  if (how === "host") return ISOLATED.includes(type) ? 12 : 1;
  return how === "shared" ? 4 : 0;
}
