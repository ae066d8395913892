/** The moments of a picture's states, as texts. Pure. */

import { t } from "../../base/i18n.js";

/** @typedef {import("../../model/store.js").State} State */

/**
 * "2026-03-02 09:00:00 UTC", with the requested time zone before it.
 * @param {import("../subject.js").Subject} subject
 */
export function momentTexts({ shown, options }) {
  const texts = shown.map((state) => momentText(state, options.zone));
  if (texts.length < 2) return texts;
  return [t("before: {moment}", { moment: texts[0] }), t("after: {moment}", { moment: texts[1] })];
}

/** @param {State} state @param {string} zone */
function momentText({ taken_at, seq }, zone) {
  const at = Date.parse(taken_at);
  if (Number.isNaN(at)) return t("at an unknown time");
  const utc = `${dateText(at, "UTC")} UTC`;
  const moment = zone === "UTC" ? utc : `${dateText(at, zone)} ${zone} (${utc})`;
  return seq > 0 ? `${moment} · ${t("snapshot {seq}", { seq: String(seq) })}` : moment;
}

/**
 * The date and time in this time zone. It is built from its numbers, because browsers differ in how they write a date.
 * @param {number} at
 * @param {string} zone
 */
function dateText(at, zone) {
  const form = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const parts = form.formatToParts(at).map(({ type, value }) => [type, value]);
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts);
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}
