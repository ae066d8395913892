/** How old the state is that the page shows, and whether the agent of its host reports. Pure. */

/**
 * @typedef {object} Standing
 * @property {number} heldAt  the last moment at which the newest state held, in milliseconds of the page’s clock
 * @property {number} heardAt  when the agent last reported
 * @property {number} waiting  frames that the agent has still to deliver
 */

const LIVE = 2; // a state that held so many intervals ago is still called live
const MISSED = 3; // an agent that did not report for so many intervals is silent
const PATIENCE_S = 2; // for the way from the host to the page

/** @param {number} heldAt @param {number} now both in milliseconds @param {number} interval seconds between scans */
export function isLive(heldAt, now, interval) {
  return (now - heldAt) / 1000 <= interval * LIVE + PATIENCE_S;
}

/** @param {number} heardAt @param {number} now both in milliseconds @param {number} interval seconds between scans */
export function isSilent(heardAt, now, interval) {
  return (now - heardAt) / 1000 > interval * MISSED + PATIENCE_S;
}

/** The standing of a host before anything came over its websocket. @param {import("./types.js").HostRow} [row] */
export function standingOf(row) {
  const now = Date.now();
  if (!row) return { heldAt: now, heardAt: now, waiting: 0 };
  return {
    heldAt: row.stale ? Date.parse(row.seen_at) : now,
    heardAt: row.away ? Date.parse(row.heard_at) : now,
    waiting: row.waiting ?? 0,
  };
}

/**
 * The standing that a message tells.
 * @param {{age_ms?: number, waiting?: number}} message
 * @param {Standing} before
 * @param {boolean} away  the list of hosts says that the agent is away
 * @return {Standing}
 */
export function standingAfter({ age_ms = 0, waiting = 0 }, before, away) {
  const now = Date.now();
  const heldAt = now - age_ms;
  return { heldAt, heardAt: away && heldAt <= before.heldAt ? before.heardAt : now, waiting };
}
