/** The processes that use most, of the host or of a container. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { visibleName } from "../../base/visible.js";
import { sayBytes } from "../../model/field-text.js";
import { sayAge, sayPercent, topOf } from "../../model/vitals/vitals.js";
import { section } from "../../widgets/pieces.js";

/**
 * @typedef {import("../details/context.js").Context} Context
 * @typedef {import("../../model/types.js").Process} Process
 */

const LISTED = 8;

/** @param {Context} context @param {Iterable<Process>} processes @return {HTMLElement|null} null: nothing is known */
export function topList({ vitals, onSelect }, processes) {
  const top = topOf(processes, vitals, LISTED);
  if (!top.length) return null;
  const head = [t("Process"), t("CPU"), t("Memory")].map((name) => h("th", { scope: "col" }, name));
  const rows = top.map(({ process, use }) =>
    h(
      "tr",
      { title: sayAge(use, vitals) },
      h("td", null, button(process, onSelect)),
      h("td", { class: "mono" }, use.cpu === null ? "—" : sayPercent(use.cpu)),
      h("td", { class: "mono" }, use.rss === null ? "—" : sayBytes(use.rss)),
    ),
  );
  return section(
    t("Uses most"),
    h("table", { class: "top" }, h("thead", null, h("tr", null, head)), h("tbody", null, rows)),
  );
}

/** @param {Process} process @param {(key: string) => void} onSelect */
function button({ key, comm, pid }, onSelect) {
  const props = { type: "button", class: "link", "data-focus": `top:${key}`, click: () => onSelect(key) };
  return h("button", props, visibleName(comm), " ", h("span", { class: "mono muted" }, String(pid)));
}
