/** Pointer and wheel on the timeline: scrub, draw a range, pan, pinch and zoom. */

import { axisOf } from "./strip-marks.js";
import { createScale, panSpan, zoomSpan } from "../../model/time-scale.js";

/** @typedef {import("./strip.js").Strip} Strip */

/**
 * @typedef {object} Drag
 * @property {"scrub"|"range"|"pan"|"pinch"} kind
 * @property {number} x  where the pointer was pressed
 * @property {number} at  the moment there
 * @property {boolean} moved
 */

const CLICK_PX = 3; // a pointer that moves no further than this clicks

export class StripPointer {
  /** The last event of each pointer that is pressed. @type {Map<number, PointerEvent>} */
  #pressed = new Map();
  /** @type {Drag|null} */
  #drag = null;

  /** @param {SVGElement} svg @param {Strip} strip */
  constructor(svg, strip) {
    this.svg = svg;
    this.strip = strip;
    svg.addEventListener("pointerdown", (event) => this.#press(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"]))
      svg.addEventListener(name, (event) => this.#release(event));
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** The moment at a place of the screen. @param {number} clientX */
  #momentAt(clientX) {
    const { span } = this.#state;
    return createScale(span, this.strip.width).at(clientX - this.svg.getBoundingClientRect().left);
  }

  get #state() {
    return /** @type {import("./strip.js").StripState} */ (this.strip.state);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const { svg } = this;
    if (!this.strip.state || event.button) return;
    svg.setPointerCapture(event.pointerId);
    this.#pressed.set(event.pointerId, event);
    const kind = this.#kindOf(event);
    this.#drag = { kind, x: event.clientX, at: this.#momentAt(event.clientX), moved: false };
    /** @type {any} */ (svg).focus({ preventScroll: true });
  }

  /** What a drag that begins here does. @param {PointerEvent} event @return {Drag["kind"]} */
  #kindOf(event) {
    if (this.#pressed.size > 1) return "pinch";
    if (event.shiftKey) return "range";
    const onAxis = event.clientY - this.svg.getBoundingClientRect().top > axisOf(this.#state) - 10;
    return onAxis ? "pan" : "scrub";
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const drag = this.#drag;
    const before = this.#pressed.get(event.pointerId);
    if (!this.strip.state || !drag || !before) return;
    if (drag.kind === "pinch") this.#pinch(before, event);
    this.#pressed.set(event.pointerId, event);
    if (Math.abs(event.clientX - drag.x) > CLICK_PX) drag.moved = true;
    if (!drag.moved || drag.kind === "pinch") return;
    if (drag.kind === "pan") this.#pan(before.clientX - event.clientX);
    else if (drag.kind === "range") this.#drawRange(drag.at, this.#momentAt(event.clientX));
    else this.#scrub(event);
    this.strip.draw();
  }

  /** @param {number} a @param {number} b */
  #drawRange(a, b) {
    this.strip.range = { from: Math.min(a, b), to: Math.max(a, b) };
  }

  /** @param {PointerEvent} event */
  #scrub(event) {
    const at = Math.min(this.#momentAt(event.clientX), this.#state.all.to);
    this.strip.held = at;
    this.strip.handlers.onScrub(at, false);
  }

  /** @param {number} pixels */
  #pan(pixels) {
    const { span, all } = this.#state;
    this.strip.handlers.onSpan(panSpan(span, (pixels / this.strip.width) * (span.to - span.from), all));
  }

  /** Two fingers that move apart zoom in. @param {PointerEvent} before @param {PointerEvent} event */
  #pinch(before, event) {
    const other = [...this.#pressed.values()].find((one) => one.pointerId !== event.pointerId);
    if (!other) return;
    const [was, is] = [before, event].map(({ clientX }) => Math.abs(clientX - other.clientX));
    if (was > 4 && is > 4) this.#zoom((event.clientX + other.clientX) / 2, is / was);
  }

  /** @param {number} clientX  the place that stays @param {number} factor */
  #zoom(clientX, factor) {
    const { span, all } = this.#state;
    this.strip.handlers.onSpan(zoomSpan(span, this.#momentAt(clientX), factor, all));
  }

  /** @param {PointerEvent} event */
  #release(event) {
    const { strip } = this;
    const drag = this.#drag;
    this.#pressed.delete(event.pointerId);
    this.#drag = null;
    strip.held = null;
    if (!strip.state || !drag || drag.kind === "pinch") return;
    this.#finish(drag, event);
    strip.range = null;
    strip.draw();
  }

  /** @param {Drag} drag @param {PointerEvent} event */
  #finish({ kind, moved }, event) {
    const { handlers, range } = this.strip;
    const seq = moved ? null : this.#seqUnder(event);
    if (seq !== null) handlers.onSeq(seq);
    else if (kind === "range" && range) handlers.onRange(range.from, range.to);
    else if (kind === "scrub" || !moved)
      handlers.onScrub(Math.min(this.#momentAt(event.clientX), this.#state.all.to), true);
  }

  /**
   * The snapshot of the mark under the pointer. The pointer is captured, so the event does not name the mark.
   * @param {PointerEvent} event
   */
  #seqUnder(event) {
    const met = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-seq]");
    return met && this.svg.contains(met) ? Number(met.getAttribute("data-seq")) : null;
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!this.strip.state) return;
    event.preventDefault();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) this.#pan(event.deltaX || event.deltaY);
    else this.#zoom(event.clientX, 2 ** (-event.deltaY / 240));
  }
}
