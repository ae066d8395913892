/** The elements of the feed's list: lines, days, the routine, and what an empty list says. They hold no state. */

import { isSevere, sayEntry } from "../model/feed.js";
import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { sayClock, sayDay, sayMoment } from "../base/times.js";

/**
 * @typedef {import("../model/feed.js").Entry} Entry
 * @typedef {import("../model/feed.js").Line} Line
 *
 * @typedef {object} ListContext
 * @property {string} zone
 * @property {number|null} at  the snapshot that the page shows; null: live
 * @property {(name: string) => boolean} isUnfolded  whether the reader opened the line of this name
 * @property {(name: string) => void} onUnfold
 * @property {(entry: Entry) => void} onMoment  go to the moment of an entry
 * @property {(entry: Entry) => void} onThing  select what an entry is about
 */

/** @type {Record<string, string>} */
const SIGNS = {
  "container-created": "+",
  "container-started": "▲",
  "container-stopped": "■",
  "container-restarted": "◆",
  "container-removed": "×",
  "container-renamed": "~",
  "container-reconfigured": "~",
  "container-changed": "~",
  exec: "›_",
  ran: "·",
  "sharing-began": "∞",
  "sharing-ended": "∞",
  "left-behind": "≠",
  "joined-again": "∞",
  "capabilities-gained": "↑",
  "namespace-joined": "→",
  "namespace-created": "+",
  "namespace-left": "−",
  "namespace-recreated": "↻",
  "namespace-orphaned": "◌",
  "namespace-released": "−",
  "isolate-began": "+",
  "isolate-ended": "−",
  boot: "⏻",
  "host-changed": "~",
  "gap-began": "?",
  "gap-ended": "?",
  "agent-away": "○",
  "agent-back": "●",
};
const BRIEFLY = 3; // entries of the routine that its summary names

/** All lines, with a heading above each day but today. @param {Line[]} lines @param {ListContext} context */
export function lineList(lines, context) {
  return h(
    "ol",
    { class: "feed-lines" },
    lines.flatMap((line, index) => [dayHeading(line, lines[index - 1], context.zone), lineItem(line, context)]),
  );
}

/** Health checks and the like, folded into one summary. @param {Entry[]} noise @param {ListContext} context */
export function routine(noise, context) {
  const brief = noise.slice(0, BRIEFLY).map(sayRoutine).join(" · ");
  const more = noise.length > BRIEFLY ? ` · ${t("and {count} more", { count: noise.length - BRIEFLY })}` : "";
  return h(
    "details",
    { class: "feed-routine", "data-keep": "routine" },
    h("summary", null, h("strong", null, t("Routine")), " ", h("span", { class: "muted" }, brief + more)),
    h(
      "ol",
      { class: "feed-lines" },
      noise.map((entry) => lineItem({ entry, times: entry.times, first: entry, alike: [entry] }, context)),
    ),
  );
}

/** What an empty list says. @param {boolean} filtered  whether entries exist that the filter leaves out */
export function emptyNote(filtered) {
  return h(
    "div",
    { class: "feed-empty" },
    h("p", null, filtered ? t("None of the entries read so far fits the filter.") : t("Nothing has happened yet.")),
    h(
      "p",
      { class: "muted" },
      t("The feed lists containers that start, stop or change, and programs started in them with exec."),
      " ",
      t("It also lists namespaces that are created, joined or left, sharing, and what could not be read."),
      " ",
      t("Health checks and short-lived processes are counted, not listed."),
    ),
    h(
      "p",
      { class: "muted" },
      t("To try it:"),
      " ",
      h("code", null, "docker exec NAME true"),
      " ",
      h("code", null, "docker restart NAME"),
    ),
  );
}

/** @param {() => void} onEarlier */
export function earlierButton(onEarlier) {
  return h(
    "button",
    { type: "button", class: "button small feed-earlier", "data-focus": "earlier", click: onEarlier },
    t("Read earlier"),
  );
}

/** @param {Entry} entry */
function sayRoutine(entry) {
  const what = sayRoutineOnce(entry);
  return entry.times > 1 ? t("{what}, {count} times", { what, count: entry.times }) : what;
}

/** @param {Entry} entry */
function sayRoutineOnce(entry) {
  const where = entry.container === null ? t("the host") : entry.where;
  if (entry.kind === "exec") return t("health check in {where}", { where });
  return entry.kind === "ran" ? t("{name} in {where}", { name: entry.name, where }) : sayEntry(entry);
}

/**
 * The day of a line, where the line above is of another day.
 * @param {Line} line
 * @param {Line|undefined} newer
 * @param {string} zone
 */
function dayHeading(line, newer, zone) {
  const day = sayDay(Date.parse(line.entry.at), zone);
  const dayAbove = sayDay(newer ? Date.parse(newer.entry.at) : Date.now(), zone);
  return day === dayAbove ? null : h("li", { class: "feed-day" }, day);
}

/** @param {Line} line @param {ListContext} context */
function lineItem(line, context) {
  const { entry, alike } = line;
  const name = `${entry.kind}:${entry.seq}:${entry.key}`;
  return h(
    "li",
    {
      class: `feed-line kind-${entry.kind}${isSevere(entry) ? " severe" : ""}`,
      "data-kind": entry.kind,
      "data-seq": entry.seq,
      "data-noise": entry.noise ? "yes" : null,
      "aria-current": context.at === entry.seq ? "true" : null,
    },
    momentButton(entry, name, context),
    h("span", { class: "feed-sign", "aria-hidden": "true" }, SIGNS[entry.kind] ?? "·"),
    thingButton(entry, name, context),
    timesOf(line, name, context),
    alike.length > 1 && context.isUnfolded(name) && alikeList(alike, name, context),
  );
}

/**
 * How often it happened, and since when; a button where the single entries can be shown.
 * @param {Line} line
 * @param {string} name
 * @param {ListContext} context
 */
function timesOf(line, name, context) {
  const { entry, times, first, alike } = line;
  if (times <= 1 || (entry.kind.startsWith("namespace-") && alike.length === 1)) return null;
  const from = entry.times > 1 ? entry.first_at : first.at;
  const moment = sayMoment(Date.parse(from), Date.now(), context.zone).local;
  const since = h("span", { class: "muted" }, from !== entry.at ? t("since {moment}", { moment }) : "");
  if (alike.length === 1) return h("span", { class: "feed-times" }, `×${times}`, " ", since);
  return h(
    "button",
    {
      type: "button",
      class: "feed-times",
      "data-focus": `times:${name}`,
      "aria-expanded": String(context.isUnfolded(name)),
      click: () => context.onUnfold(name),
    },
    `×${times}`,
    " ",
    since,
  );
}

/** @param {Entry[]} alike @param {string} name @param {ListContext} context */
function alikeList(alike, name, context) {
  return h(
    "ol",
    { class: "feed-alike" },
    alike.map((one) => h("li", null, momentButton(one, `${name}:${one.seq}`, context), h("span", null, sayEntry(one)))),
  );
}

/** @param {Entry} entry @param {string} name @param {ListContext} context */
function momentButton(entry, name, { zone, onMoment }) {
  const { utc, local } = sayMoment(Date.parse(entry.at), Date.now(), zone);
  return h(
    "button",
    {
      type: "button",
      class: "feed-time",
      "data-focus": `time:${name}`,
      title: `${local} (${utc}) · ${t("look at this moment")}`,
      click: () => onMoment(entry),
    },
    sayClock(Date.parse(entry.at), zone),
  );
}

/**
 * The sentence of an entry; a button where the entry is about a thing.
 * @param {Entry} entry
 * @param {string} name
 * @param {ListContext} context
 */
function thingButton(entry, name, { onThing }) {
  const words = sayEntry(entry);
  if (!entry.key && !entry.container) return h("span", { class: "feed-words", title: words }, words);
  return h(
    "button",
    {
      type: "button",
      class: "feed-words",
      "data-focus": `words:${name}`,
      title: words,
      click: () => onThing(entry),
    },
    words,
  );
}
