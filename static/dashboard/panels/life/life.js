/** The life of one thing: when it appeared and disappeared, each change between, and its processes. */

import { visibleName } from "../../base/visible.js";
import { counted } from "../../model/words.js";
import { fill, h } from "../../base/dom.js";
import { shortId } from "../../base/short-name.js";
import { sayAgo, sayLength, sayMoment } from "../../base/times.js";
import { nameOfField, sayFact } from "../../model/field-text.js";
import { mark, t } from "../../base/i18n.js";

/**
 * @typedef {import("../../net/api.js").Life} Life
 * @typedef {import("../../net/api.js").LifeEntry} LifeEntry
 * @typedef {import("../../net/api.js").LifeMember} LifeMember
 *
 * @typedef {object} LifeHandlers
 * @property {(seq: number) => void} onGo  to that moment
 * @property {(kind: "process"|"namespace"|"container", key: string) => void} onLife
 * @property {() => void} onClose
 * @property {string} zone
 */

const KINDS = /** @type {Record<string, string>} */ ({
  process: mark("The life of a process"),
  namespace: mark("The life of a namespace"),
  container: mark("The life of a container"),
});

/**
 * @param {HTMLElement} element
 * @param {LifeHandlers} handlers
 * @param {string|null} wait the text that is shown instead of a life
 */
export function sayWaiting(element, handlers, wait) {
  fill(element, head(t("Life"), "", null, handlers), h("p", { class: "hint life-wait" }, wait));
}

/** @param {HTMLElement} element @param {Life} life @param {LifeHandlers} handlers */
export function showLife(element, life, handlers) {
  const now = Date.now();
  const { entries } = life;
  const [first, last] = [entries[0], entries.at(-1)];
  const came = first ? Date.parse(first.at) : now;
  const went = life.alive || !last?.until_at ? null : Date.parse(last.until_at);
  const words = first
    ? sayAge(went === null, Math.round(((went ?? now) - came) / 1000))
    : t("Nothing is recorded about it.");
  fill(
    element,
    head(t(KINDS[life.kind] ?? "Life"), life.title, words, handlers),
    h(
      "div",
      { class: "life-columns" },
      h(
        "section",
        null,
        h("h3", null, counted(entries.length, "entry", "entries")),
        h(
          "ol",
          { class: "life-entries" },
          entries.map((entry, index) => entryRow(entry, index === 0, entries[index - 1], life, handlers)),
          went !== null && last && gone(last, handlers),
        ),
      ),
      life.members.length > 0 &&
        h(
          "section",
          null,
          h("h3", null, life.kind === "namespace" ? t("Who lived in it") : t("Its processes")),
          lifelines(life, came, went ?? now, handlers),
        ),
    ),
  );
}

/** @param {boolean} alive @param {number} seconds */
function sayAge(alive, seconds) {
  const length = sayLength(seconds);
  return alive ? t("Alive · seen for {length}", { length }) : t("Gone · seen for {length}", { length });
}

/** @param {string} kind @param {string} title @param {string|null} words @param {LifeHandlers} handlers */
function head(kind, title, words, { onClose }) {
  return h(
    "header",
    { class: "life-head" },
    h(
      "div",
      null,
      h("p", { class: "kind" }, kind),
      h("h2", { tabindex: "-1" }, title),
      words && h("p", { class: "muted" }, words),
    ),
    h("button", { type: "button", class: "button", id: "life-close", click: onClose }, t("Back to the view")),
  );
}

/**
 * @param {LifeEntry} entry
 * @param {boolean} first
 * @param {LifeEntry|undefined} before
 * @param {Life} life
 * @param {LifeHandlers} handlers
 */
function entryRow(entry, first, before, life, handlers) {
  const again = !first && before?.until_seq !== null && before?.until_seq !== undefined && before.until_seq < entry.seq;
  const known = Object.fromEntries(Object.entries(entry.facts).filter(([name]) => entry.completed.includes(name)));
  return h(
    "li",
    { class: first || again ? "life-entry came" : "life-entry changed", "data-seq": entry.seq },
    when(entry.seq, entry.at, handlers),
    h("strong", null, first ? t("Appeared") : again ? t("Appeared again") : sayDifference(entry)),
    first ? factList(entry.facts, life) : changeList(entry.changes),
    !first && factList(known, life),
  );
}

/** What an entry says that the one before did not. @param {LifeEntry} entry */
function sayDifference({ changes, completed, unknown }) {
  const list = (/** @type {string[]} */ names) => [...new Set(names)].map(nameOfField).join(", ");
  const fields = changes.map(({ field }) => field.split(" ")[0]);
  return (
    [
      fields.length && t("Changed: {fields}", { fields: list(fields) }),
      completed.length && t("Known now: {fields}", { fields: list(completed) }),
      unknown.length && t("No longer known: {fields}", { fields: list(unknown) }),
    ]
      .filter(Boolean)
      .join(" · ") || t("Known again, unchanged")
  );
}

/** @param {LifeEntry} last @param {LifeHandlers} handlers */
function gone(last, handlers) {
  return h(
    "li",
    { class: "life-entry went", "data-seq": last.until_seq },
    when(Number(last.until_seq), String(last.until_at), handlers),
    h("strong", null, t("Gone")),
  );
}

/** @param {number} seq @param {string} at @param {LifeHandlers} handlers */
function when(seq, at, { onGo, zone }) {
  const words = sayMoment(Date.parse(at), Date.now(), zone);
  return h(
    "button",
    {
      type: "button",
      class: "link life-when",
      title: t("Look at this moment"),
      "data-focus": `seq:${seq}`,
      click: () => onGo(seq),
    },
    words.local,
    h("span", { class: "muted" }, ` ${words.utc} · ${sayAgo(Date.parse(at), Date.now())}`),
  );
}

/** @param {Record<string, any>} facts @param {Life} life */
function factList(facts, life) {
  const shown = Object.entries(facts).filter(
    ([name, value]) =>
      !["key", "id", "namespaces", "labels", "declared"].includes(name) &&
      value !== null &&
      value !== "" &&
      value !== life.title,
  );
  return shown.length
    ? h(
        "dl",
        { class: "life-facts" },
        shown
          .slice(0, 12)
          .map(([name, value]) =>
            h("div", null, h("dt", null, nameOfField(name)), h("dd", null, sayFact(name, value))),
          ),
      )
    : null;
}

/** What was, and what is instead. @param {import("../../model/field-text.js").FieldChange[]} changes */
export function changeList(changes) {
  return h(
    "dl",
    { class: "life-facts" },
    changes.map(({ field, before, after }) =>
      h(
        "div",
        null,
        h("dt", null, nameOfField(field)),
        h("dd", null, h("del", null, sayFact(field, before)), " → ", h("ins", null, sayFact(field, after))),
      ),
    ),
  );
}

/**
 * Small horizontal lines on one scale of time.
 * @param {Life} life
 * @param {number} from
 * @param {number} to
 * @param {LifeHandlers} handlers
 */
function lifelines(life, from, to, { onLife, onGo }) {
  const starts = life.members.map((member) => Date.parse(member.from_at));
  const [start, end] = [
    Math.min(from, ...starts),
    Math.max(to, ...life.members.map((member) => (member.until_at ? Date.parse(member.until_at) : 0))),
  ];
  const share = (/** @type {number} */ at) => (100 * (at - start)) / Math.max(1, end - start);
  return h(
    "ul",
    { class: "lifelines" },
    life.members.map((member) => {
      const [left, right] = [
        share(Date.parse(member.from_at)),
        share(member.until_at ? Date.parse(member.until_at) : end),
      ];
      const line = h("button", {
        type: "button",
        class: member.until_at ? "lifeline" : "lifeline alive",
        "aria-label": t("From {from} until {until}: look at its beginning", {
          from: member.from_at,
          until: member.until_at ?? t("now"),
        }),
        title: `${member.from_at} – ${member.until_at ?? t("now")}`,
        click: () => onGo(member.from_seq),
      });
      line.style.insetInlineStart = `${left.toFixed(2)}%`;
      line.style.inlineSize = `${Math.max(0.6, right - left).toFixed(2)}%`;
      return h(
        "li",
        { "data-key": member.key },
        h(
          "button",
          { type: "button", class: "link", click: () => onLife("process", member.key) },
          visibleName(member.comm),
          h("span", { class: "mono muted" }, ` ${member.pid}`),
        ),
        h(
          "span",
          { class: "muted lifeline-owner" },
          member.name ?? (member.container ? shortId(member.container) : t("host")),
        ),
        h("span", { class: "lifeline-track" }, line),
      );
    }),
  );
}
