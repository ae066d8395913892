/** The marks of what a container may do: privileged, the capabilities added and dropped, and what is not so. */

import { h } from "../../base/dom.js";
import { some } from "./words.js";
import { t } from "../../base/i18n.js";

const NAMED = 2; // as many added capabilities are named; none where the container is privileged

/**
 * What differs from what was declared comes first: `!` before what is held and was not declared, `?` before what was
 * declared and is not held.
 * @param {import("./matrix.js").Rights} rights
 */
export function rightsMarks({ privileged, added, dropped, held }) {
  const named = added.slice(0, privileged ? 0 : NAMED);
  const more = added.length - named.length;
  return [
    ...some("!", held?.beyond).map((text) => rightMark(text, "bad")),
    ...some("?", held?.lacking).map((text) => rightMark(text, "dropped")),
    privileged && rightMark(t("privileged"), "bad"),
    ...named.map((name) => rightMark(`+${name}`, name === "ALL" ? "bad" : "")),
    more > 0 && rightMark(`+${more}`),
    ...some("−", dropped).map((text) => rightMark(text, "dropped")),
  ];
}

/** @param {string} text @param {string} [kind] */
function rightMark(text, kind = "") {
  return h("span", { class: kind ? `right ${kind}` : "right" }, text);
}
