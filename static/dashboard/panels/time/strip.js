/**
 * The timeline under the view: changes, events, absences of the agent, bookmarks, and the moment that the page shows.
 */

import { axisOf, betweenMarks, inSight, liveEdge, playhead, stripMarks } from "./strip-marks.js";
import { createScale, zoomSpan } from "../../model/time-scale.js";
import { plural, t } from "../../base/i18n.js";
import { sayMoment } from "../../base/times.js";
import { StripPointer } from "./strip-pointer.js";

/**
 * @typedef {import("../../model/time-scale.js").Span} Span
 * @typedef {import("../../model/time-scale.js").Timeline} Timeline
 * @typedef {import("../../net/moment-loader.js").Where} Where
 *
 * @typedef {object} StripHandlers
 * @property {(at: number, done: boolean) => void} onScrub  to a moment; `done` once the pointer is released
 * @property {(seq: number) => void} onSeq  to one snapshot
 * @property {(from: number, to: number) => void} onRange  two moments to compare
 * @property {(span: Span) => void} onSpan  another span is shown
 * @property {(key: string) => boolean} onKey  whether the key was used
 *
 * @typedef {object} StripState
 * @property {Timeline|null} timeline
 * @property {Span} span
 * @property {Span} all
 * @property {Where} where
 * @property {number|null} at  the moment the page shows; null when live
 * @property {[number, number]|null} between  the two moments compared
 * @property {string} zone
 * @property {boolean} lanes  whether each kind of events has a lane of its own
 */

const BELOW_AXIS = 16;

/** @param {SVGElement} svg @param {StripHandlers} handlers */
export function createStrip(svg, handlers) {
  return new Strip(svg, handlers);
}

export class Strip {
  /** @type {StripState|null} */
  state = null;
  width = 1;
  /** The range that is being drawn. @type {{from: number, to: number}|null} */
  range = null;
  /** Where the pointer holds the playhead. @type {number|null} */
  held = null;
  #frame = 0;

  /** @param {SVGElement} svg @param {StripHandlers} handlers */
  constructor(svg, handlers) {
    this.svg = svg;
    this.handlers = handlers;
    this.pointer = new StripPointer(svg, this);
    svg.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {StripState} next */
  show(next) {
    this.state = next;
    this.draw();
  }

  resize() {
    this.width = Math.max(1, this.svg.getBoundingClientRect().width);
    this.draw();
  }

  /** Zoom around the moment that is shown, or around the middle. @param {number} factor */
  zoomBy(factor) {
    if (!this.state) return;
    const { all, at, span } = this.state;
    const middle = at ?? (span.from + span.to) / 2;
    this.handlers.onSpan(zoomSpan(span, Math.min(span.to, Math.max(span.from, middle)), factor, all));
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.state) this.#paint(this.state);
    });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.handlers.onKey(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {StripState} state */
  #paint(state) {
    const { svg, width } = this;
    const { x } = createScale(state.span, width);
    const parts = [...stripMarks(state, width, x), ...this.#position(state, x)];
    svg.classList.toggle("with-lanes", state.lanes);
    svg.replaceChildren(...parts.filter((part) => part !== null));
    svg.setAttribute("viewBox", `0 0 ${width} ${axisOf(state) + BELOW_AXIS}`);
    this.#describe(state, this.held ?? state.at);
  }

  /**
   * The playhead, the edge of live, or the two moments that are compared.
   * @param {StripState} state
   * @param {(at: number) => number} x
   */
  #position(state, x) {
    const { held, range, width } = this;
    const between = range ? [range.from, range.to] : state.between;
    if (between) return betweenMarks(between, x, range === null, { width, bottom: axisOf(state) });
    const at = held ?? state.at;
    if (at === null) return [liveEdge(Math.min(width - 7, x(state.all.to)))];
    return inSight(x(at), width) ? [playhead(x(at), axisOf(state))] : [];
  }

  /** Describe it for screen readers, and for tests. @param {StripState} state @param {number|null} at */
  #describe({ all, span, timeline, zone }, at) {
    const { svg } = this;
    const words = at === null ? t("live") : sayMoment(at, all.to, zone);
    svg.setAttribute("aria-valuemin", String(Math.round(all.from)));
    svg.setAttribute("aria-valuemax", String(Math.round(all.to)));
    svg.setAttribute("aria-valuenow", String(Math.round(at ?? all.to)));
    svg.setAttribute("aria-valuetext", typeof words === "string" ? words : `${words.local}, ${words.utc}`);
    for (const name of /** @type {const} */ (["buckets", "events", "gaps", "marks"]))
      svg.dataset[name] = String(timeline?.[name].length ?? 0);
    svg.dataset.from = String(Math.round(span.from));
    svg.dataset.to = String(Math.round(span.to));
  }
}

/** How many events are not drawn, and how many states were left out to catch up. @param {Timeline} timeline */
export function sayLeftOut({ events_left_out: left = 0, thinned = 0 }) {
  const events =
    left > 0 &&
    plural(left, "{count} older event in this stretch not drawn", "{count} older events in this stretch not drawn");
  const states =
    thinned > 0 &&
    plural(
      thinned,
      "{count} state left out while the server was behind",
      "{count} states left out while the server was behind",
    );
  return [events, states].filter(Boolean).join(" · ");
}
