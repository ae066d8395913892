/** What needs attention: what the server says, with what is near a limit now, and each reason in words. Pure. */

import { limitOf, usedOf } from "./usage.js";
import { list, mark, plural, t } from "../base/i18n.js";
import { visibleName } from "../base/visible.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {"oom-killed"|"restarting"|"unhealthy"|"left-behind"|"exited"|"near-limit"|"exposed"} Kind
 * @typedef {object} Reason
 * @property {Kind} kind
 * @property {string|null} [at]  null: before the window, or not known
 * @property {number|null} [times]
 * @property {number|null} [exit_code]
 * @property {string[]} [exposed]
 * @property {string} [where]  of one left behind: in whose namespace
 * @property {string|null} [mend]  what to do about it, with the command
 * @property {"memory"|"pids"} [what]  near which limit
 * @property {number} [share]  of that limit, from 0
 *
 * @typedef {{container: string, name: string, state: string, reasons: Reason[]}} Need
 * @typedef {import("./store.js").Load} Load
 * @typedef {import("./types.js").Container} Container
 */

/** The gravest first. @type {readonly Kind[]} */
export const KINDS = ["oom-killed", "restarting", "unhealthy", "left-behind", "exited", "near-limit", "exposed"];
const NEAR = 0.9; // of a limit
const LIMITED = /** @type {const} */ (["memory", "pids"]);

/** @type {Record<string, string>} */
const EXPOSED = {
  network: mark("the host’s network"),
  pid: mark("the host’s processes"),
  ipc: mark("the host’s IPC"),
  uts: mark("the host’s name"),
  userns: mark("the host’s users"),
  privileged: mark("privileged"),
};

/**
 * The containers that are near a limit, and since when as far as the page saw it.
 * @param {Map<string, Container>} containers
 * @param {Map<string, Load>} loads
 * @param {(id: string) => import("./usage.js").Point[]} pointsOf
 * @return {Need[]}
 */
export function findNear(containers, loads, pointsOf) {
  return [...containers.values()].flatMap((container) => {
    const reasons = LIMITED.flatMap((what) => nearReason(container, loads.get(container.id), what, pointsOf));
    const { id, name, state } = container;
    return reasons.length ? [{ container: id, name: name || shortId(id), state, reasons }] : [];
  });
}

/**
 * @param {Container} container
 * @param {Load|undefined} load
 * @param {"memory"|"pids"} what
 * @param {(id: string) => import("./usage.js").Point[]} pointsOf
 * @return {Reason[]}
 */
function nearReason(container, load, what, pointsOf) {
  const [used, limit] = [usedOf(load, what), limitOf(container, what)];
  if (used === null || !limit || used < limit * NEAR) return [];
  const points = pointsOf(container.id);
  const last = points.findLastIndex((point) => (point[what] ?? 0) < limit * NEAR);
  const since = points[last + 1]?.at ?? null;
  return [{ kind: "near-limit", what, share: used / limit, at: since === null ? null : new Date(since).toISOString() }];
}

/**
 * One need for each container, the gravest reason first; of one kind the newest first.
 * @param {Need[]} told  by the server
 * @param {Need[]} near
 * @return {Need[]}
 */
export function joinNeeds(told, near) {
  /** @type {Map<string, Need>} */
  const needs = new Map(told.map((need) => [need.container || need.name, need]));
  for (const need of near) {
    const known = needs.get(need.container);
    const reasons = [...(known?.reasons ?? []), ...need.reasons].sort((a, b) => rank(a) - rank(b));
    needs.set(need.container, { ...need, ...known, reasons });
  }
  return [...needs.values()].sort(
    (a, b) => rank(a.reasons[0]) - rank(b.reasons[0]) || (momentOf(b) ?? 0) - (momentOf(a) ?? 0),
  );
}

/** The newest moment of its reasons, in milliseconds; null: none is known. @param {Need} need @return {number|null} */
export function momentOf({ reasons }) {
  const moments = reasons.flatMap(({ at }) => (at ? [Date.parse(at)] : []));
  return moments.length ? Math.max(...moments) : null;
}

/** @param {Reason} reason */
const rank = ({ kind }) => KINDS.indexOf(kind);

/** "restarting, 41 times, exit 137". @param {Reason} reason */
export function sayReason(reason) {
  const end =
    reason.exit_code === null || reason.exit_code === undefined
      ? ""
      : t("exit {code}", { code: String(reason.exit_code) });
  return [sayKind(reason), end].filter(Boolean).join(", ");
}

/** @param {Reason} reason @return {string} */
function sayKind({ kind, times, where, exposed, what, share }) {
  switch (kind) {
    case "oom-killed":
      return t("killed for memory");
    case "restarting":
      return times ? plural(times, "restarting, once", "restarting, {count} times") : t("restarting");
    case "unhealthy":
      return t("unhealthy");
    case "left-behind":
      return t("left behind in a namespace of {container}", { container: visibleName(where ?? "") });
    case "exited":
      return plural(times ?? 1, "exited", "exited {count} times");
    case "near-limit":
      return sayNear(what, Math.round((share ?? 0) * 100));
    case "exposed":
      return t("newly exposed: {what}", { what: list((exposed ?? []).map((part) => t(EXPOSED[part] ?? part))) });
  }
}

/** @param {"memory"|"pids"|undefined} what @param {number} share  in percent */
function sayNear(what, share) {
  if (what === "memory") return t("memory at {share}% of its limit", { share });
  return t("tasks at {share}% of their limit", { share });
}
