/** What the columns of the table read: the state, who shares what, and processes by pid. Pure. */

import { NO_VITALS } from "../../model/vitals/vitals.js";
import { ownerOf, strip } from "../../model/sharing.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../model/sharing.js").Sharing} Sharing
 * @typedef {import("../../model/sharing.js").Cell} Cell
 *
 * @typedef {object} TableFacts
 * @property {State} state
 * @property {Sharing} sharing
 * @property {(pid: number) => Process|undefined} find
 * @property {import("../../model/vitals/vitals.js").Vitals} vitals  what processes use now; of another moment nothing
 */

/** @param {State} state @param {Sharing} sharing @param {TableFacts["vitals"]} [vitals] @return {TableFacts} */
export function factsOf(state, sharing, vitals = NO_VITALS) {
  /** @type {Map<number, Process>|null} */
  let byPid = null;
  return {
    state,
    sharing,
    vitals,
    find: (pid) => (byPid ??= new Map([...state.processes.values()].map((process) => [process.pid, process]))).get(pid),
  };
}

/** @param {Process} process @param {TableFacts} facts @return {Cell[]} */
export function cellsOf(process, { state, sharing }) {
  return strip(state, sharing, process.namespaces, ownerOf(sharing, process));
}
