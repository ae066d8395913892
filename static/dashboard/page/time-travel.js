/** Time travel: the page is live, at one moment of the past, or compares two. No elements. */

import { createMomentLoader, isSame } from "../net/moment-loader.js";
import { Playback } from "./playback.js";
import { sayAbsence } from "../base/time-text.js";
import { Scrubber } from "./scrubber.js";
import { stateFrom } from "../model/store.js";
import { t } from "../base/i18n.js";
import { TimelineWindow } from "./timeline-window.js";
import { zoneOf } from "../base/times.js";

/**
 * @typedef {import("../net/moment-loader.js").Where} Where
 * @typedef {import("../net/moment-loader.js").Arrival} Arrival
 * @typedef {import("../net/api.js").Api} Api
 * @typedef {import("../net/api.js").Moment} Moment
 *
 * @typedef {object} Surroundings
 * @property {(arrival: Arrival) => void} onArrive
 * @property {(where: Where, push: boolean) => void} onWhere  for the address
 * @property {(text: string) => void} say
 * @property {() => number} liveSeq  of the state that live is at
 * @property {() => boolean} ticking  whether messages about the host come now, so that time goes on
 * @property {() => number} speed  of playback, in steps per second
 */

const EPOCH_MS = 1e11; // a larger number is a time in milliseconds, a smaller one is the number of a snapshot

export class TimeTravel {
  zone = zoneOf();
  /** @type {Api|null} */
  api = null;
  /** What lies before and after the moment that is shown; null until it is read. @type {Moment|null} */
  moment = null;
  /** The snapshot that was chosen as A, while B is still to be chosen. @type {number|null} */
  marked = null;
  /** Why the text that was typed is no moment; empty: it is one. */
  problem = "";
  /** @type {Arrival|null} */
  #arrived = null;
  /** @type {ReturnType<typeof createMomentLoader>|null} */
  #loader = null;
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
    this.say = surroundings.say;
    this.playback = new Playback(this, surroundings.speed);
    this.scrubber = new Scrubber(this);
    this.window = new TimelineWindow({
      ticking: surroundings.ticking,
      shownAt: () => this.shownAt(),
      onChange: () => this.changed(),
    });
  }

  /** @return {Where} */
  get where() {
    return this.#loader?.here ?? { mode: "live" };
  }

  /** The newest boot and bookmark. */
  get latest() {
    return this.window.latest;
  }

  /** The absence of the agent that the shown moment lies in. */
  get away() {
    return this.moment?.away ?? null;
  }

  /** The moment that the page shows, in milliseconds; null when live, or when two are compared. */
  shownAt() {
    const state = this.#arrived?.where.mode === "past" ? this.#arrived.states[0] : undefined;
    return state ? Date.parse(state.taken_at) : null;
  }

  /** The two moments that are compared. @return {[number, number]|null} */
  between() {
    if (this.#arrived?.where.mode !== "compare") return null;
    const [before, after] = this.#arrived.states;
    return [Date.parse(before.taken_at), Date.parse(after.taken_at)];
  }

  /** The number of the snapshot that the page shows. */
  seqHere() {
    const { where } = this;
    if (where.mode === "past") return where.seq;
    return where.mode === "compare" ? where.to : this.surroundings.liveSeq();
  }

  /** @param {() => void} run  called when anything of this changed */
  listen(run) {
    this.#listeners.push(run);
  }

  changed() {
    for (const run of this.#listeners) run();
  }

  /** @param {unknown} error */
  sayError(error) {
    this.say(textOf(error));
  }

  /** @param {Where} where @param {boolean} [push]  whether “back” should undo it */
  go(where, push = true) {
    if (!this.#loader) return;
    if (where.mode !== "past") this.playback.pause();
    if (isSame(where, this.where) && (where.mode === "live" || this.#arrived)) return;
    this.#loader.go(where);
    this.surroundings.onWhere(where, push);
    this.changed();
  }

  /** The address names another moment. @param {Where} where */
  obey(where) {
    if (!this.#loader || isSame(where, this.where)) return;
    this.playback.pause();
    this.#loader.go(where);
    this.changed();
  }

  /**
   * Another host: forget what was known about the last one.
   * @param {Api} api
   * @param {{pause: () => void, resume: () => void}} connection
   * @param {Where} where
   */
  follow(api, connection, where) {
    this.playback.pause();
    this.scrubber.forget();
    [this.api, this.#arrived, this.moment, this.marked] = [api, null, null, null];
    this.window.follow(api);
    this.#loader = this.#loaderFor(api, connection);
    if (where.mode !== "live") this.#loader.go(where);
    this.changed();
    this.window.loadSoon(0);
  }

  /** @param {Api} api @param {{pause: () => void, resume: () => void}} connection */
  #loaderFor(api, connection) {
    return createMomentLoader({
      connection,
      fetchState: async (asked) => {
        const { whole, seq } = await api.state(asked);
        return stateFrom(whole, seq);
      },
      onArrive: (arrival) => this.#arrive(arrival),
      onFail: (error) => {
        this.playback.pause();
        this.sayError(error);
      },
    });
  }

  /** @param {Arrival} arrival */
  #arrive(arrival) {
    this.#arrived = arrival;
    this.moment = null;
    this.surroundings.onArrive(arrival);
    this.window.reach();
    this.changed();
    if (arrival.where.mode === "past") void this.readMoment(arrival.where.seq);
    else if (arrival.where.mode === "live") this.window.loadSoon(0);
  }

  /** Read what lies before and after a snapshot, and whether the agent was away. @param {number} seq */
  async readMoment(seq) {
    const found = await this.api?.moment(seq, this.zone).catch(() => null);
    const here = this.#arrived?.where;
    if (!found || here?.mode !== "past" || here.seq !== seq) return;
    this.moment = found;
    this.playback.schedule();
  }

  /** Show the change before or after. @param {1|-1} way */
  async step(way) {
    const { api, where } = this;
    if (!api) return;
    this.playback.pause();
    try {
      const seq = this.seqHere();
      const known = where.mode === "past" && this.moment?.seq === seq ? this.moment : null;
      const found = known ?? (await api.moment(seq, this.zone));
      const next = way < 0 ? found.previous : found.next;
      if (next !== null) this.go({ mode: "past", seq: next });
      else this.say(endText(way, where));
    } catch (error) {
      this.sayError(error);
    }
  }

  /**
   * Show the moment that a text names, or compare the two of `03:10..now`.
   * @param {string} text
   * @param {boolean} [playing]  it is where playback starts
   */
  async jumpTo(text, playing = false) {
    this.#setProblem("");
    const [first, last] = text.split("..");
    if (!this.api || !text.trim()) return;
    try {
      if (first.trim() && last?.trim()) return await this.#compareNamed(first.trim(), last.trim());
      const found = await this.api.moment(text.trim(), this.zone);
      if (!playing) this.playback.pause();
      if (isSame({ mode: "past", seq: found.seq }, this.where)) void this.readMoment(found.seq);
      this.go({ mode: "past", seq: found.seq });
      if (!playing && found.away) this.say(sayAbsence(found.away, this.zone));
    } catch (error) {
      this.playback.pause();
      this.#setProblem(textOf(error));
    }
  }

  /** @param {string} from @param {string} to both as a person says a moment */
  async #compareNamed(from, to) {
    const api = /** @type {Api} */ (this.api);
    const [a, b] = await Promise.all([api.moment(from, this.zone), api.moment(to, this.zone)]);
    this.playback.pause();
    if (a.seq === b.seq) return this.say(t("Nothing changed between these two."));
    this.go({ mode: "compare", from: Math.min(a.seq, b.seq), to: Math.max(a.seq, b.seq) });
  }

  /** @param {string} problem */
  #setProblem(problem) {
    this.problem = problem;
    this.changed();
  }

  /**
   * Ask which snapshot holds. A time before history began is its beginning; one after its newest scan is now, whatever
   * the browser's clock says.
   * @param {number} at  the number of a snapshot, or milliseconds
   */
  async ask(at) {
    const api = /** @type {Api} */ (this.api);
    if (at > this.window.end) return api.moment("now", this.zone);
    const named = at > EPOCH_MS ? new Date(Math.max(at, this.window.start)).toISOString() : at;
    return api.moment(named, this.zone);
  }

  /** Compare two. @param {number} from  the number of a snapshot, or milliseconds @param {number} to */
  async compareMoments(from, to) {
    if (!this.api) return;
    try {
      const [a, b] = await Promise.all([this.ask(from), this.ask(to)]);
      if (a.seq === b.seq) return this.say(t("Nothing changed between these two."));
      this.go({ mode: "compare", from: Math.min(a.seq, b.seq), to: Math.max(a.seq, b.seq) });
    } catch (error) {
      this.sayError(error);
    }
  }

  /** Choose the snapshot that is shown as A; B is chosen later. */
  markHere() {
    this.marked = this.seqHere();
    this.say(t("A is set here. Go to another moment and choose “Set B here”."));
  }

  compareWithMarked() {
    if (this.marked !== null) void this.compareMoments(this.marked, this.seqHere());
  }

  /** The first and the last snapshot of the timeline's span. */
  async seqsOfSpan() {
    if (!this.api) return null;
    const { span } = this.window;
    const [first, last] = await Promise.all([this.ask(span.from), this.ask(Math.min(span.to, Date.now()))]);
    return { from: first.seq, to: last.seq };
  }

  /** The live state changed. */
  followLive() {
    if (this.#loader?.here.mode === "live") this.window.refresh();
  }

  /** Bookmarks were made or changed. */
  reload() {
    this.window.loadSoon(0);
  }
}

/** Why there is no further change. @param {1|-1} way @param {Where} where */
function endText(way, where) {
  if (way < 0) return t("Nothing older is kept.");
  return where.mode === "live" ? t("This is live. There is nothing later.") : t("That was the last change.");
}

/** @param {unknown} error */
const textOf = (error) => (error instanceof Error ? error.message : String(error));
