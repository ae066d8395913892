/** The span of history that the timeline shows, and what the server answers about it. No elements. */

import { clampSpan, firstSpan, reachSpan } from "../model/time-scale.js";
import { mark } from "../base/i18n.js";
import { sayEntry } from "../model/feed.js";

/**
 * @typedef {import("../model/time-scale.js").Span} Span
 * @typedef {import("../model/time-scale.js").Timeline} Timeline
 * @typedef {import("../model/time-scale.js").TimelineEvent} TimelineEvent
 * @typedef {import("../model/time-scale.js").TimelineMark} TimelineMark
 * @typedef {import("../model/feed.js").Entry} Entry
 * @typedef {import("../net/api.js").Api} Api
 *
 * @typedef {object} Surroundings
 * @property {() => boolean} ticking  whether messages about the host come now, so that time goes on
 * @property {() => number|null} shownAt  the moment of the past that the page shows, in milliseconds
 * @property {() => void} onChange
 */

const REFRESH_MS = 3000;
/** What is read from the feed: the timeline has the events of containers. */
const READ_KINDS = ["exec", "sharing-began", "sharing-ended", "namespace-joined", "gap-began", "gap-ended"];
const MAX_ENTRIES = 400;
const HOUR = 3600_000;
const MEANS_MS = 300_000; // history has a mean for so long
const POINTS = 200;

/** The spans that a reader chooses by a button: key, label and length. */
export const PRESETS = /** @type {const} */ ([
  ["1h", mark("1 h"), HOUR],
  ["24h", mark("24 h"), 24 * HOUR],
  ["7d", mark("7 d"), 168 * HOUR],
  ["all", mark("All"), Infinity],
]);

export class TimelineWindow {
  /** The timeline as the server answered it; null before the first answer. @type {Timeline|null} */
  timeline = null;
  /** All of history. @type {Span} */
  all = { from: Date.now() - HOUR, to: Date.now() };
  /** What is shown of it. @type {Span} */
  span = this.all;
  /** The preset that the span was chosen by; empty: none. @type {string} */
  preset = "24h";
  /** The newest boot and bookmark. @type {{boot: TimelineEvent|null, mark: TimelineMark|null}} */
  latest = { boot: null, mark: null };
  /** How wide the timeline is drawn, in pixels. */
  width = 1;
  /** @type {Api|null} */
  #api = null;
  /** Feed entries of the span, as events. @type {TimelineEvent[]} */
  #entries = [];
  /** The span whose feed entries were read. */
  #entriesOf = "";
  /** @type {any} */
  #timer = null;
  /** Means of what the host used in the span. @type {import("../model/time-scale.js").VitalsPoint[]} */
  #vitals = [];
  /** The span whose means were read, and when. */
  #vitalsOf = { name: "", at: 0 };
  #loadedAt = 0;

  /** @param {Surroundings} surroundings */
  constructor({ ticking, shownAt, onChange }) {
    this.ticking = ticking;
    this.shownAt = shownAt;
    this.onChange = onChange;
  }

  /** The timeline with the feed entries of its span among the events. @return {Timeline|null} */
  get complete() {
    if (!this.timeline) return null;
    return { ...this.timeline, events: [...this.timeline.events, ...this.#entries], vitals: this.#vitals };
  }

  /** The earliest moment that can be asked for, in milliseconds. */
  get start() {
    return this.all.from + 1;
  }

  /** The moment of the newest scan that the timeline knows of, in milliseconds: after it nothing differs from now. */
  get end() {
    return Date.parse(this.timeline?.last_at ?? "") || Infinity;
  }

  /** Read the history of another host. @param {Api} api */
  follow(api) {
    this.#api = api;
    this.timeline = null;
    [this.#entries, this.#entriesOf] = [[], ""];
    [this.#vitals, this.#vitalsOf] = [[], { name: "", at: 0 }];
    this.latest = { boot: null, mark: null };
    this.preset = "24h";
  }

  /** @param {Span} next @param {string} [preset] */
  show(next, preset = "") {
    this.span = clampSpan(next, this.all);
    this.preset = preset;
    this.onChange();
    this.loadSoon(120);
  }

  /** Show a preset: around the moment that the page shows, or up to now. @param {string} key */
  choose(key) {
    const { all } = this;
    const length = PRESETS.find(([name]) => name === key)?.[2] ?? Infinity;
    if (length === Infinity) return this.show(all, key);
    const at = this.shownAt();
    const end = at === null ? all.to : Math.min(all.to, at + length / 2);
    this.show({ from: end - length, to: end }, key);
  }

  /** Move the span so that it contains the moment that the page shows. */
  reach() {
    const at = this.shownAt();
    if (!this.timeline || at === null) return;
    const next = reachSpan(this.span, at, this.all);
    if (next !== this.span) this.show(next);
  }

  /** Time goes on. */
  tick() {
    if (!this.timeline) return;
    this.#measure();
    this.onChange();
  }

  /** The live state changed: read the timeline again, though not more often than every few seconds. */
  refresh() {
    this.loadSoon(Math.max(200, REFRESH_MS - (Date.now() - this.#loadedAt)));
  }

  /** The server sent entries of the feed. @param {Entry[]} entries */
  add(entries) {
    const fresh = entries.filter((entry) => !entry.noise && READ_KINDS.includes(entry.kind)).map(eventOf);
    if (!fresh.length) return;
    this.#entries = [...this.#entries, ...fresh].slice(-MAX_ENTRIES);
    this.onChange();
  }

  /** @param {number} ms */
  loadSoon(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), ms);
  }

  async #load() {
    const api = this.#api;
    if (!api) return;
    this.#loadedAt = Date.now();
    try {
      const buckets = Math.max(60, Math.min(400, Math.round(this.width / 5)));
      const answer = await api.timeline(this.timeline === null ? null : this.span, buckets);
      if (api !== this.#api) return;
      this.#take(answer, api);
    } catch {
      // The status of the connection says that the server is away; the next change asks again.
    }
    this.onChange();
  }

  /** @param {Timeline} answer @param {Api} api */
  #take(answer, api) {
    const first = this.timeline === null;
    this.timeline = answer;
    void this.#readEntries(api, answer);
    void this.#readVitals(api, answer);
    this.#noteLatest(answer);
    this.#measure();
    if (first) this.#showFirst();
    this.reach();
  }

  /** @param {Timeline} answer */
  #noteLatest({ events, marks }) {
    const { latest } = this;
    for (const event of events) if (event.kind === "boot" && event.seq >= (latest.boot?.seq ?? 0)) latest.boot = event;
    latest.mark = marks.reduce((newest, one) => (one.seq >= (newest?.seq ?? 0) ? one : newest), latest.mark);
  }

  /** The first answer covers all of history: show its end, and read that in detail. */
  #showFirst() {
    this.span = firstSpan(this.all);
    if (this.span.from > this.all.from) this.loadSoon(0);
    else this.preset = "all";
  }

  /** Read the feed's entries of a span once; later ones are sent live. @param {Api} api @param {Timeline} answer */
  async #readEntries(api, answer) {
    const { span, all } = this;
    const length = span.to - span.from;
    const live = span.to >= all.to - 1000;
    const name = live
      ? `live ${Math.round(length / 60_000)}`
      : `${Math.round(span.from / 1000)} ${Math.round(length / 1000)}`;
    if (name === this.#entriesOf) return;
    this.#entriesOf = name;
    const kinds = READ_KINDS.map((kind) => ["kind", kind]);
    const until = Date.parse(answer.to) < this.end ? [["to", answer.to]] : [];
    const asked = [["from", answer.from], ...until, ["limit", "200"], ...kinds];
    const { entries } = await api.events(/** @type {[string, string][]} */ (asked)).catch(() => ({ entries: [] }));
    if (api !== this.#api) return;
    this.#entries = entries.filter((entry) => !entry.noise).map(eventOf);
    this.onChange();
  }

  /** Read the means of a span; again where they may have grown. @param {Api} api @param {Timeline} answer */
  async #readVitals(api, answer) {
    const now = Date.now();
    const name = `${Math.round(this.span.from / MEANS_MS)} ${Math.round(this.span.to / MEANS_MS)}`;
    if (name === this.#vitalsOf.name && now - this.#vitalsOf.at < MEANS_MS / 5) return;
    this.#vitalsOf = { name, at: now };
    const { points } = await api.vitals(answer.from, answer.to, POINTS).catch(() => ({ points: [] }));
    if (api !== this.#api) return;
    this.#vitals = points;
    this.onChange();
  }

  /** Find how far history reaches. While messages about the host come, it reaches until now. */
  #measure() {
    const { timeline, span } = this;
    if (!timeline?.first_at || !timeline.last_at) return;
    const following = span.to >= this.all.to - 1000;
    const length = span.to - span.from;
    const last = Date.parse(timeline.last_at);
    const end = this.ticking() ? Math.max(last, Date.now()) : last;
    const from = Date.parse(timeline.first_at);
    const margin = Math.max(1000, Math.min(length || end - from, end - from) * 0.012);
    this.all = { from, to: end + margin };
    if (this.preset === "all") this.span = this.all;
    else if (following) this.span = clampSpan({ from: this.all.to - length, to: this.all.to }, this.all);
  }
}

/** A feed entry as the timeline draws it. @param {Entry} entry @return {TimelineEvent} */
function eventOf(entry) {
  const { at, seq, kind, name } = entry;
  return { at, seq, kind, id: entry.container ?? "", name, text: sayEntry(entry) };
}
