/** Draws a scene on a canvas, and finds what is under the pointer. */

import { BitmapCache, contextOf, place } from "./bitmap-cache.js";
import { HitTest } from "./hit-test.js";
import { Viewport } from "./viewport.js";
import { drag, select } from "../../../../vendor/d3.js";
import { paintOutline, paintRings } from "../../../draw/paint.js";

/**
 * @typedef {import("../scene/scene.js").Scene} Scene
 * @typedef {import("../scene/scene.js").Target} Target
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 *
 * @typedef {object} Handlers
 * @property {() => Scene} scene  what is to be drawn; asked for once after each `renew`, when a frame is due
 * @property {(key: string|null) => void} onSelect
 * @property {(key: string) => void} onOpen
 * @property {(key: string|null, x: number, y: number) => void} onHover
 * @property {(key: string, dx: number, dy: number) => void} onDrag  in the scene's units
 * @property {(key: string) => void} onDrop  where it was dragged to
 * @property {() => string[]} pointed  the keys of what is pointed at
 * @property {(scene: Scene, view: Rect) => void} onDrawn  the part of the scene that is visible
 */

export class GraphCanvas {
  #cache = new BitmapCache(() => this.request());
  /** Null: it is to be asked for. @type {Scene|null} */
  #scene = null;
  /** @type {HitTest|null} */
  #hits = null;
  /** The animation frame that will draw. */
  #frame = 0;
  /** What the pointer rests on. @type {string|null} */
  #hovered = null;
  #accent = "#1f5fd0";

  /** @param {HTMLCanvasElement} element @param {Handlers} handlers */
  constructor(element, handlers) {
    this.element = element;
    this.handlers = handlers;
    this.context = contextOf(element);
    this.viewport = new Viewport(element, () => this.request());
    select(element).call(/** @type {any} */ (this.#dragging()));
    this.viewport.listen();
    this.#listen();
  }

  /** Moves what the pointer holds. */
  #dragging() {
    let moved = false;
    return drag()
      .container(() => this.element)
      .filter((event) => !event.button && !event.ctrlKey)
      .subject((event) => {
        const target = this.#find(event.x, event.y);
        return target && { x: event.x, y: event.y, key: target.key };
      })
      .on("start", () => (moved = false))
      .on("drag", ({ subject, dx, dy }) => {
        moved = true;
        this.handlers.onDrag(subject.key, dx / this.viewport.scale, dy / this.viewport.scale);
      })
      .on("end", (event) => moved && this.handlers.onDrop(event.subject.key));
  }

  #listen() {
    const { element, handlers } = this;
    const keyAt = (/** @type {MouseEvent} */ event) => this.#find(event.offsetX, event.offsetY)?.key ?? null;
    element.addEventListener("click", (event) => handlers.onSelect(keyAt(event)));
    element.addEventListener("dblclick", (event) => {
      const key = keyAt(event);
      if (key !== null) handlers.onOpen(key);
    });
    element.addEventListener("pointermove", (event) => this.#hover(event.offsetX, event.offsetY));
    element.addEventListener("pointerleave", () => this.#hover(-1e6, -1e6));
  }

  /** @param {number} x @param {number} y in pixels of the page @return {Target|null} */
  #find(x, y) {
    const { transform } = this.viewport;
    this.#hits ??= new HitTest([...this.#current().frames, ...this.#current().targets]);
    return this.#hits.find(transform.invertX(x), transform.invertY(y));
  }

  /** @param {number} x @param {number} y */
  #hover(x, y) {
    const key = this.#find(x, y)?.key ?? null;
    this.handlers.onHover(key, x, y);
    if (key === this.#hovered) return;
    this.#hovered = key;
    this.element.classList.toggle("over", key !== null);
    this.request();
  }

  /** Draw in the next frame. */
  request() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #current() {
    this.#scene ??= this.handlers.scene();
    return this.#scene;
  }

  #draw() {
    this.#frame = 0;
    const { context, element, viewport } = this;
    const scene = this.#current();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, element.width, element.height);
    this.#cache.show(context, { scene, at: viewport.transform, size: viewport.size }, viewport.isStill);
    this.handlers.onDrawn(scene, viewport.view);
    this.#outline(scene);
  }

  /** Draw an outline around what the pointer rests on, and rings around what is pointed at. @param {Scene} scene */
  #outline(scene) {
    const { transform, size } = this.viewport;
    place(this.context, transform, size.ratio);
    const pointed = new Set(this.handlers.pointed());
    for (const { key, rect } of scene.targets) {
      if (key === this.#hovered) paintOutline(this.context, rect, this.#accent, transform.k);
      if (pointed.has(key)) paintRings(this.context, rect, this.#accent, transform.k);
    }
  }

  /** What is drawn has changed. @param {string} color of the outline */
  renew(color) {
    this.#scene = this.#hits = null;
    this.#accent = color;
    this.request();
  }

  /** @return {boolean} whether its size changed */
  resize() {
    if (!this.viewport.measure()) return false;
    const { w, h, ratio } = this.viewport.size;
    this.element.width = Math.round(w * ratio);
    this.element.height = Math.round(h * ratio);
    this.#draw();
    return true;
  }
}
