/** What the tests of the matrix share. */

import assert from "node:assert/strict";
import { TYPES } from "../../../static/dashboard/model/types.js";
import { buildMatrix } from "../../../static/dashboard/views/matrix/matrix.js";
import { loaded, stateOf } from "./helpers.mjs";

/** @typedef {import("../../../static/dashboard/views/matrix/matrix.js").MatrixRow} MatrixRow */
/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */

/** @param {HostState} state */
export const matrixOf = (state) => buildMatrix(stateOf(loaded(state)));
export const nameOf = (/** @type {MatrixRow} */ row) => row.container?.name ?? row.first?.comm ?? row.key;
/** @param {MatrixRow[]} rows @param {string} name @return {MatrixRow} */
export function rowOf(rows, name) {
  const row = rows.find((one) => nameOf(one) === name);
  assert.ok(row, name);
  return row;
}
/** @param {MatrixRow} row @param {import("../../../static/dashboard/model/types.js").NamespaceType} type */
export const cell = (row, type) => row.cells[TYPES.indexOf(type)];
/** @param {HostState} state @param {string} name */
export function containerOf(state, name) {
  const container = state.containers.find((one) => one.name === name);
  assert.ok(container?.declared, name);
  return { container, declared: container.declared };
}
