/** Moments in words: in the reader's zone, and in UTC. Pure but for the zone that the browser has, or keeps. */

import { mark, t } from "./i18n.js";

export const ZONE_KEY = "isoscope.zone";

/** The zone of the browser, as IANA names it. */
export const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The reader's zone: the one that was chosen, else that of the browser. */
export function zoneOf() {
  const chosen = globalThis.localStorage?.getItem(ZONE_KEY);
  return chosen && isZone(chosen) ? chosen : browserZone();
}

/** @param {string} name */
function isZone(name) {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** @param {number} at milliseconds @param {string} zone @param {boolean} [day] with the day */
export function sayClock(at, zone, day = false) {
  const parts = /** @type {const} */ ({
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const clock = new Date(at).toLocaleTimeString("en-GB", parts);
  return day ? `${sayDay(at, zone)} ${clock}` : clock;
}

/** @param {number} at @param {string} zone */
export function sayDay(at, zone) {
  return new Date(at).toLocaleDateString("en-CA", { timeZone: zone });
}

/**
 * "10:05:12", with its day where that is not today, and the same in UTC.
 * @param {number} at
 * @param {number} now
 * @param {string} zone
 */
export function sayMoment(at, now, zone) {
  const local = sayClock(at, zone, sayDay(at, zone) !== sayDay(now, zone));
  const utc = sayClock(at, "UTC", sayDay(at, zone) !== sayDay(at, "UTC"));
  return { local, utc: zone === "UTC" || local === utc ? "UTC" : `${utc} UTC` };
}

/** "2 h ago". @param {number} at @param {number} now */
export function sayAgo(at, now) {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 1) return t("just now");
  return t("{length} ago", { length: sayLength(seconds) });
}

/** A length of time, in its two largest units. @param {number} seconds */
export function sayLength(seconds) {
  const units = /** @type {const} */ ([
    [mark("{count} d"), 86400],
    [mark("{count} h"), 3600],
    [mark("{count} min"), 60],
    [mark("{count} s"), 1],
  ]);
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return t("{count} s", { count: 0 });
  const [name, size] = units[first];
  const next = units[first + 1];
  const count = Math.floor(seconds / size);
  const rest = next ? Math.floor((seconds - count * size) / next[1]) : 0;
  const whole = t(name, { count });
  return rest && next && count < 10 && size > 60 ? `${whole} ${t(next[0], { count: rest })}` : whole;
}

export const TICKS = 100; // USER_HZ: clock ticks a second in /proc, on every architecture of today

/**
 * When a process started, in milliseconds since 1970; null where the boot is not known.
 * @param {{start_ticks: number}} process
 * @param {{host: {booted_at?: string|null}}} state
 */
export function startOf({ start_ticks }, { host }) {
  return host.booted_at ? Date.parse(host.booted_at) + (start_ticks * 1000) / TICKS : null;
}

/**
 * How long a process had run at the moment of a state, in seconds; null where the boot is not known.
 * @param {{start_ticks: number}} process
 * @param {{taken_at: string, host: {booted_at?: string|null}}} state
 */
export function ageOf(process, state) {
  const start = startOf(process, state);
  return start === null ? null : Math.max(0, Math.round((Date.parse(state.taken_at) - start) / 1000));
}

/** Seconds of "90s", "5m", "2h" or "3d"; null: it is no length of time. @param {string} text */
export function parseLength(text) {
  const units = /** @type {Record<string, number>} */ ({ s: 1, m: 60, h: 3600, d: 86400, w: 604800 });
  const found = /^(\d+(?:\.\d+)?)([smhdw]?)$/i.exec(text);
  return found ? Number(found[1]) * units[found[2].toLowerCase() || "s"] : null;
}

/** "02:10–02:40". @param {number} from @param {number} to @param {string} zone */
export function saySpan(from, to, zone) {
  const far = sayDay(from, zone) !== sayDay(to, zone);
  const short = (/** @type {number} */ at) =>
    `${far ? `${sayDay(at, zone).slice(5)} ` : ""}${sayClock(at, zone).slice(0, 5)}`;
  return `${short(from)}–${short(to)}`;
}
