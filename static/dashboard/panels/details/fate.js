/** In a comparison: whether the selected thing came, went or changed, below its name. */

import { changeList } from "../life/life.js";
import { changesOf } from "../../model/comparison.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { MANY } from "./context.js";
import { fateMark } from "../../widgets/pieces.js";

/** @typedef {import("../../model/comparison.js").Fate} Fate */

/** @param {import("../../model/comparison.js").Union} union @param {string} key @param {Fate} fate */
export function fateNote(union, key, fate) {
  const changes = fate === "changed" ? changesOf(union, key) : [];
  return h(
    "div",
    { class: `fate-note ${fate}`, id: "fate-note", "data-fate": fate },
    fateMark(fate),
    h("div", null, h("p", null, sayFate(fate)), changes.length > 0 && changeList(changes.slice(0, MANY))),
  );
}

/** @param {Fate} fate */
function sayFate(fate) {
  if (fate === "came") return t("Not there at A, there at B.");
  return fate === "went" ? t("There at A, gone at B: these are its last facts.") : t("There at both, and changed:");
}
