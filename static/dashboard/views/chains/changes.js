/**
 * The namespaces in which a step differs from the one above; and, of an init, the namespaces that its container does
 * not have to itself.
 */

import { ISOLATED, ownerOf, strip } from "../../model/sharing.js";
import { TYPE_WORDS } from "../../model/words.js";
import { cellMark } from "../../widgets/pieces.js";
import { h } from "../../base/dom.js";
import { ownerTitle } from "../graph/graph.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../base/dom.js").Child} Child
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../model/sharing.js").Cell} Cell
 * @typedef {import("./tree.js").Step} Step
 */

const NAMED = 2; // as many sharers are named

/** @param {Page} page @param {Step} step @return {Child[]} */
export function changeMarks(page, step) {
  const cells = cellsOf(page, step);
  const changed = cells.filter(({ type }) => step.changes.includes(type));
  const ofContainer = step.container ? cells : [];
  const shared = ofContainer.filter(({ how }) => how === "shared");
  const host = ofContainer.filter(({ type, how }) => how === "host" && ISOLATED.includes(type));
  const names = [...new Set(shared.flatMap(({ key }) => sharers(page, step, key)))];
  return [changedStrip(changed), names.length > 0 && sharedMark(shared, names), hostStrip(host)];
}

/** @param {Page} page @param {Step} step @return {Cell[]} */
function cellsOf({ state, graph, view }, { process, changes, container }) {
  if (!process || !state || !graph || (!changes.length && !container)) return [];
  const cells = strip(state, graph.sharing, process.namespaces, ownerOf(graph.sharing, process));
  return cells.filter(({ type }) => !view.options.off.has(type));
}

/** @param {Cell[]} cells */
function changedStrip(cells) {
  if (!cells.length) return null;
  const label = t("other namespaces than above: {types}", { types: namesOf(cells) });
  return h(
    "span",
    { class: "strip", role: "img", "aria-label": label },
    cells.map((cell) => cellMark(cell)),
  );
}

/** @param {Cell[]} cells @param {string[]} names  of those who live there too */
function sharedMark(cells, names) {
  const types = cells.map(({ type }) => type).join(", ");
  return h("span", { class: "shares" }, t("{types}: with {names}", { types, names: sayNames(names) }));
}

/** @param {Cell[]} cells */
function hostStrip(cells) {
  if (!cells.length) return null;
  const label = t("the host’s: {types}", { types: namesOf(cells) });
  return h(
    "span",
    { class: "strip hosts", role: "img", "aria-label": label },
    cells.map((cell) => cellMark(cell)),
    h("span", { class: "shares warn", "aria-hidden": "true" }, t("the host’s")),
  );
}

/** @param {Cell[]} cells */
const namesOf = (cells) => cells.map(({ type }) => TYPE_WORDS[type].name).join(", ");

/** Who else lives in a namespace. @param {Page} page @param {Step} step @param {string|null} key */
function sharers({ state, graph }, { process }, key) {
  if (!state || !graph || !process) return [];
  const own = ownerOf(graph.sharing, process);
  return [...(graph.sharing.owners.get(key ?? "") ?? [])]
    .filter((owner) => owner !== own)
    .map((owner) => ownerTitle(state, graph.sharing, owner))
    .sort();
}

/** @param {string[]} names */
function sayNames(names) {
  const more = names.length - NAMED;
  if (more <= 0) return names.join(", ");
  return t("{names} and {count} more", { names: names.slice(0, NAMED).join(", "), count: more });
}
