/** What the banner says about a moment of the past. */

import { sayAgo, sayMoment, saySpan } from "./times.js";
import { t } from "./i18n.js";

/**
 * The moment, its time in UTC, and the absence of the agent that it lies in.
 * @param {number} at  milliseconds
 * @param {string} zone
 * @param {{from: string, to: string}|null} absence
 */
export function pastText(at, zone, absence) {
  const words = sayMoment(at, Date.now(), zone);
  return {
    text: t("You are looking at {moment} ({ago})", { moment: words.local, ago: sayAgo(at, Date.now()) }),
    utc: words.utc,
    gone: absence ? t("No agent {span}.", { span: spanOf(absence, zone) }) : "",
  };
}

/**
 * The warning that no agent was running at the moment that was asked for.
 * @param {{from: string, to: string}} absence
 * @param {string} zone
 */
export function sayAbsence(absence, zone) {
  return t("No agent reported {span}. This is the last state before.", { span: spanOf(absence, zone) });
}

/** @param {{from: string, to: string}} absence @param {string} zone */
const spanOf = ({ from, to }, zone) => saySpan(Date.parse(from), Date.parse(to), zone);
