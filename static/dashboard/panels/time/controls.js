/** The reader's way through time: the strip, the buttons beside it, playing, jumping, and what each of them asks of the server. */

import { sayEntry } from "../../model/feed.js";
import { clampSpan, firstSpan, reachSpan } from "../../model/time-scale.js";
import { createStrip, sayLeftOut } from "./strip.js";
import { createTravel, isSame } from "../../net/moment-loader.js";
import { stateFrom } from "../../model/store.js";
import { fill, h } from "../../base/dom.js";
import { sayAgo, sayMoment, saySpan, zoneOf } from "../../base/times.js";
import { mark, t } from "../../base/i18n.js";

/**
 * @typedef {import("../../net/moment-loader.js").Where} Where
 * @typedef {import("../../net/moment-loader.js").Arrival} Arrival
 * @typedef {import("../../model/time-scale.js").Span} Span
 * @typedef {import("../../net/api.js").Api} Api
 *
 * @typedef {object} Parts  what of the page it has
 * @property {SVGElement} strip
 * @property {HTMLElement} section
 * @property {HTMLElement} clock
 * @property {HTMLElement} play
 * @property {HTMLSelectElement} speed
 * @property {HTMLInputElement} jump
 * @property {HTMLElement} problem
 * @property {HTMLElement} presets
 * @property {HTMLElement} left
 *
 * @typedef {object} JourneyHandlers
 * @property {(arrival: Arrival) => void} onArrive
 * @property {(where: Where, push: boolean) => void} onWhere  for the address
 * @property {(text: string) => void} say
 * @property {() => number} liveSeq  of the state that live is at
 * @property {() => boolean} ticking  whether the host is heard of now, so that its time goes on
 */

const AGAIN_MS = 3000;
const TOLD = ["exec", "sharing-began", "sharing-ended", "namespace-joined"]; // beside what containers did
const MOST_TOLD = 400;
const HOUR = 3600_000;
const PRESETS = /** @type {const} */ ([
  ["1h", mark("1 h"), HOUR],
  ["24h", mark("24 h"), 24 * HOUR],
  ["7d", mark("7 d"), 168 * HOUR],
  ["all", mark("All"), Infinity],
]);

/** @typedef {ReturnType<typeof createJourney>} Journey */

/** @param {Parts} parts @param {JourneyHandlers} handlers */
export function createJourney(parts, handlers) {
  const zone = zoneOf();
  /** @type {Api|null} */
  let api = null;
  /** @type {ReturnType<typeof createTravel>|null} */
  let travel = null;
  /** @type {import("../../model/time-scale.js").Timeline|null} */
  let timeline = null;
  /** @type {Span} */
  let all = { from: Date.now() - HOUR, to: Date.now() };
  /** @type {Span} */
  let span = all;
  let preset = "24h";
  /** @type {Arrival|null} */
  let arrived = null;
  /** @type {import("../../net/api.js").Moment|null} */
  let moment = null;
  /** The newest boot and mark that were seen. @type {{boot: import("../../model/time-scale.js").TimelineEvent|null, mark: import("../../model/time-scale.js").TimelineMark|null}} */
  let latest = { boot: null, mark: null };
  /** @type {number|null} */
  let marked = null; // A, while B is still to be chosen
  let playing = false;
  /** @type {any} */
  let timer = null;
  /** @type {any} */
  let loading = null;
  let loadedAt = 0;
  /** What else happened in the stretch that is looked at: see TOLD. @type {import("../../model/time-scale.js").TimelineEvent[]} */
  let told = [];
  let toldOf = ""; // for which stretch
  let steppedAt = 0; // when playing took its last step
  /** @type {number|null} */
  let scrubbed = null;
  let asking = false;

  const strip = createStrip(parts.strip, {
    onScrub: scrub,
    onSeq: (seq) => go({ mode: "past", seq }),
    onRange: (from, to) => void compareMoments(from, to),
    onSpan: (next) => look(next, ""),
    onKey,
  });
  fill(
    parts.presets,
    PRESETS.map(([key, label]) =>
      h("button", { type: "button", "data-span": key, "aria-pressed": "false", click: () => choose(key) }, t(label)),
    ),
  );

  /* ---- what stretch is looked at ---- */

  /** @param {Span} next @param {string} name */
  function look(next, name) {
    span = clampSpan(next, all);
    preset = name;
    draw();
    loadSoon(120);
  }

  /** @param {string} key */
  function choose(key) {
    const length = PRESETS.find(([name]) => name === key)?.[2] ?? Infinity;
    const end =
      arrived && arrived.where.mode !== "live" ? Math.min(all.to, (whenShown() ?? all.to) + length / 2) : all.to;
    look(length === Infinity ? all : { from: end - length, to: end }, key);
  }

  /** @param {number} ms */
  function loadSoon(ms) {
    clearTimeout(loading);
    loading = setTimeout(load, ms);
  }

  async function load() {
    const mine = api;
    if (!mine) return;
    loadedAt = Date.now();
    try {
      const first = timeline === null;
      const found = await mine.timeline(first ? null : span, Math.max(60, Math.min(400, Math.round(strip.width / 5))));
      if (mine !== api) return;
      timeline = found;
      void tellOf(mine, found);
      for (const event of found.events)
        if (event.kind === "boot" && event.seq >= (latest.boot?.seq ?? 0)) latest.boot = event;
      latest.mark = found.marks.reduce((newest, mark) => (mark.seq >= (newest?.seq ?? 0) ? mark : newest), latest.mark);
      measure();
      if (first) {
        span = firstSpan(all);
        if (span.from > all.from) loadSoon(0);
        else preset = "all";
      }
      reach();
    } catch {
      // The line mark says that the server is away; the next change asks again.
    }
    draw();
  }

  /** Read what else happened, where another stretch is looked at; what comes live is heard. @param {Api} mine @param {import("../../model/time-scale.js").Timeline} found */
  async function tellOf(mine, found) {
    const stretch = `${Math.round(span.from / 1000)} ${Math.round((span.to - span.from) / 1000)}`;
    const looked = span.to >= all.to - 1000 ? `live ${Math.round((span.to - span.from) / 60_000)}` : stretch;
    if (looked === toldOf) return;
    toldOf = looked;
    const asked = [["from", found.from], ["to", found.to], ["limit", "200"], ...TOLD.map((kind) => ["kind", kind])];
    const { entries } = await mine.events(/** @type {[string, string][]} */ (asked)).catch(() => ({ entries: [] }));
    if (mine !== api) return;
    told = entries.filter((entry) => !entry.noise).map(eventOf);
    draw();
  }

  /** How far history reaches; while the host is heard of, it goes on. */
  function measure() {
    if (!timeline?.first_at || !timeline.last_at) return;
    const following = span.to >= all.to - 1000;
    const last = Date.parse(timeline.last_at);
    const end = handlers.ticking() ? Math.max(last, Date.now()) : last;
    const from = Date.parse(timeline.first_at);
    const room = Math.max(1000, Math.min(span.to - span.from || end - from, end - from) * 0.012);
    const length = span.to - span.from;
    all = { from, to: end + room };
    if (preset === "all") span = all;
    else if (following) span = clampSpan({ from: all.to - length, to: all.to }, all);
  }

  function reach() {
    if (!timeline) return;
    const at = whenShown();
    const next = at === null ? span : reachSpan(span, at, all);
    if (next !== span) look(next, "");
  }

  /* ---- where the reader is ---- */

  /** The moment the page shows; null when live, or when two are compared. */
  function whenShown() {
    const state = arrived?.where.mode === "past" ? arrived.states[0] : undefined;
    return state ? Date.parse(state.taken_at) : null;
  }

  /** @return {[number, number]|null} */
  function between() {
    if (arrived?.where.mode !== "compare") return null;
    return [Date.parse(arrived.states[0].taken_at), Date.parse(arrived.states[1].taken_at)];
  }

  function draw() {
    const here = travel?.here ?? { mode: "live" };
    parts.section.hidden = api === null;
    strip.show({
      timeline: timeline && { ...timeline, events: [...timeline.events, ...told] },
      span,
      all,
      where: here,
      at: whenShown() ?? (here.mode === "live" ? null : all.to),
      between: between(),
      zone,
    });
    for (const button of parts.presets.children)
      button.setAttribute("aria-pressed", String(button.getAttribute("data-span") === preset));
    parts.play.setAttribute("aria-pressed", String(playing));
    parts.play.setAttribute("aria-label", playing ? t("Pause") : t("Play the changes"));
    parts.left.textContent = timeline ? sayLeftOut(timeline) : "";
    sayWhere();
  }

  function sayWhere() {
    const [at, ends] = [whenShown(), between()];
    if (ends)
      return fill(
        parts.clock,
        h(
          "strong",
          null,
          "A ",
          ...clockOf(sayMoment(ends[0], Date.now(), zone).local),
          " → B ",
          ...clockOf(sayMoment(ends[1], Date.now(), zone).local),
        ),
      );
    if (at === null && travel?.here.mode !== "live")
      return fill(parts.clock, h("span", { class: "muted" }, t("Reading…")));
    const ticking = handlers.ticking() || !timeline?.last_at;
    const words = sayMoment(at ?? (ticking ? Date.now() : Date.parse(timeline?.last_at ?? "")), Date.now(), zone);
    fill(
      parts.clock,
      at === null
        ? h("span", { class: ticking ? "live-word" : "live-word still" }, ticking ? t("Live") : t("Latest"))
        : null,
      h("strong", null, ...clockOf(words.local)),
      h("span", { class: "muted" }, words.utc),
    );
  }

  /** The day apart from the clock: a narrow page has room for one of them. @param {string} words */
  function clockOf(words) {
    const [day, clock] = words.includes(" ") ? words.split(" ") : ["", words];
    return [day ? h("span", { class: "clock-day" }, `${day} `) : null, clock];
  }

  /** @param {Where} where @param {boolean} [push] */
  function go(where, push = true) {
    if (!travel) return;
    if (where.mode !== "past") pause();
    if (isSame(where, travel.here) && (where.mode === "live" || arrived)) return;
    travel.go(where);
    handlers.onWhere(where, push);
    draw();
  }

  /** @param {Arrival} arrival */
  function arrive(arrival) {
    arrived = arrival;
    moment = null;
    handlers.onArrive(arrival);
    reach();
    draw();
    if (arrival.where.mode === "past") void place(arrival.where.seq);
    else if (arrival.where.mode === "live") loadSoon(0);
  }

  /** What lies before and after it, and whether the agent was away. @param {number} seq */
  async function place(seq) {
    const found = await api?.moment(seq, zone).catch(() => null);
    if (!found || arrived?.where.mode !== "past" || arrived.where.seq !== seq) return;
    moment = found;
    if (playing)
      timer = setTimeout(playOn, Math.max(0, 1000 / Number(parts.speed.value || 1) - (Date.now() - steppedAt)));
  }

  /* ---- scrub, step, play, jump ---- */

  /** The hand is faster than the server: one question at a time, the last one counts. @param {number} at @param {boolean} done */
  function scrub(at, done) {
    pause();
    scrubbed = at;
    if (!asking) void followHand();
    if (done) pushNext = true;
  }
  let pushNext = false;

  async function followHand() {
    asking = true;
    while (scrubbed !== null && api) {
      const at = scrubbed;
      try {
        const found = await api.moment(new Date(Math.max(at, all.from + 1)).toISOString(), zone);
        const last = scrubbed === at;
        if (last) scrubbed = null;
        go({ mode: "past", seq: found.seq }, last && pushNext);
        if (last && found.away)
          handlers.say(
            t("The agent was away {span}: this is what it saw last before.", {
              span: saySpan(Date.parse(found.away.from), Date.parse(found.away.to), zone),
            }),
          );
        if (last) pushNext = false;
      } catch (error) {
        if (scrubbed === at) scrubbed = null;
        tell(error);
      }
    }
    asking = false;
  }

  /** @param {unknown} error */
  function tell(error) {
    handlers.say(error instanceof Error ? error.message : String(error));
  }

  /** To the change before or after. @param {1|-1} way */
  async function step(way) {
    if (!travel || !api) return;
    pause();
    const here = travel.here;
    try {
      const seq = here.mode === "past" ? here.seq : here.mode === "compare" ? here.to : handlers.liveSeq();
      const found = here.mode === "past" && moment?.seq === seq ? moment : await api.moment(seq, zone);
      const next = way < 0 ? found.previous : found.next;
      if (next !== null) go({ mode: "past", seq: next });
      else
        handlers.say(
          way < 0
            ? t("Nothing older is kept.")
            : here.mode === "live"
              ? t("This is live: nothing is later.")
              : t("That was the last change."),
        );
    } catch (error) {
      tell(error);
    }
  }

  async function play() {
    if (playing) return pause();
    if (!travel) return;
    playing = true;
    if (travel.here.mode === "past") void playOn();
    else await jumpTo(new Date(Math.max(span.from, all.from + 1)).toISOString(), true);
    draw();
  }

  function playOn() {
    if (!playing) return;
    steppedAt = Date.now();
    if (moment?.next) go({ mode: "past", seq: moment.next }, false);
    else if (moment) {
      pause();
      handlers.say(t("That was the last change."));
    } else if (travel?.here.mode === "past") void place(travel.here.seq);
  }

  function pause() {
    playing = false;
    clearTimeout(timer);
    parts.play.setAttribute("aria-pressed", "false");
    parts.play.setAttribute("aria-label", t("Play the changes"));
  }

  /** @param {string} text @param {boolean} [quiet] */
  async function jumpTo(text, quiet = false) {
    parts.problem.textContent = "";
    if (!api || !text.trim()) return;
    try {
      const found = await api.moment(text.trim(), zone);
      if (!quiet) pause();
      if (isSame({ mode: "past", seq: found.seq }, travel?.here ?? { mode: "live" })) void place(found.seq);
      go({ mode: "past", seq: found.seq });
      parts.jump.classList.remove("wrong");
      if (!quiet && found.away)
        handlers.say(
          t("The agent was away {span}: this is what it saw last before.", {
            span: saySpan(Date.parse(found.away.from), Date.parse(found.away.to), zone),
          }),
        );
    } catch (error) {
      pause();
      parts.problem.textContent = error instanceof Error ? error.message : String(error);
      parts.jump.classList.add("wrong");
    }
  }

  /** Before history began is its beginning. @param {number} at the number of a snapshot, or milliseconds */
  async function ask(at) {
    return api?.moment(at > 1e11 ? new Date(Math.max(at, all.from + 1)).toISOString() : at, zone);
  }

  /** @param {number} from the number of a snapshot, or milliseconds @param {number} to */
  async function compareMoments(from, to) {
    if (!api) return;
    try {
      const [a, b] = await Promise.all([ask(from), ask(to)]);
      if (!a || !b) return;
      if (a.seq === b.seq) return handlers.say(t("Nothing changed between these two."));
      go({ mode: "compare", from: Math.min(a.seq, b.seq), to: Math.max(a.seq, b.seq) });
    } catch (error) {
      tell(error);
    }
  }

  /** The number of the snapshot that is looked at. */
  function seqHere() {
    const here = travel?.here;
    return here?.mode === "past" ? here.seq : here?.mode === "compare" ? here.to : handlers.liveSeq();
  }

  /** @param {string} key */
  function onKey(key) {
    const keys = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => void step(-1),
      ArrowRight: () => void step(1),
      Home: () => void jumpTo(new Date(all.from + 1).toISOString()),
      End: () => go({ mode: "live" }),
      " ": () => void play(),
      "+": () => strip.zoomBy(1.6),
      "-": () => strip.zoomBy(1 / 1.6),
    });
    if (!(key in keys)) return false;
    keys[key]();
    return true;
  }

  return {
    get api() {
      return api;
    },
    get where() {
      return travel?.here ?? /** @type {Where} */ ({ mode: "live" });
    },
    get zone() {
      return zone;
    },
    get latest() {
      return latest;
    },
    get away() {
      return moment?.away ?? null;
    },
    get marked() {
      return marked;
    },
    seqHere,
    go,
    step,
    play,
    jumpTo,
    compareMoments,
    onKey,
    resize: () => strip.resize(),
    /** The first and the last snapshot of the stretch that is looked at. */
    async seqsOfSpan() {
      const [first, last] = await Promise.all([ask(span.from), ask(Math.min(span.to, Date.now()))]);
      return first && last ? { from: first.seq, to: last.seq } : null;
    },
    /** A is here; B is still to be chosen. */
    markHere() {
      marked = seqHere();
      handlers.say(t("A is set here. Go to another moment and choose “Set B here”."));
    },
    compareWithMarked() {
      if (marked !== null) void compareMoments(marked, seqHere());
    },
    /** Another host: forget what was known of the last. @param {Api} next @param {{pause: () => void, resume: () => void}} line @param {Where} where */
    follow(next, line, where) {
      pause();
      [api, timeline, arrived, moment, marked, scrubbed] = [next, null, null, null, null, null];
      [told, toldOf] = [[], ""];
      latest = { boot: null, mark: null };
      preset = "24h";
      travel = createTravel({
        line,
        fetchState: async (seq) => {
          const { whole, seq: held } = await next.state(seq);
          return stateFrom(whole, held);
        },
        onArrive: arrive,
        onFail: (error) => {
          pause();
          tell(error);
        },
      });
      if (where.mode !== "live") travel.go(where);
      draw();
      loadSoon(0);
    },
    /** The address says another moment. @param {Where} where */
    obey(where) {
      if (travel && !isSame(where, travel.here)) {
        pause();
        travel.go(where);
        draw();
      }
    },
    /** Something changed, live. */
    hear() {
      if (travel?.here.mode === "live") loadSoon(Math.max(200, AGAIN_MS - (Date.now() - loadedAt)));
    },
    /** Something was told in the feed. @param {import("../../model/feed.js").Entry[]} entries */
    note(entries) {
      const fresh = entries.filter((entry) => !entry.noise && TOLD.includes(entry.kind)).map(eventOf);
      if (!fresh.length) return;
      told = [...told, ...fresh].slice(-MOST_TOLD);
      draw();
    },
    /** Marks were made or changed. */
    reload: () => loadSoon(0),
    /** Time goes on. */
    tick() {
      if (!timeline) return;
      measure();
      draw();
    },
  };
}

/** As the timeline shows it. @param {import("../../model/feed.js").Entry} entry @return {import("../../model/time-scale.js").TimelineEvent} */
function eventOf(entry) {
  return {
    at: entry.at,
    seq: entry.seq,
    kind: entry.kind,
    id: entry.container ?? "",
    name: entry.name,
    text: sayEntry(entry),
  };
}

/** What the banner says about the past. @param {number} at @param {string} zone @param {{from: string, to: string}|null} away */
export function sayPast(at, zone, away) {
  const words = sayMoment(at, Date.now(), zone);
  const gone = away ? t("No agent {span}.", { span: saySpan(Date.parse(away.from), Date.parse(away.to), zone) }) : "";
  return {
    text: t("You are looking at {moment} ({ago})", { moment: words.local, ago: sayAgo(at, Date.now()) }),
    utc: words.utc,
    gone,
  };
}
