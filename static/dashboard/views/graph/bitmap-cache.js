/** A scene that is too much to be painted for every frame: painted once, and shown as a picture while it moves. */

import { costOf, paintItems } from "../../draw/paint.js";

/**
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("./scene/scene.js").Scene} Scene
 * @typedef {{k: number, x: number, y: number}} Transform zoom, and where the scene's origin stands in pixels of the
 *   page
 * @typedef {{w: number, h: number, ratio: number}} Size  in pixels of the page; `ratio` of the screen's to them
 */

const MARGIN = 0.3; // of the view, on each side: so far may be moved before it must be painted again
const DEAR = 2500; // a scene that costs less is painted for every frame
const REST_MS = 140; // the hand rests: what is shown becomes sharp
const SHARP = { least: 0.6, most: 1.7 }; // how far the picture may be stretched meanwhile

/** @param {() => void} request  another frame is wanted */
export function createFilm(request) {
  const layer = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (layer.getContext("2d"));
  /** What the layer shows. @type {{scene: Scene, at: Transform, view: Rect, size: Size}|null} */
  let taken = null;
  let resting = 0;

  /** @param {Scene} scene @param {Transform} at @param {Size} size */
  function take(scene, at, size) {
    const [w, h] = [size.w * (1 + 2 * MARGIN), size.h * (1 + 2 * MARGIN)];
    const [width, height] = [Math.ceil(w * size.ratio), Math.ceil(h * size.ratio)];
    if (layer.width !== width || layer.height !== height) [layer.width, layer.height] = [width, height];
    else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
    }
    const moved = { k: at.k, x: at.x + size.w * MARGIN, y: at.y + size.h * MARGIN };
    const view = viewOf(moved, { w, h, ratio: size.ratio });
    place(context, moved, size.ratio);
    paintItems(context, scene.items, view, at.k);
    taken = { scene, at, view, size };
  }

  /**
   * Whether the picture that was taken will do for now.
   * @param {Scene} scene
   * @param {Transform} at
   * @param {Size} size
   * @param {Rect} view
   */
  function serves(scene, at, size, view) {
    if (!taken || taken.scene !== scene || taken.size !== size) return false;
    const stretch = at.k / taken.at.k;
    return stretch > SHARP.least && stretch < SHARP.most && covers(taken.view, view, scene.bounds);
  }

  return {
    /**
     * Paint the scene as it is seen through `at`; `still` when nothing moves it.
     * @param {CanvasRenderingContext2D} target
     * @param {Scene} scene
     * @param {Transform} at
     * @param {Size} size
     * @param {boolean} still
     */
    show(target, scene, at, size, still) {
      const view = viewOf(at, size);
      clearTimeout(resting);
      if (!still) resting = window.setTimeout(request, REST_MS);
      const same = taken?.scene === scene && taken.at.k === at.k;
      if (serves(scene, at, size, view) && (same || !still)) return blit(target, at, size);
      if (costOf(scene.items, view, at.k) < DEAR) {
        taken = null;
        place(target, at, size.ratio);
        return paintItems(target, scene.items, view, at.k);
      }
      take(scene, at, size);
      blit(target, at, size);
    },
  };

  /** @param {CanvasRenderingContext2D} target @param {Transform} at @param {Size} size */
  function blit(target, at, size) {
    if (!taken) return;
    const stretch = at.k / taken.at.k;
    target.setTransform(1, 0, 0, 1, 0, 0);
    target.globalAlpha = 1;
    target.imageSmoothingEnabled = stretch !== 1;
    const left = Math.round((at.x - (taken.at.x + size.w * MARGIN) * stretch) * size.ratio);
    const top = Math.round((at.y - (taken.at.y + size.h * MARGIN) * stretch) * size.ratio);
    target.drawImage(layer, left, top, layer.width * stretch, layer.height * stretch);
  }
}

/**
 * From here on the context's units are the scene's.
 * @param {CanvasRenderingContext2D} context
 * @param {Transform} at
 * @param {number} ratio
 */
export function place(context, { k, x, y }, ratio) {
  context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
}

/** The part of the scene that is in sight. @param {Transform} at @param {Size} size @return {Rect} */
export function viewOf({ k, x, y }, { w, h }) {
  return { x: -x / k, y: -y / k, w: w / k, h: h / k };
}

/**
 * Whether all of the scene that is in sight is in the picture.
 * @param {Rect} picture
 * @param {Rect} view
 * @param {Rect} bounds
 */
function covers(picture, view, bounds) {
  const l = Math.max(view.x, bounds.x);
  const t = Math.max(view.y, bounds.y);
  const r = Math.min(view.x + view.w, bounds.x + bounds.w);
  const b = Math.min(view.y + view.h, bounds.y + bounds.h);
  if (l >= r || t >= b) return true;
  return l >= picture.x && t >= picture.y && r <= picture.x + picture.w && b <= picture.y + picture.h;
}
