/** The context that all parts of the details receive, and the elements that several of them use. */

import { visibleName } from "../../base/visible.js";
import { h } from "../../base/dom.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 *
 * @typedef {object} Context
 * @property {import("../../model/store.js").State} state
 * @property {import("../../views/graph/graph.js").Graph} graph
 * @property {Map<string, import("../../model/store.js").Load>} loads
 * @property {import("../../model/usage.js").Usage|null} usage what containers used in the last minutes; null: not of
 *   this moment
 * @property {import("../../model/vitals/vitals.js").Vitals} vitals what the host and its processes use now; of another
 *   moment nothing
 * @property {import("../../model/needs.js").Need[]} needs  what needs attention now
 * @property {string} zone
 * @property {(key: string) => void} onSelect
 * @property {(key: string) => void} onOpen
 * @property {import("../../model/comparison.js").Union|null} union  the two moments compared
 * @property {"live"|"past"|"compare"} mode
 * @property {import("./history.js").History|null} history what is known of the history of the selected thing; null: of
 *   the host
 * @property {(text: string) => void} say
 */

/** So many are listed; the rest is counted. */
export const MANY = 12;

/** @param {string} kind @param {string} title @param {string|null} [sub] */
export function heading(kind, title, sub) {
  return h(
    "header",
    { class: "details-head" },
    h("p", { class: "kind" }, kind),
    h("h2", { tabindex: "-1" }, title),
    sub ? h("p", { class: "muted" }, sub) : null,
  );
}

/** @param {Process} process */
export const nameOf = (process) => visibleName(process.comm);

/** @param {import("../../model/store.js").State} state @param {number} pid @return {Process|undefined} */
export function findPid(state, pid) {
  for (const process of state.processes.values()) if (process.pid === pid) return process;
  return undefined;
}

/** @param {string} label @param {string} key @param {(key: string) => void} onSelect */
export function link(label, key, onSelect) {
  return h("button", { type: "button", class: "link", "data-focus": `link:${key}`, click: () => onSelect(key) }, label);
}
