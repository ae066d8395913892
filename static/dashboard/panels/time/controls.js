/** The controls of time travel: the timeline, the clock, the presets, and the button of playback. */

import { createStrip, sayLeftOut } from "./strip.js";
import { fill, h } from "../../base/dom.js";
import { PRESETS } from "../../page/timeline-window.js";
import { sayMoment } from "../../base/times.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/time-travel.js").TimeTravel} TimeTravel
 *
 * @typedef {object} Elements
 * @property {SVGElement} strip
 * @property {HTMLElement} section
 * @property {HTMLElement} clock
 * @property {HTMLElement} play
 * @property {HTMLElement} jump
 * @property {HTMLElement} problem
 * @property {HTMLElement} presets
 * @property {HTMLElement} lanes  the button that opens and closes the lanes of events
 * @property {HTMLElement} left  says what the timeline left out
 */

const LANES_KEY = "isoscope.lanes";

/** @param {TimeTravel} travel @param {Elements} elements */
export function createTimeControls(travel, elements) {
  return new TimeControls(travel, elements);
}

class TimeControls {
  /** @param {TimeTravel} travel @param {Elements} elements */
  constructor(travel, elements) {
    this.travel = travel;
    this.elements = elements;
    this.strip = createStrip(elements.strip, {
      onScrub: (at, released) => travel.scrubber.move(at, released),
      onSeq: (seq) => travel.go({ mode: "past", seq }),
      onRange: (from, to) => void travel.compareMoments(from, to),
      onSpan: (next) => travel.window.show(next),
      onKey: (key) => this.#onKey(key),
    });
    fill(
      elements.presets,
      PRESETS.map(([key, label]) => this.#presetButton(key, t(label))),
    );
    elements.lanes.addEventListener("click", () => this.#turnLanes());
    travel.listen(() => this.#draw());
  }

  get #lanes() {
    return localStorage.getItem(LANES_KEY) === "open";
  }

  #turnLanes() {
    localStorage.setItem(LANES_KEY, this.#lanes ? "closed" : "open");
    this.#draw();
  }

  resize() {
    this.strip.resize();
    this.travel.window.width = this.strip.width;
  }

  /** @param {string} key @param {string} label */
  #presetButton(key, label) {
    const click = () => this.travel.window.choose(key);
    return h("button", { type: "button", "data-span": key, "aria-pressed": "false", click }, label);
  }

  #draw() {
    const { section, play, jump, problem, presets, left } = this.elements;
    const { api, playback, window, problem: text } = this.travel;
    section.hidden = api === null;
    this.elements.lanes.setAttribute("aria-pressed", String(this.#lanes));
    this.#drawStrip();
    for (const button of presets.children)
      button.setAttribute("aria-pressed", String(button.getAttribute("data-span") === window.preset));
    play.setAttribute("aria-pressed", String(playback.playing));
    play.setAttribute("aria-label", playback.playing ? t("Pause") : t("Play the changes"));
    if (problem.textContent !== text) problem.textContent = text;
    jump.classList.toggle("wrong", text !== "");
    left.textContent = window.timeline ? sayLeftOut(window.timeline) : "";
    fill(this.elements.clock, this.#clock());
  }

  #drawStrip() {
    const { travel } = this;
    const { where, zone } = travel;
    const { all, complete, span } = travel.window;
    const at = travel.shownAt() ?? (where.mode === "live" ? null : all.to);
    this.strip.show({ timeline: complete, span, all, where, at, between: travel.between(), zone, lanes: this.#lanes });
  }

  /** The moment or the two moments that the page shows, in words. */
  #clock() {
    const { travel } = this;
    const [at, ends] = [travel.shownAt(), travel.between()];
    if (ends) {
      const [a, b] = ends.map((end) => clockOf(sayMoment(end, Date.now(), travel.zone).local));
      return h("strong", null, "A ", ...a, " → B ", ...b);
    }
    if (at !== null) return clockAndZone(sayMoment(at, Date.now(), travel.zone));
    if (travel.where.mode !== "live") return h("span", { class: "muted" }, t("Reading…"));
    return this.#liveClock();
  }

  #liveClock() {
    const { window, zone } = this.travel;
    const lastAt = window.timeline?.last_at;
    const ticking = window.ticking() || !lastAt;
    return [
      h("span", { class: ticking ? "live-word" : "live-word still" }, ticking ? t("Live") : t("Latest")),
      ...clockAndZone(sayMoment(ticking ? Date.now() : Date.parse(lastAt), Date.now(), zone)),
    ];
  }

  /** @param {string} key @return {boolean} whether the key was used */
  #onKey(key) {
    const { travel, strip } = this;
    const keys = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => void travel.step(-1),
      ArrowRight: () => void travel.step(1),
      Home: () => void travel.jumpTo(new Date(travel.window.start).toISOString()),
      End: () => travel.go({ mode: "live" }),
      " ": () => void travel.playback.toggle(),
      "+": () => strip.zoomBy(1.6),
      "-": () => strip.zoomBy(1 / 1.6),
    });
    if (!(key in keys)) return false;
    keys[key]();
    return true;
  }
}

/** @param {{local: string, utc: string}} words */
const clockAndZone = ({ local, utc }) => [h("strong", null, ...clockOf(local)), h("span", { class: "muted" }, utc)];

/** The day apart from the clock: a narrow page shows one of them. @param {string} words */
function clockOf(words) {
  const [day, clock] = words.includes(" ") ? words.split(" ") : ["", words];
  return [day ? h("span", { class: "clock-day" }, `${day} `) : null, clock];
}
