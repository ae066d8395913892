/** The head of the matrix, the choice of its order, and the note of the columns that are folded. */

import { TYPE_WORDS } from "../../model/words.js";
import { h } from "../../base/dom.js";
import { mark, t } from "../../base/i18n.js";
import { cellMark, typeMark } from "../../widgets/pieces.js";
import { sayFolded } from "./fold-columns.js";

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

/** The choice of the order. @param {Order} order  the one in use @param {(order: Order) => void} choose */
export function orderChoice(order, choose) {
  const options = ORDERS.map(([name, label]) => h("option", { value: name, selected: name === order }, t(label)));
  const props = {
    id: "matrix-order",
    "data-focus": "order",
    "aria-label": t("Order of the matrix"),
    change: (/** @type {Event} */ { currentTarget }) =>
      choose(/** @type {Order} */ (/** @type {HTMLSelectElement} */ (currentTarget).value)),
  };
  return h("select", props, options);
}

/**
 * The note of the columns in which all rows say the same; it shows them, and folds them again.
 * @param {import("./fold-columns.js").Folded[]} folded
 * @param {boolean} unfolded
 * @param {() => void} turn
 */
export function foldNote(folded, unfolded, turn) {
  if (!folded.length) return null;
  const says = folded.map(sayFolded).join("\n");
  const signs = folded.map(foldedSigns);
  const props = {
    type: "button",
    class: "mx-note",
    "data-focus": "folded",
    "aria-pressed": String(unfolded),
    title: `${says}\n${unfolded ? t("Fold these columns") : t("Show these columns")}`,
    click: turn,
  };
  return h("button", props, signs.flat(), h("span", null, t("in every row")));
}

/** @param {import("./fold-columns.js").Folded} folded */
function foldedSigns({ types, how }) {
  const marks = types.map((type) => cellMark({ type, key: null, how }, false));
  const word = { own: t("own"), host: t("host"), unknown: t("unknown"), shared: "" }[how];
  return [h("span", { class: "strip" }, marks), h("span", null, word)];
}
