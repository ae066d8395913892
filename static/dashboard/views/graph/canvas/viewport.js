/** Viewport: which part of the scene is visible, and how large. Zooms and pans, by d3-zoom. */

import { select, zoom, zoomIdentity } from "../../../../vendor/d3.js";
import { zoomOf } from "../../../base/dom.js";
import { viewOf } from "./bitmap-cache.js";

/**
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("./bitmap-cache.js").Size} Size
 */

const SCALES = /** @type {[number, number]} */ ([0.04, 4]);
const SMALLEST = 0.5; // names can be read down to it, or to where all of it is seen
const BEYOND = 0.9; // so much smaller than that it may be
const FITTED = 1.25; // the largest scale at which all of it is shown
const READABLE = 0.9; // the smallest scale at which one thing is shown
const NOTE = 26; // room kept for the note at the bottom: a line, or on a narrow page two
const NARROW = 560;
const REST_MS = 120; // after the last move

export class Viewport {
  transform = zoomIdentity;
  /** @type {Size} */
  size = { w: 1, h: 1, ratio: 1 };
  /** Whether the reader moved the picture, since all of it was fitted. */
  touched = false;
  #movedAt = -REST_MS;
  /** What covers the picture at its top, in pixels. */
  #inset = 0;

  /** @param {HTMLCanvasElement} element @param {() => void} onMove */
  constructor(element, onMove) {
    this.element = element;
    this.onMove = onMove;
    this.surface = select(element);
    this.zooming = zoom()
      .scaleExtent(SCALES)
      .filter((event) => !event.button && event.type !== "dblclick")
      .on("zoom", (event) => this.#move(event));
  }

  /** Listen to wheel and pointer. What listens before it comes first. */
  listen() {
    this.surface.call(/** @type {any} */ (this.zooming)).on("dblclick.zoom", null);
  }

  /** @param {{transform: typeof zoomIdentity, sourceEvent: unknown}} event */
  #move({ transform, sourceEvent }) {
    this.transform = transform;
    this.#movedAt = performance.now();
    if (sourceEvent) this.touched = true;
    this.onMove();
  }

  /** Measure the element. @return {boolean} whether its size changed */
  measure() {
    const [box, zoom] = [this.element.getBoundingClientRect(), zoomOf(this.element)];
    const [width, height] = [box.width / zoom, box.height / zoom];
    const ratio = Math.min(3, (window.devicePixelRatio || 1) * zoom);
    const { size } = this;
    if (!width || (width === size.w && height === size.h && ratio === size.ratio)) return false;
    this.size = { w: width, h: height, ratio };
    return true;
  }

  get scale() {
    return this.transform.k;
  }

  /** Width divided by height, of what is free. */
  get aspect() {
    const { w, h, pad } = this.#free;
    return Math.max(0.2, (w - 2 * pad) / Math.max(1, h - 2 * pad));
  }

  /** What the picture may take: its width and height without the note and what covers it, and the room at its edges. */
  get #free() {
    const { w, h } = this.size;
    const note = w < NARROW ? NOTE * 1.7 : NOTE;
    return { w, h: h - note - this.#inset, note, pad: Math.min(16, w * 0.03) };
  }

  /** Whether it has not moved for a moment. */
  get isStill() {
    return performance.now() - this.#movedAt >= REST_MS;
  }

  /** What is visible, in the scene's units. */
  get view() {
    return viewOf(this.transform, this.size);
  }

  /** Whether a part of the scene is visible. @param {Rect} rect */
  sees({ x, y, w, h }) {
    const [l, t] = this.transform.apply([x, y]);
    const [r, b] = this.transform.apply([x + w, y + h]);
    return l >= 0 && t >= 0 && r <= this.size.w && b <= this.size.h;
  }

  /** @param {Rect} rect of the scene @return {Rect} in pixels of the window */
  toScreen({ x, y, w, h }) {
    const box = this.element.getBoundingClientRect();
    const [left, top] = this.transform.apply([x, y]);
    return { x: box.x + left, y: box.y + top, w: w * this.scale, h: h * this.scale };
  }

  /** So much of the top is covered. What is fitted from now on stays below it. @param {number} height */
  cover(height) {
    this.#inset = height;
  }

  /** Fit all of the scene into the view, and keep it fitted. @param {Rect} bounds @param {boolean} animate */
  fit(bounds, animate) {
    this.touched = false;
    const whole = this.#transformFor(bounds, FITTED).k;
    this.zooming.scaleExtent([Math.min(SMALLEST, whole * BEYOND), SCALES[1]]);
    this.#show(bounds, animate, FITTED);
  }

  /** Bring one thing into view, large enough to read. @param {Rect} rect */
  bring({ x, y, w, h }) {
    this.touched = true;
    const margin = 60 + 60 / Math.max(0.4, this.scale);
    const around = { x: x - margin, y: y - margin, w: w + 2 * margin, h: h + 2 * margin };
    this.#show(around, true, Math.max(READABLE, this.scale));
  }

  /** Bring a point of the scene into the middle of the view. @param {number} x @param {number} y */
  centre(x, y) {
    this.touched = true;
    this.surface.call(/** @type {any} */ (this.zooming.translateTo), x, y);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.touched = true;
    const surface = isCalm() ? this.surface : this.surface.transition().duration(160);
    surface.call(/** @type {any} */ (this.zooming.scaleBy), factor);
  }

  /** @param {Rect} rect @param {boolean} animate @param {number} most  the largest scale */
  #show(rect, animate, most) {
    const surface = animate && !isCalm() ? this.surface.transition().duration(280) : this.surface;
    surface.call(/** @type {any} */ (this.zooming.transform), this.#transformFor(rect, most));
  }

  /**
   * The transform that puts a part of the scene in the middle of what is free.
   * @param {Rect} rect
   * @param {number} most
   */
  #transformFor(rect, most) {
    const { h } = this.size;
    const { w, h: free, pad, note } = this.#free;
    const k = Math.min(most, (w - 2 * pad) / rect.w, (free - 2 * pad) / rect.h);
    const scale = Math.max(SCALES[0], k);
    return zoomIdentity
      .translate(w / 2 - (rect.x + rect.w / 2) * scale, (h - note + this.#inset) / 2 - (rect.y + rect.h / 2) * scale)
      .scale(scale);
  }
}

/** Whether the reader asked for less motion. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
