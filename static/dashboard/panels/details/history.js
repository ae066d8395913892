/** What changed recently, and the buttons that lead into the history. */

import { appearedAt, foldNames, recentChangesOf } from "../../model/recent-changes.js";
import { changeList } from "../life/life.js";
import { h } from "../../base/dom.js";
import { sayAgo, sayMoment } from "../../base/times.js";
import { plural, t } from "../../base/i18n.js";
import { fateMark, section } from "../../widgets/pieces.js";

/**
 * @typedef {import("../../address/view-query.js").LifeKind} LifeKind
 * @typedef {import("../../model/recent-changes.js").Recent} Recent
 *
 * @typedef {object} History
 * @property {import("../../net/api.js").Life|null} life  null while it is read
 * @property {import("../../net/api.js").LeftBehind[]} left  where a container is left behind at the moment shown
 * @property {string} problem  why it cannot be
 * @property {number} until  the newest snapshot that counts: the one the page shows
 * @property {string} zone
 * @property {(seq: number) => void} onGo
 * @property {(kind: LifeKind, key: string) => void} onLife
 * @property {() => void} onHourAgo  compare what is shown with an hour before
 */

/** @param {History} history @param {LifeKind} kind @param {string} key */
export function historyOf(history, kind, key) {
  const { life, problem, until } = history;
  const recent = life ? recentChangesOf(life, until) : [];
  return section(
    t("Lately"),
    problem ? h("p", { class: "hint" }, problem) : null,
    !life && !problem ? h("p", { class: "hint" }, t("Reading its history…")) : null,
    recent.length
      ? h(
          "ol",
          { class: "recent" },
          recent.map((one) => row(one, history, kind)),
        )
      : null,
    ways(history, kind, key),
  );
}

/** @param {Recent} recent @param {History} history @param {LifeKind} kind */
function row(recent, { zone, onGo }, kind) {
  const [at, now] = [Date.parse(recent.at), Date.now()];
  const words = sayMoment(at, now, zone);
  return h(
    "li",
    { class: "recent-entry", "data-kind": recent.kind, "data-seq": recent.seq },
    fateMark(
      recent.kind === "changed" || recent.kind === "checked"
        ? "changed"
        : recent.kind === "gone" || recent.kind === "went"
          ? "went"
          : "came",
    ),
    h(
      "div",
      null,
      h("p", { class: "recent-what" }, sayRecent(recent, kind)),
      recent.changes.length > 0 && changeList(recent.changes.slice(0, 3)),
      h(
        "button",
        {
          type: "button",
          class: "link recent-when",
          title: `${t("Look at this moment")} · ${words.utc}`,
          "data-focus": `recent:${recent.kind}:${recent.seq}`,
          click: () => onGo(recent.seq),
        },
        words.local,
        h("span", { class: "muted" }, ` · ${sayAgo(at, now)}`),
      ),
    ),
  );
}

/** @param {Recent} recent @param {LifeKind} whose */
function sayRecent({ kind, names }, whose) {
  if (kind === "checked") return plural(names.length, "Health check, once", "Health check, {count} times");
  const { text, more } = foldNames(names);
  const who = more ? t("{names} and {count} more", { names: text, count: more }) : text;
  if (kind === "came")
    return whose === "namespace" ? t("{names} joined it", { names: who }) : t("{names} started", { names: who });
  if (kind === "went")
    return whose === "namespace" ? t("{names} left it", { names: who }) : t("{names} ended", { names: who });
  return { appeared: t("Appeared"), again: t("Appeared again"), changed: t("Changed"), gone: t("Gone") }[kind];
}

/** @param {History} history @param {LifeKind} kind @param {string} key */
function ways({ life, until, onGo, onLife, onHourAgo }, kind, key) {
  const began = life ? appearedAt(life) : null;
  return h(
    "div",
    { class: "ways" },
    h(
      "button",
      { type: "button", class: "button small", id: "life-open", "data-focus": "life", click: () => onLife(kind, key) },
      lifeLabel(kind),
    ),
    began !== null &&
      began < until &&
      h(
        "button",
        { type: "button", class: "button small", id: "go-begin", "data-focus": "begin", click: () => onGo(began) },
        t("When it appeared"),
      ),
    h(
      "button",
      { type: "button", class: "button small", id: "hour-ago", "data-focus": "hour-ago", click: onHourAgo },
      t("Compare with an hour before"),
    ),
  );
}

/** @param {LifeKind} kind */
export function lifeLabel(kind) {
  if (kind === "process") return t("The life of this process");
  return kind === "container" ? t("The life of this container") : t("The life of this namespace");
}
