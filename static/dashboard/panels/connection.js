/** The status of the connection to the host, and what could not be read. */

import { WHY_WORDS, counted } from "../model/words.js";
import { fill, h } from "../base/dom.js";
import { isLive, isSilent } from "../model/standing.js";
import { sayClock, sayLength, zoneOf } from "../base/times.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {"live"|"behind"|"silent"|"out-of-step"|"reconnecting"|"loading"|"missing"|"signed-out"|"past"|
 *   "imported"} Status
 *
 * @typedef {object} Reading
 * @property {import("../net/live-state.js").Step} step
 * @property {import("../model/standing.js").Standing} standing
 * @property {number} now
 * @property {number} interval  seconds between two scans of the host
 * @property {import("../net/moment-loader.js").Where["mode"]} [where]
 * @property {boolean} [polling]  the server has to ask for changes, because its channel layer does not answer
 * @property {boolean} [imported]  its history came as a file
 */

/**
 * The status of the connection, the most serious first. Pure.
 * @param {Reading} reading
 * @return {{status: Status, text: string}}
 */
export function statusOf({ step, standing, now, interval, where = "live", imported = false, polling = false }) {
  if (step !== "signed-out" && where !== "live")
    return { status: "past", text: where === "past" ? t("The past") : t("Two moments") };
  if (step === "loading") return { status: "loading", text: t("Reading the state…") };
  if (step === "missing") return { status: "missing", text: t("Nothing recorded") };
  if (step === "signed-out") return { status: "signed-out", text: t("Signed out") };
  if (step === "reconnecting")
    return {
      status: "reconnecting",
      text: t("Reconnecting · last message {time}", { time: sayTime(standing.heardAt) }),
    };
  if (step === "crowded") return { status: "reconnecting", text: t("Too many pages are open: close some") };
  if (step === "out-of-step") return { status: "out-of-step", text: t("Not live · reading the state again") };
  if (imported) return { status: "imported", text: t("Imported") };
  const status = ageOf(standing, now, interval);
  return polling && status.status === "live" ? { status: "live", text: t("Live, checked every few seconds") } : status;
}

/**
 * The status by the age of the state.
 * @param {import("../model/standing.js").Standing} standing
 * @param {number} now  milliseconds
 * @param {number} interval  seconds between two scans of the host
 * @return {{status: Status, text: string}}
 */
function ageOf({ heldAt, heardAt, waiting }, now, interval) {
  if (isLive(heldAt, now, interval)) return { status: "live", text: t("Live") };
  if (isSilent(heardAt, now, interval))
    return { status: "silent", text: t("Not live since {time}", { time: sayTime(heldAt) }) };
  const age = sayLength(Math.round((now - heldAt) / 1000));
  if (!waiting) return { status: "behind", text: t("{age} behind", { age }) };
  return { status: "behind", text: t("{age} behind, catching up: {count} to come", { age, count: waiting }) };
}

/**
 * The title of the status: which state is shown, until when it held, and whether its checksum is the host’s.
 * @param {number} seq @param {number} heldAt @param {{seq: number, checksum: string}|null} agreed
 * @param {string|null} [wholeAt]  the last full scan, where the agent scans partially in between
 */
export function statusTitle(seq, heldAt, agreed, wholeAt = null) {
  const place = t("State {seq}, last scanned {time}.", { seq: String(seq), time: sayTime(heldAt) });
  const sum =
    agreed?.seq === seq
      ? t("Its checksum {checksum} equals the host’s.", { checksum: agreed.checksum })
      : t("Its checksum is not yet compared with the host’s.");
  const whole = wholeAt
    ? t(
        "The last full scan was {time}. Only a full scan finds a process that joins a namespace " +
          "without starting a program.",
        { time: sayTime(Date.parse(wholeAt)) },
      )
    : "";
  return `${place} ${sum} ${whole}`.trim();
}

/** @param {number} ms */
export function sayTime(ms) {
  return sayClock(ms, zoneOf(), Date.now() - ms > 20 * 3600_000);
}

/** @param {HTMLElement} element @param {{status: Status, text: string}} reading @param {string} title */
export function showStatus(element, { status, text }, title) {
  if (element.dataset.status !== status || element.textContent !== text)
    fill(element, h("span", { class: "dot", "aria-hidden": "true" }), h("span", null, text));
  element.dataset.status = status;
  element.title = title;
}

/** Gaps that somebody may act on: not those of a process that ended, or did not answer, while it was read. */
export const lastingGaps = (/** @type {Iterable<import("../model/types.js").Gap>} */ gaps) =>
  [...gaps].filter(({ pid, why }) => pid === null || why !== "gone");

/** Gaps grouped by what and why, the most frequent first. @param {Iterable<import("../model/types.js").Gap>} gaps */
export function groupGaps(gaps) {
  /** @type {Map<string, {what: string, why: string, count: number, pids: number[], whole: boolean}>} */
  const groups = new Map();
  for (const gap of gaps) {
    const key = `${gap.pid === null}|${gap.what}|${gap.why}`;
    const group = groups.get(key) ?? { what: gap.what, why: gap.why, count: 0, pids: [], whole: gap.pid === null };
    group.count += 1;
    if (gap.pid !== null) group.pids.push(gap.pid);
    groups.set(key, group);
  }
  return [...groups.values()].sort(
    (a, b) => Number(b.whole) - Number(a.whole) || b.count - a.count || (a.what < b.what ? -1 : 1),
  );
}

/** @param {Iterable<import("../model/types.js").Gap>} gaps @return {HTMLElement|null} */
export function gapList(gaps) {
  const groups = groupGaps(gaps);
  if (!groups.length) return null;
  const rows = groups
    .slice(0, 20)
    .map((group) =>
      h(
        "li",
        null,
        h("strong", null, sayWhat(group)),
        h("span", { class: "muted" }, WHY_WORDS[group.why] ?? group.why),
        group.pids.length > 0 &&
          h(
            "span",
            { class: "mono muted" },
            `pid ${group.pids.slice(0, 8).join(", ")}${group.pids.length > 8 ? " …" : ""}`,
          ),
      ),
    );
  return h(
    "div",
    null,
    h("ul", { class: "gaps" }, rows),
    ...adviceOn(groups).map((text) => h("p", { class: "hint" }, text)),
  );
}

/**
 * What the gaps mean, or what to do about them.
 * @param {{what: string, why: string}[]} groups
 * @return {string[]}
 */
function adviceOn(groups) {
  const advice = [];
  if (groups.some((group) => group.what === "events"))
    advice.push(
      t(
        "Changes are found at the next scan only, not at once: the agent cannot listen to the kernel’s process events.",
      ),
    );
  if (groups.some((group) => group.what === "reader"))
    advice.push(
      t("Processes are read from /proc. The kernel itself is read where the agent has CAP_BPF and CAP_PERFMON."),
    );
  if (groups.some((group) => group.why === "forbidden" && group.what !== "reader"))
    advice.push(
      t("An agent that does not run as root sees little of other users’ processes: start it with sudo make run."),
    );
  return advice;
}

/** @param {{what: string, count: number, whole: boolean}} group */
function sayWhat({ what, count, whole }) {
  if (what === "events") return t("process events");
  if (what === "reader") return t("the kernel’s own structures");
  const name =
    what === "ns" ? t("namespaces") : what.startsWith("ns/") ? t("{type} namespace", { type: what.slice(3) }) : what;
  return whole ? name : t("{what} of {processes}", { what: name, processes: counted(count, "process", "processes") });
}

/**
 * Keep the status up to date, also while no messages come.
 * @param {import("../page/page.js").Page} page
 * @param {import("../page/time-travel.js").TimeTravel} timeTravel
 * @param {HTMLElement} element
 */
export function keepStatus(page, timeTravel, element) {
  function show() {
    const { step, standing, row, store } = page;
    element.hidden = step === "loading" && !page.hosts.length;
    const reading = statusOf({
      step,
      standing,
      now: Date.now(),
      interval: row?.interval_s ?? 5,
      where: timeTravel.where.mode,
      imported: Boolean(row?.imported),
      polling: page.polling,
    });
    showStatus(
      element,
      reading,
      store.state ? statusTitle(store.state.seq, standing.heldAt, page.agreed, store.state.whole_at) : "",
    );
  }
  for (const topic of /** @type {const} */ (["connection", "moment", "host"])) page.on(topic, show);
  show();
  setInterval(show, 1000);
  return show;
}
