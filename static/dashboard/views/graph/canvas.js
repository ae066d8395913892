/** Draws a scene on a canvas; zoom, pan, drag, and what a pointer meets. */

import { createFilm, place, viewOf } from "./bitmap-cache.js";
import { drag, quadtree, select, zoom, zoomIdentity } from "../../../vendor/d3.js";
import { paintOutline } from "../../draw/paint.js";

/**
 * @typedef {import("./scene/scene.js").Scene} Scene
 * @typedef {import("./scene/scene.js").Target} Target
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 *
 * @typedef {{data: Target, next?: Leaf}} Leaf  of a quadtree
 *
 * @typedef {object} Handlers
 * @property {() => Scene} scene  what is to be drawn; asked for once after each `renew`, when a frame is due
 * @property {(key: string|null) => void} onSelect
 * @property {(key: string) => void} onOpen
 * @property {(key: string|null, x: number, y: number) => void} onHover
 * @property {(key: string, dx: number, dy: number) => void} onDrag  in the scene's units
 * @property {(key: string) => void} onDrop  where it was dragged to
 * @property {(scene: Scene, view: Rect) => void} onDrawn  what of the scene is in sight
 */

const NOTE = 26; // room kept for the note at the bottom: a line, or on a narrow page two
const REST_MS = 120; // after the last move

/** @typedef {ReturnType<typeof createCanvas>} Canvas */

/** @param {HTMLCanvasElement} element @param {Handlers} handlers */
export function createCanvas(element, handlers) {
  const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
  const surface = select(element);
  const film = createFilm(request);
  /** @type {Scene|null} */
  let scene = null; // to be asked for
  /** @type {ReturnType<typeof indexOf>|null} */
  let index = null;
  let transform = zoomIdentity;
  let size = { w: 1, h: 1, ratio: 1 };
  let pending = 0;
  /** @type {string|null} */
  let hovered = null;
  let accent = "#1f5fd0";
  let movedAt = -REST_MS;
  let dragged = false;
  let touched = false; // the reader moved the picture
  let inset = 0; // what covers the picture at its top

  const zooming = zoom()
    .scaleExtent([0.04, 4])
    .filter((event) => !event.button && event.type !== "dblclick")
    .on("zoom", (event) => {
      transform = event.transform;
      movedAt = performance.now();
      if (event.sourceEvent) touched = true;
      request();
    });

  const dragging = drag()
    .container(() => element)
    .filter((event) => !event.button && !event.ctrlKey)
    .subject((event) => {
      const target = find(event.x, event.y);
      return target && { x: event.x, y: event.y, key: target.key };
    })
    .on("start", () => (dragged = false))
    .on("drag", (event) => {
      dragged = true;
      handlers.onDrag(event.subject.key, event.dx / transform.k, event.dy / transform.k);
    })
    .on("end", (event) => dragged && handlers.onDrop(event.subject.key));

  surface
    .call(/** @type {any} */ (dragging))
    .call(/** @type {any} */ (zooming))
    .on("dblclick.zoom", null);
  element.addEventListener("click", (event) => handlers.onSelect(find(event.offsetX, event.offsetY)?.key ?? null));
  element.addEventListener("dblclick", (event) => {
    const target = find(event.offsetX, event.offsetY);
    if (target) handlers.onOpen(target.key);
  });
  element.addEventListener("pointermove", (event) => hover(event.offsetX, event.offsetY));
  element.addEventListener("pointerleave", () => hover(-1e6, -1e6));

  /** @param {number} x @param {number} y in pixels of the page @return {Target|null} */
  function find(x, y) {
    index ??= indexOf(current().targets);
    return index(transform.invertX(x), transform.invertY(y));
  }

  /** @param {number} x @param {number} y */
  function hover(x, y) {
    const key = find(x, y)?.key ?? null;
    handlers.onHover(key, x, y);
    if (key === hovered) return;
    hovered = key;
    element.classList.toggle("over", key !== null);
    request();
  }

  function request() {
    if (!pending) pending = requestAnimationFrame(draw);
  }

  function current() {
    return (scene ??= handlers.scene());
  }

  function draw() {
    pending = 0;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, element.width, element.height);
    film.show(context, current(), transform, size, performance.now() - movedAt >= REST_MS);
    handlers.onDrawn(current(), viewOf(transform, size));
    const over = hovered && current().targets.find((target) => target.key === hovered);
    if (!over) return;
    place(context, transform, size.ratio);
    paintOutline(context, over.rect, accent, transform.k);
  }

  /** @param {Rect} rect @param {boolean} animate @param {number} [most] */
  function show(rect, animate, most = 1.25) {
    const pad = Math.min(28, size.w * 0.03);
    const note = size.w < 560 ? NOTE * 1.7 : NOTE;
    const k = Math.max(0.04, Math.min(most, (size.w - 2 * pad) / rect.w, (size.h - 2 * pad - note - inset) / rect.h));
    const next = zoomIdentity
      .translate(size.w / 2 - (rect.x + rect.w / 2) * k, (size.h - note + inset) / 2 - (rect.y + rect.h / 2) * k)
      .scale(k);
    if (animate && !isCalm())
      surface
        .transition()
        .duration(280)
        .call(/** @type {any} */ (zooming.transform), next);
    else surface.call(/** @type {any} */ (zooming.transform), next);
  }

  return {
    /** What is drawn has changed. @param {string} color of the outline */
    renew(color) {
      scene = index = null;
      accent = color;
      request();
    },
    resize() {
      const box = element.getBoundingClientRect();
      const ratio = Math.min(3, window.devicePixelRatio || 1);
      if (!box.width || (box.width === size.w && box.height === size.h && ratio === size.ratio)) return false;
      size = { w: box.width, h: box.height, ratio };
      element.width = Math.round(box.width * ratio);
      element.height = Math.round(box.height * ratio);
      draw();
      return true;
    },
    get touched() {
      return touched;
    },
    get aspect() {
      return size.w / size.h;
    },
    /** Something covers so much of the top: what is fitted from now on stands below it. @param {number} height */
    cover(height) {
      inset = height;
    },
    /** Put all of it in the picture, and from now on follow it. @param {Rect} bounds @param {boolean} animate */
    fit(bounds, animate) {
      touched = false;
      show(bounds, animate);
    },
    /** Whether a part of the picture is in sight. @param {Rect} rect */
    sees({ x, y, w, h }) {
      const [l, t] = transform.apply([x, y]);
      const [r, b] = transform.apply([x + w, y + h]);
      return l >= 0 && t >= 0 && r <= size.w && b <= size.h;
    },
    /** Bring one thing into the picture, large enough to read. @param {Rect} rect */
    bring(rect) {
      touched = true;
      const margin = 60 + 60 / Math.max(0.4, transform.k);
      show(
        { x: rect.x - margin, y: rect.y - margin, w: rect.w + 2 * margin, h: rect.h + 2 * margin },
        true,
        Math.max(0.9, transform.k),
      );
    },
    /** @param {Rect} rect of the scene @return {Rect} in pixels of the window */
    toScreen({ x, y, w, h }) {
      const box = element.getBoundingClientRect();
      const [left, top] = transform.apply([x, y]);
      return { x: box.x + left, y: box.y + top, w: w * transform.k, h: h * transform.k };
    },
    /** Bring a point of the scene into the middle. @param {number} x @param {number} y */
    centre(x, y) {
      touched = true;
      surface.call(/** @type {any} */ (zooming.translateTo), x, y);
    },
    get scale() {
      return transform.k;
    },
    /** What is in sight, in world units, and how much it is enlarged. */
    get sight() {
      const { k, x, y } = transform;
      return { rect: { x: -x / k, y: -y / k, w: size.w / k, h: size.h / k }, zoom: k };
    },
    /** @param {number} factor */
    zoomBy(factor) {
      touched = true;
      const hand = isCalm() ? surface : surface.transition().duration(160);
      hand.call(/** @type {any} */ (zooming.scaleBy), factor);
    },
  };
}

/** Whether the reader asked for less motion. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What lies under a point: nodes by a quadtree before the groups they stand in. @param {Target[]} targets */
function indexOf(targets) {
  const nodes = targets.filter((target) => !target.group);
  const groups = targets.filter((target) => target.group);
  const reach = Math.max(0, ...nodes.map(({ rect }) => Math.hypot(rect.w, rect.h) / 2));
  const tree = quadtree(
    nodes,
    ({ rect }) => rect.x + rect.w / 2,
    ({ rect }) => rect.y + rect.h / 2,
  );
  /** @param {number} x @param {number} y @return {Target|null} */
  return (x, y) => {
    /** @type {Target|null} */
    let found = null;
    tree.visit((quad, x0, y0, x1, y1) => {
      if (!quad.length) {
        for (let leaf = /** @type {Leaf|undefined} */ (quad); leaf; leaf = leaf.next)
          if (contains(leaf.data.rect, x, y)) found = leaf.data;
      }
      return x0 > x + reach || x1 < x - reach || y0 > y + reach || y1 < y - reach;
    });
    return found ?? groups.findLast(({ rect }) => contains(rect, x, y)) ?? null;
  };
}

/** @param {Rect} rect @param {number} x @param {number} y */
const contains = (rect, x, y) => x >= rect.x && x <= rect.x + rect.w && y >= rect.y && y <= rect.y + rect.h;
