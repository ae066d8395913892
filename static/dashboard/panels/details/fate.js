/** In a comparison: what became of the thing, below its name. */

import { changeList } from "../life.js";
import { changesOf } from "../../union.js";
import { fateMark } from "../report.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { MANY } from "./context.js";

/** @typedef {import("../../union.js").Fate} Fate */

/** @param {import("../../union.js").Union} union @param {string} key @param {Fate} fate */
export function fateOf(union, key, fate) {
  const changes = fate === "changed" ? changesOf(union, key) : [];
  return h("div", { class: `fate-note ${fate}`, id: "fate-note", "data-fate": fate }, fateMark(fate),
    h("div", null, h("p", null, sayFate(fate)), changes.length > 0 && changeList(changes.slice(0, MANY))));
}

/** @param {Fate} fate */
function sayFate(fate) {
  if (fate === "came") return t("Not there at A, there at B.");
  return fate === "went" ? t("There at A, gone at B: these are its last facts.") : t("There at both, and changed:");
}
