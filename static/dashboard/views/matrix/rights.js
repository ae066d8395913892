/** The marks of what a container may do: privileged, and the capabilities added and dropped. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

const NAMED = 2; // as many added capabilities are named; none where the container is privileged

/** @param {import("./matrix.js").Rights} rights */
export function rightsMarks({ privileged, added, dropped }) {
  const named = added.slice(0, privileged ? 0 : NAMED);
  const more = added.length - named.length;
  return [
    privileged && rightMark(t("privileged"), "bad"),
    ...named.map((name) => rightMark(`+${name}`, name === "ALL" ? "bad" : "")),
    more > 0 && rightMark(`+${more}`),
    dropped.length > 0 && rightMark(`−${dropped.length === 1 ? dropped[0] : dropped.length}`, "dropped"),
  ];
}

/** @param {string} text @param {string} [kind] */
function rightMark(text, kind = "") {
  return h("span", { class: kind ? `right ${kind}` : "right" }, text);
}
