/** What the matrix shows, in numbers. Pure. */

import { ISOLATED } from "../../model/sharing.js";
import { TYPES } from "../../model/types.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/sharing.js").How} How
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {{type: NamespaceType, count: number}} TypeCount
 *
 * @typedef {object} Summary  of the containers that run
 * @property {number} containers
 * @property {TypeCount[]} host  how many have the host's namespace of a type, in the order of the types
 * @property {TypeCount[]} shared  how many share theirs
 * @property {number} privileged
 * @property {number} differing  from what was declared
 * @property {number} unknown  those that could not be read in full
 */

/** @param {MatrixRow[]} rows @return {Summary} */
export function summarise(rows) {
  const running = rows.filter(isRunning);
  return {
    containers: running.length,
    host: countsOf(running, "host"),
    shared: countsOf(running, "shared"),
    privileged: running.filter(({ rights }) => rights?.privileged).length,
    differing: running.filter(({ cells }) => cells.some(({ declared }) => declared !== null)).length,
    unknown: running.filter(({ cells }) => cells.some(({ how }) => how === "unknown")).length,
  };
}

/** @param {MatrixRow} row */
function isRunning({ container, fate, cells }) {
  return container && fate !== "went" && cells.some(({ how }) => how !== "none");
}

/** @param {MatrixRow[]} rows @param {How} how @return {TypeCount[]} */
function countsOf(rows, how) {
  return ISOLATED.map((type) => ({ type, count: countOf(rows, type, how) })).filter(({ count }) => count > 0);
}

/** @param {MatrixRow[]} rows @param {NamespaceType} type @param {How} how */
function countOf(rows, type, how) {
  return rows.filter(({ cells }) => cells[TYPES.indexOf(type)].how === how).length;
}
