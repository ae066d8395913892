/**
 * Bitmap cache of a scene that costs too much to paint for every frame. It is painted once, and copied while it moves.
 */

import { costOf, paintItems } from "../../../draw/paint.js";

/**
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../scene/scene.js").Scene} Scene
 * @typedef {{k: number, x: number, y: number}} Transform  zoom, and where the scene's origin stands in pixels of the
 *   page
 * @typedef {{w: number, h: number, ratio: number}} Size  in pixels of the page; `ratio` of the screen's to them
 * @typedef {{scene: Scene, at: Transform, size: Size}} Frame  a scene as it is seen through a transform
 */

const MARGIN = 0.3; // of the view, on each side: so far may be moved before it must be painted again
const EXPENSIVE = 2500; // a scene that costs less is painted for every frame
const REST_MS = 140; // after so long without a move, what is shown becomes sharp
const STRETCH = { least: 0.6, most: 1.7 }; // how far the bitmap may be stretched meanwhile

export class BitmapCache {
  #canvas = document.createElement("canvas");
  #context = contextOf(this.#canvas);
  /** What the bitmap shows. @type {Frame & {view: Rect}|null} */
  #painted = null;
  /** The timer that ends when nothing moves any more. */
  #resting = 0;

  /** @param {() => void} request  called when another frame is wanted */
  constructor(request) {
    this.request = request;
  }

  /**
   * Draw a frame.
   * @param {CanvasRenderingContext2D} target
   * @param {Frame} frame
   * @param {boolean} still  nothing moves it
   */
  show(target, frame, still) {
    const { scene, at, size } = frame;
    const view = viewOf(at, size);
    clearTimeout(this.#resting);
    if (!still) this.#resting = window.setTimeout(this.request, REST_MS);
    const same = this.#painted?.scene === scene && this.#painted.at.k === at.k;
    if (this.#serves(frame, view) && (same || !still)) return this.#copy(target, frame);
    if (costOf(scene.items, view, at.k) >= EXPENSIVE) {
      this.#paint(frame);
      return this.#copy(target, frame);
    }
    this.#painted = null;
    place(target, at, size.ratio);
    paintItems(target, scene.items, view, at.k);
  }

  /** Whether the bitmap can be shown for now. @param {Frame} frame @param {Rect} view */
  #serves({ scene, at, size }, view) {
    const painted = this.#painted;
    if (!painted || painted.scene !== scene || painted.size !== size) return false;
    const stretch = at.k / painted.at.k;
    return stretch > STRETCH.least && stretch < STRETCH.most && covers(painted.view, view, scene.bounds);
  }

  /** Paint the frame on the bitmap, with a margin around it. @param {Frame} frame */
  #paint(frame) {
    const { scene, at, size } = frame;
    const [w, h] = [size.w * (1 + 2 * MARGIN), size.h * (1 + 2 * MARGIN)];
    this.#clear(Math.ceil(w * size.ratio), Math.ceil(h * size.ratio));
    const moved = { k: at.k, x: at.x + size.w * MARGIN, y: at.y + size.h * MARGIN };
    const view = viewOf(moved, { w, h });
    place(this.#context, moved, size.ratio);
    paintItems(this.#context, scene.items, view, at.k);
    this.#painted = { ...frame, view };
  }

  /** @param {number} width @param {number} height */
  #clear(width, height) {
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    else {
      this.#context.setTransform(1, 0, 0, 1, 0, 0);
      this.#context.clearRect(0, 0, width, height);
    }
  }

  /** @param {CanvasRenderingContext2D} target @param {Frame} frame */
  #copy(target, { at, size }) {
    if (!this.#painted) return;
    const { at: from } = this.#painted;
    const stretch = at.k / from.k;
    target.setTransform(1, 0, 0, 1, 0, 0);
    target.globalAlpha = 1;
    target.imageSmoothingEnabled = stretch !== 1;
    const left = Math.round((at.x - (from.x + size.w * MARGIN) * stretch) * size.ratio);
    const top = Math.round((at.y - (from.y + size.h * MARGIN) * stretch) * size.ratio);
    target.drawImage(this.#canvas, left, top, this.#canvas.width * stretch, this.#canvas.height * stretch);
  }
}

/** @param {HTMLCanvasElement} canvas */
export const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * From here on the context's units are the scene's.
 * @param {CanvasRenderingContext2D} context
 * @param {Transform} at
 * @param {number} ratio
 */
export function place(context, { k, x, y }, ratio) {
  context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
}

/** The part of the scene that is visible. @param {Transform} at @param {{w: number, h: number}} size @return {Rect} */
export function viewOf({ k, x, y }, { w, h }) {
  return { x: -x / k, y: -y / k, w: w / k, h: h / k };
}

/**
 * Whether all of the scene that is visible is on the bitmap.
 * @param {Rect} painted
 * @param {Rect} view
 * @param {Rect} bounds
 */
function covers(painted, view, bounds) {
  const l = Math.max(view.x, bounds.x);
  const t = Math.max(view.y, bounds.y);
  const r = Math.min(view.x + view.w, bounds.x + bounds.w);
  const b = Math.min(view.y + view.h, bounds.y + bounds.h);
  if (l >= r || t >= b) return true;
  return l >= painted.x && t >= painted.y && r <= painted.x + painted.w && b <= painted.y + painted.h;
}
