/** The arithmetic of the timeline: scale, zoom, ticks, nearest steps. Pure. */

import { push } from "../base/lists.js";
import { tag } from "../base/i18n.js";

/**
 * @typedef {{from: number, to: number}} Span  milliseconds
 * @typedef {{at: string, seq: number, added: number, changed: number, removed: number}} Bucket
 * @typedef {{at: string, seq: number, kind: string, id: string, name: string, text?: string}} TimelineEvent `text`: the
 *   whole sentence
 * @typedef {{id: number, seq: number, at: string, name: string, note: string, pinned: boolean}} TimelineMark
 *
 * @typedef {{at: string, until: string, host: {cpu?: number}|null}} VitalsPoint  means; `cpu`: percent of all cores
 *
 * @typedef {object} Timeline  as `GET …/timeline` answers
 * @property {string} from
 * @property {string} to
 * @property {string|null} first_at
 * @property {string|null} last_at
 * @property {number} bucket_s
 * @property {Bucket[]} buckets
 * @property {TimelineEvent[]} events
 * @property {number} [events_left_out]
 * @property {number} [thinned]  states that the agent left out, to catch up with a server that was behind
 * @property {{from: string, to: string}[]} gaps
 * @property {TimelineMark[]} marks
 * @property {VitalsPoint[]} [vitals]  of another request: what the host used
 */

const SHORTEST_MS = 10_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  84 * DAY,
  364 * DAY,
];

/** @param {Span} span @param {number} width pixels */
export function createScale({ from, to }, width) {
  const length = Math.max(1, to - from);
  return {
    /** @param {number} at */
    x: (at) => ((at - from) / length) * width,
    /** @param {number} x */
    at: (x) => from + (x / Math.max(1, width)) * length,
  };
}

/**
 * A span that is no shorter than ten seconds, no longer than everything, and inside it.
 * @param {Span} span
 * @param {Span} all
 * @return {Span}
 */
export function clampSpan({ from, to }, all) {
  const most = Math.max(SHORTEST_MS, all.to - all.from);
  const length = Math.min(most, Math.max(SHORTEST_MS, to - from));
  const middle = (from + to) / 2;
  const start = Math.min(Math.max(all.from, middle - length / 2), Math.max(all.from, all.to - length));
  return { from: start, to: start + length };
}

/**
 * Zoom around a moment that stays where it is.
 * @param {Span} span
 * @param {number} at
 * @param {number} factor above 1 shows less
 * @param {Span} all
 */
export function zoomSpan(span, at, factor, all) {
  const length = Math.min(
    Math.max(SHORTEST_MS, all.to - all.from),
    Math.max(SHORTEST_MS, (span.to - span.from) / factor),
  );
  const share = (at - span.from) / Math.max(1, span.to - span.from);
  return clampSpan({ from: at - length * share, to: at + length * (1 - share) }, all);
}

/** @param {Span} span @param {number} by milliseconds @param {Span} all */
export function panSpan(span, by, all) {
  return clampSpan({ from: span.from + by, to: span.to + by }, all);
}

/**
 * A span of the same length that contains a moment; the same span if it contains it already.
 * @param {Span} span
 * @param {number} at
 * @param {Span} all
 * @return {Span}
 */
export function reachSpan(span, at, all) {
  if (at >= span.from && at <= span.to) return span;
  const half = (span.to - span.from) / 2;
  return clampSpan({ from: at - half, to: at + half }, all);
}

/**
 * Round moments of the reader's clock, at least `distance` pixels apart.
 * @param {Span} span
 * @param {number} width
 * @param {(at: number) => number} offset milliseconds the zone is ahead of UTC
 * @param {number} [distance]
 */
export function ticksOf(span, width, offset, distance = 108) {
  const least = ((span.to - span.from) / Math.max(1, width)) * distance;
  const step = STEPS.find((one) => one >= least) ?? STEPS[STEPS.length - 1];
  const ahead = offset(span.from);
  const ticks = [];
  for (let at = Math.ceil((span.from + ahead) / step) * step - ahead; at <= span.to; at += step) ticks.push(at);
  return { step, ticks };
}

/**
 * The label of a tick: seconds, minutes or days, depending on its step.
 * @param {number} at
 * @param {number} step
 * @param {string} zone
 */
export function sayTick(at, step, zone) {
  const date = new Date(at);
  if (step >= DAY) return date.toLocaleDateString(dayTag(), { timeZone: zone, day: "numeric", month: "short" });
  const clock = date.toLocaleTimeString("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    second: step < MINUTE ? "2-digit" : undefined,
    hourCycle: "h23",
  });
  return clock === "00:00"
    ? date.toLocaleDateString(dayTag(), { timeZone: zone, day: "numeric", month: "short" })
    : clock;
}

/** Days in the British order in English: "24 Nov". */
const dayTag = () => (tag() === "en" ? "en-GB" : tag());

/** How far a zone is ahead of UTC at a moment. @param {number} at @param {string} zone */
export function offsetOf(at, zone) {
  const whole = Math.floor(at / SECOND) * SECOND;
  const said = new Date(whole).toLocaleString("sv-SE", { timeZone: zone, hourCycle: "h23" });
  return Date.parse(`${said.replace(" ", "T")}Z`) - whole;
}

/** @param {Bucket} bucket */
export const changesIn = (bucket) => bucket.added + bucket.changed + bucket.removed;

/**
 * Bars with a share of the height: the square root of the counts, so that one busy moment does not flatten all others.
 * @param {Bucket[]} buckets
 */
export function barsOf(buckets) {
  const most = Math.max(1, ...buckets.map(changesIn));
  return buckets.map((bucket) => ({ bucket, at: Date.parse(bucket.at), share: Math.sqrt(changesIn(bucket) / most) }));
}

/**
 * The last snapshot in or before the bucket of a moment; the first one where there is none before.
 * @param {Bucket[]} buckets
 * @param {number} at
 * @return {number|null}
 */
export function nearestSeq(buckets, at) {
  let found = null;
  for (const bucket of buckets) {
    if (Date.parse(bucket.at) > at) break;
    found = bucket.seq;
  }
  return found ?? buckets[0]?.seq ?? null;
}

/** Kinds of events, the gravest first: one mark stands for all events of its place. @type {readonly string[]} */
export const GRAVITY = [
  "boot",
  "container-stopped",
  "container-restarted",
  "gap-began",
  "sharing-began",
  "namespace-joined",
  "container-removed",
  "container-started",
  "sharing-ended",
  "gap-ended",
  "exec",
];

/**
 * @typedef {object} EventBin  the events of some pixels
 * @property {string} kind  the gravest of them
 * @property {number} x  the last event of that kind, moved so that marks of neighbours do not touch
 * @property {number} seq  of that event
 * @property {TimelineEvent[]} events  oldest first
 */

const MARK = 8; // half of a mark, in pixels

/**
 * One mark for all events of some pixels. The bins stand still in time, so that marks do not jump while time goes on.
 * @param {TimelineEvent[]} events
 * @param {(at: number) => number} x  linear
 * @param {number} [wide]  pixels of a bin
 * @return {EventBin[]}
 */
export function binEvents(events, x, wide = 28) {
  const [origin, pixels] = [x(0), (x(1e9) - x(0)) / 1e9];
  /** @type {Map<number, TimelineEvent[]>} */
  const bins = new Map();
  for (const event of [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)))
    push(bins, Math.floor((Date.parse(event.at) * pixels) / wide), event);
  return [...bins].map(([index, inside]) => {
    const kind = gravest(inside);
    const head = inside.filter((event) => event.kind === kind).at(-1) ?? inside[0];
    const left = origin + index * wide;
    const place = Math.min(left + wide - MARK, Math.max(left + MARK, x(Date.parse(head.at))));
    return { kind, x: place, seq: head.seq, events: inside };
  });
}

/** @param {TimelineEvent[]} events */
function gravest(events) {
  const rank = (/** @type {string} */ kind) => (GRAVITY.indexOf(kind) + GRAVITY.length + 1) % (GRAVITY.length + 1);
  return events.map(({ kind }) => kind).sort((a, b) => rank(a) - rank(b))[0];
}

/** The span to begin with: the last day, or everything where that is less. @param {Span} all @return {Span} */
export function firstSpan(all) {
  return clampSpan({ from: Math.max(all.from, all.to - DAY), to: all.to }, all);
}
