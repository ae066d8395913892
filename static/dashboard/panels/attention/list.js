/** The list of what needs attention: a line for each container, with its reasons and their moment. */

import { h } from "../../base/dom.js";
import { sayAgo, sayMoment } from "../../base/times.js";
import { momentOf, sayReason } from "../../model/needs.js";
import { t } from "../../base/i18n.js";
import { visibleName } from "../../base/visible.js";

/**
 * @typedef {import("../../model/needs.js").Need} Need
 *
 * @typedef {object} ListOptions
 * @property {string} zone
 * @property {number} most  so many lines; the rest is counted
 * @property {(key: string) => void} onSelect
 */

/** @param {Need[]} needs @param {ListOptions} options */
export function attentionList(needs, options) {
  const rest = needs.length - options.most;
  return [
    h(
      "ul",
      { class: "attention" },
      needs.slice(0, options.most).map((need) => h("li", null, lineOf(need, options))),
    ),
    rest > 0 && h("p", { class: "hint" }, t("and {count} more", { count: rest })),
  ];
}

/** @param {Need} need @param {ListOptions} options */
function lineOf(need, { zone, onSelect }) {
  const { container, name, reasons } = need;
  const [first] = reasons;
  const mend = reasons.find((reason) => reason.mend)?.mend ?? null;
  const said = [...new Set(reasons.map(sayReason))].join("; ");
  const props = {
    type: "button",
    class: `need ${first.kind}`,
    "data-focus": `need:${container || name}`,
    title: mend,
    click: () => onSelect(container),
  };
  return h(
    "button",
    props,
    h("span", { class: "need-sign", "aria-hidden": "true" }),
    h("span", { class: "need-name" }, visibleName(name)),
    timeOf(momentOf(need), zone),
    h("span", { class: "need-reasons" }, said),
  );
}

/** @param {number|null} at @param {string} zone */
function timeOf(at, zone) {
  if (at === null) return h("span", { class: "need-at" }, t("over 24 h"));
  const now = Date.now();
  const { local, utc } = sayMoment(at, now, zone);
  const props = { class: "need-at", datetime: new Date(at).toISOString(), title: `${local} · ${utc}` };
  return h("time", props, `${local} · ${sayAgo(at, now)}`);
}
