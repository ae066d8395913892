/** The head of the matrix, and the buttons that choose its order. */

import { TYPE_WORDS } from "../../model/words.js";
import { h } from "../../base/dom.js";
import { mark, t } from "../../base/i18n.js";
import { typeMark } from "../../widgets/pieces.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../address/view-query.js").Order} Order
 */

const ORDERS = /** @type {const} */ ([
  ["kin", mark("Sharers together")],
  ["name", mark("Name")],
  ["least", mark("Least isolated")],
]);

/** @param {NamespaceType[]} types */
export function headCells(types) {
  return [
    h("div", { role: "columnheader", class: "mx-name" }, t("Container")),
    ...types.map(typeHead),
    h("div", { role: "columnheader", class: "mx-rights" }, t("Rights")),
  ];
}

/** @param {NamespaceType} type */
function typeHead(type) {
  const { name, isolates } = TYPE_WORDS[type];
  const title = t("{type} namespaces isolate {what}", { type: name, what: isolates });
  const word = h("span", { class: "mx-word" }, name);
  return h("div", { role: "columnheader", class: "mx-cell", title }, typeMark(type), word);
}

/** @param {Order} order  the one in use @param {(order: Order) => void} choose */
export function orderButtons(order, choose) {
  return ORDERS.map(([name, label]) => {
    const props = {
      type: "button",
      "data-focus": name,
      "data-order": name,
      "aria-pressed": String(name === order),
      click: () => choose(name),
    };
    return h("button", props, t(label));
  });
}
