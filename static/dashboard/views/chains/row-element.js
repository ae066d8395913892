/** The element of a row of the tree: its guides, the sign that opens it, and what it says. */

import { contentOf } from "./content.js";
import { fateMark } from "../../widgets/pieces.js";
import { h } from "../../base/dom.js";
import { isSelected, keyOf, livesIn } from "./selection.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("./tree.js").Step} Step
 * @typedef {import("./rows.js").Row} Row
 *
 * @typedef {object} Chains  the view that the row is in
 * @property {Page} page
 * @property {Set<string>} explained  ids of the steps that explain their role
 * @property {boolean} canTurn  whether steps can be opened and closed
 * @property {(row: Row) => boolean} isActive
 * @property {(step: Step) => void} turn
 * @property {(row: Row) => void} choose
 */

/** @param {Chains} chains @param {Row} row @param {number} index */
export function rowElement(chains, row, index) {
  const { step, level, expanded, position, siblings } = row;
  const { union, view } = chains.page;
  const fate = union?.fates.get(step.process?.key ?? step.container?.id ?? "");
  const props = {
    role: "treeitem",
    id: `step-${index}`,
    class: classesOf(chains, row, fate),
    "data-id": step.id,
    "data-fate": fate ?? null,
    "aria-level": level,
    "aria-posinset": position,
    "aria-setsize": siblings,
    "aria-expanded": expanded === null ? null : String(expanded),
    "aria-selected": String(isSelected(step, view.selected)),
    click: () => chains.choose(row),
    dblclick: () => expanded !== null && keyOf(step) && chains.canTurn && chains.turn(step),
  };
  const content = contentOf(chains.page, row, chains.explained.has(step.id));
  return h("div", props, guides(row), turner(chains, row), fate && fateMark(fate), ...content);
}

/** @param {Chains} chains @param {Row} row @param {import("../../model/comparison.js").Fate} [fate] */
function classesOf({ page, isActive }, row, fate) {
  const { step, match } = row;
  const { selected } = page.view;
  return [
    "step",
    step.kind,
    isSelected(step, selected) && "selected",
    isActive(row) && "active",
    !match && "beside",
    livesIn(step, page.state, selected) && "lives",
    fate && `fate-${fate}`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** The lines that lead to the step above. @param {Row} row */
function guides({ trunks, step, position, siblings, level }) {
  const lines = trunks.slice(1).map((goesOn) => h("span", { class: goesOn ? "guide trunk" : "guide" }));
  if (level < 2) return lines;
  const fork = {
    class: `guide fork ${position === siblings ? "last" : ""} ${step.via ?? ""}`,
    title: step.via === "runtime" ? t("Managed by the process above, but not its child.") : null,
  };
  return [...lines, h("span", fork)];
}

/** The sign that opens or closes the step. @param {Chains} chains @param {Row} row */
function turner({ canTurn, turn }, { step, expanded }) {
  if (expanded === null || !canTurn) return h("span", { class: "twist" });
  const click = (/** @type {Event} */ event) => {
    event.stopPropagation();
    turn(step);
  };
  return h("span", { class: "twist", "aria-hidden": "true", click }, expanded ? "▾" : "▸");
}
