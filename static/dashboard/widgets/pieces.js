/** Small parts that several panels show. */

import { FATE_WORDS, HOW_WORDS, LETTERS, TYPE_WORDS } from "../model/words.js";
import { colourOf } from "../model/grouping/sharer-tags.js";
import { h } from "../base/dom.js";

/**
 * @typedef {import("../model/sharing.js").Cell} Cell
 * @typedef {import("../model/comparison.js").Fate} Fate
 */

/** What each kind of finding means for a thing: it came or went; every other kind means that it changed. */
const FATES = /** @type {Record<string, Fate>} */ ({
  started: "came",
  new: "came",
  created: "came",
  appeared: "came",
  began: "came",
  regained: "came",
  "seen-again": "came",
  stopped: "went",
  removed: "went",
  disappeared: "went",
  gone: "went",
  ended: "went",
  lost: "went",
  unseen: "went",
});

/** The sign that stands for each fate. */
export const FATE_SIGNS = { came: "＋", went: "－", changed: "～" };

/** @param {string} kind  of a finding @return {Fate} */
export const fateOf = (kind) => FATES[kind] ?? "changed";

/** The sign of a fate, with its meaning as the title. @param {Fate} fate */
export function fateMark(fate) {
  return h(
    "span",
    { class: `fate ${fate}`, title: FATE_WORDS[fate], role: "img", "aria-label": FATE_WORDS[fate] },
    FATE_SIGNS[fate],
  );
}

/**
 * One lettered cell: filled is its own, ringed is shared, hollow is the host's.
 * @param {Cell} cell
 * @param {boolean} [titled] whether it says so itself
 */
export function cellMark(cell, titled = true) {
  const words = `${TYPE_WORDS[cell.type].name}: ${HOW_WORDS[cell.how]}`;
  return h(
    "span",
    { class: `cell t-${cell.type} ${cell.how}`, title: titled ? words : null },
    cell.how === "unknown" ? "?" : LETTERS[cell.type],
  );
}

/** The number, and the colour, that sharers have in common. @param {number} tag */
export function tagMark(tag) {
  return h("span", { class: `tag tag-${colourOf(tag)}` }, String(tag));
}

/** @param {Cell[]} cells */
export function stripOf(cells) {
  const words = cells.map((cell) => `${cell.type} ${HOW_WORDS[cell.how]}`).join(", ");
  return h(
    "span",
    { class: "strip", role: cells.length ? "img" : null, "aria-label": words || null },
    cells.map((cell) => cellMark(cell)),
  );
}

/** @param {import("../model/types.js").NamespaceType} type */
export function typeMark(type) {
  return h("span", { class: `cell t-${type} own`, "aria-hidden": "true" }, LETTERS[type]);
}

/** @param {string} title @param {...(import("../base/dom.js").Child|import("../base/dom.js").Child[])} children */
export function section(title, ...children) {
  return h("section", { class: "block" }, h("h3", null, title), ...children);
}

/**
 * @param {[string, import("../base/dom.js").Child|import("../base/dom.js").Child[]][]} rows those without a value are
 *   left out
 */
export function facts(rows) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return h(
    "dl",
    { class: "facts" },
    shown.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );
}

/**
 * A button that selects something.
 * @param {string} label
 * @param {string} key
 * @param {(key: string) => void} onSelect
 * @param {import("../base/dom.js").Child[]} [more]
 */
export function jump(label, key, onSelect, more = []) {
  return h(
    "button",
    { type: "button", class: "jump", "data-focus": `jump:${key}`, click: () => onSelect(key) },
    h("span", { class: "jump-name" }, label),
    ...more,
  );
}
