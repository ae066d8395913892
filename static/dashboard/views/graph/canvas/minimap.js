/**
 * Minimap: a small picture of a graph that is too large for the view, with a frame around what is visible. The frame
 * can be dragged.
 */

import { contextOf } from "./bitmap-cache.js";

/**
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../scene/scene.js").Scene} Scene
 * @typedef {import("../../../draw/theme.js").Theme} Theme
 */

const FEWEST = 60; // things in a graph that needs one
const PAD = 6;
const SLACK = 2; // pixels by which a picture that fits may stand out

export class Minimap {
  #ground = document.createElement("canvas");
  /** What the ground shows. @type {{scene: Scene, theme: Theme}|null} */
  #painted = null;
  #scale = { k: 1, x: 0, y: 0 };

  /**
   * @param {HTMLCanvasElement} element
   * @param {(x: number, y: number) => void} onMove  the middle of the view is to be there, in the scene's units
   */
  constructor(element, onMove) {
    this.element = element;
    this.onMove = onMove;
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      this.#move(event);
    });
    element.addEventListener("pointermove", (event) => event.buttons & 1 && this.#move(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#painted) return;
    const { x, y, w, h } = this.#painted.scene.bounds;
    const scale = this.#scale;
    this.onMove(
      within((event.offsetX - scale.x) / scale.k, x, x + w),
      within((event.offsetY - scale.y) / scale.k, y, y + h),
    );
  }

  /** @param {Scene} scene @param {Rect} view  the part of it that is visible @param {Theme} theme */
  show(scene, view, theme) {
    const { element } = this;
    element.hidden = scene.targets.length < FEWEST || isWhole(scene.bounds, view);
    if (element.clientWidth === 0) return; // hidden, or in a view that is
    if (this.#painted?.scene !== scene || this.#painted.theme !== theme) this.#paintGround(scene, theme);
    const context = contextOf(element);
    const ratio = element.width / element.clientWidth;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, element.width, element.height);
    context.drawImage(this.#ground, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintFrame(context, this.#frameOf(view), theme.accent);
  }

  /** @param {Scene} scene @param {Theme} theme */
  #paintGround(scene, theme) {
    this.#painted = { scene, theme };
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const { k, x, y } = this.#fit(scene.bounds, ratio);
    const context = contextOf(this.#ground);
    context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
    const rectsOf = (/** @type {boolean} */ group) =>
      scene.targets.filter((target) => target.group === group).map(({ rect }) => rect);
    fillRects(context, rectsOf(true), theme.line, 0);
    fillRects(context, rectsOf(false), theme.muted, 1.2 / k);
  }

  /**
   * Give both canvases their size, and find the scale at which all of the scene fits.
   * @param {Rect} bounds
   * @param {number} ratio
   */
  #fit(bounds, ratio) {
    const [w, h] = [this.element.clientWidth, this.element.clientHeight];
    for (const canvas of [this.element, this.#ground])
      [canvas.width, canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
    const k = Math.min((w - 2 * PAD) / bounds.w, (h - 2 * PAD) / bounds.h);
    this.#scale = { k, x: (w - bounds.w * k) / 2 - bounds.x * k, y: (h - bounds.h * k) / 2 - bounds.y * k };
    return this.#scale;
  }

  /**
   * The frame around what is visible: inside the minimap, and never too small to be seen.
   * @param {Rect} view
   * @return {Rect}
   */
  #frameOf(view) {
    const { k, x, y } = this.#scale;
    const [left, top] = [view.x * k + x, view.y * k + y];
    const [l, t] = [Math.max(1, left), Math.max(1, top)];
    const r = Math.min(this.element.clientWidth - 1, left + view.w * k);
    const b = Math.min(this.element.clientHeight - 1, top + view.h * k);
    return { x: l, y: t, w: Math.max(4, r - l), h: Math.max(4, b - t) };
  }
}

/** Whether all of a scene is visible. @param {Rect} bounds @param {Rect} view */
function isWhole(bounds, view) {
  const slack = (SLACK * view.w) / 1000;
  return (
    bounds.x >= view.x - slack &&
    bounds.y >= view.y - slack &&
    bounds.x + bounds.w <= view.x + view.w + slack &&
    bounds.y + bounds.h <= view.y + view.h + slack
  );
}

/** @param {CanvasRenderingContext2D} context @param {Rect} rect @param {string} color */
function paintFrame(context, { x, y, w, h }, color) {
  context.beginPath();
  context.rect(x, y, w, h);
  context.globalAlpha = 0.12;
  context.fillStyle = color;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Rect[]} rects
 * @param {string} color
 * @param {number} least  the least width and height
 */
function fillRects(context, rects, color, least) {
  context.beginPath();
  for (const { x, y, w, h } of rects) context.rect(x, y, Math.max(least, w), Math.max(least, h));
  context.fillStyle = color;
  context.fill();
}

/** @param {number} value @param {number} least @param {number} most */
const within = (value, least, most) => Math.min(most, Math.max(least, value));
