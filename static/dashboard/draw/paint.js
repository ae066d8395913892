/** Paints a scene on a canvas context: only what is visible and can be distinguished at this zoom. */

import { bendsOf, headingOf } from "./bends.js";
import { baselineOf, isDrawn, sizeOf, textOf } from "./text.js";

/**
 * @typedef {import("./items.js").Item} Item
 * @typedef {import("./geometry.js").Rect} Rect
 */

const FONT = '"Inter", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif';
const COARSE = 0.5; // below this zoom shapes of one style are painted in one stroke: overlaps cannot be distinguished
const DOT = 1.3; // a circle of so few pixels looks like a square
const SLACK = 120; // how far a curve may leave the line between its ends

/**
 * @param {CanvasRenderingContext2D} context whose units are the scene's
 * @param {Item[]} items
 * @param {Rect} view what is visible
 * @param {number} k the zoom
 */
export function paintItems(context, items, view, k) {
  /** @type {Item|null} */
  let open = null; // the style of the path that is being traced
  for (const item of items) {
    if (!isSeen(item, view) || !isDrawn(item, k)) continue;
    if (open && !(joins(item, k) && isAlike(open, item))) open = finish(context, open, k);
    if (item.t === "text") paintText(context, item, k);
    else {
      if (!open) context.beginPath();
      trace(context, item, k);
      open = item;
      if (!joins(item, k)) open = finish(context, item, k);
    }
  }
  if (open) finish(context, open, k);
}

/**
 * What it costs to paint, in paths; to decide whether it can be done for every frame.
 * @param {Item[]} items
 * @param {Rect} view
 * @param {number} k
 */
export function costOf(items, view, k) {
  let cost = 0;
  for (const item of items) {
    if (!isSeen(item, view) || !isDrawn(item, k)) continue;
    if (item.t !== "text") cost += 1;
    else cost += item.halo ? 8 : 3;
  }
  return cost;
}

/** Whether others of its style may share its path. @param {Item} item @param {number} k */
const joins = (item, k) => item.t !== "text" && !item.arrow && (k < COARSE || item.t === "line");

/** @param {Item} a @param {Item} b */
function isAlike(a, b) {
  return (
    a.stroke === b.stroke &&
    a.fill === b.fill &&
    a.alpha === b.alpha &&
    a.width === b.width &&
    String(a.dash ?? "") === String(b.dash ?? "")
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Item} item whose style the path has
 * @param {number} k
 * @return {null}
 */
function finish(context, item, k) {
  context.globalAlpha = item.alpha ?? 1;
  if (item.fill) {
    context.fillStyle = item.fill;
    context.fill();
  }
  if (!item.stroke) return null;
  context.strokeStyle = item.stroke;
  context.lineWidth = Math.max(item.width ?? 1, 0.6 / k);
  context.setLineDash(item.dash ?? SOLID);
  context.stroke();
  if (item.arrow && item.points) paintArrow(context, item.points, item.stroke);
  return null;
}

/** @type {number[]} */
const SOLID = [];

/** @param {Item} item @param {Rect} view */
function isSeen(item, view) {
  const { points } = item;
  if (item.t === "line" && points) {
    const [ax, ay, bx, by] = [points[0], points[1], points[points.length - 2], points[points.length - 1]];
    return (
      Math.max(ax, bx) + SLACK > view.x &&
      Math.min(ax, bx) - SLACK < view.x + view.w &&
      Math.max(ay, by) + SLACK > view.y &&
      Math.min(ay, by) - SLACK < view.y + view.h
    );
  }
  const reach = item.t === "text" ? 260 : 20;
  const [w, h] = [item.w ?? 0, item.h ?? 0];
  return (
    item.x + w + reach > view.x &&
    item.x - reach < view.x + view.w &&
    item.y + h + 20 > view.y &&
    item.y - 20 < view.y + view.h
  );
}

/** @param {CanvasRenderingContext2D} context @param {Item} item @param {number} k */
function trace(context, item, k) {
  const { x, y, r = 0, points = [] } = item;
  if (item.t === "rect") {
    if (r * k < DOT) context.rect(x, y, item.w ?? 0, item.h ?? 0);
    else context.roundRect(x, y, item.w ?? 0, item.h ?? 0, r);
  } else if (item.t === "circle") {
    if (r * k < DOT) context.rect(x - r, y - r, 2 * r, 2 * r);
    else {
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 2 * Math.PI);
    }
  } else {
    context.moveTo(points[0], points[1]);
    if (item.t === "line" && points.length === 8)
      context.bezierCurveTo(points[2], points[3], points[4], points[5], points[6], points[7]);
    else if (item.t === "line" && points.length > 8) traceBends(context, points);
    else for (let at = 2; at < points.length; at += 2) context.lineTo(points[at], points[at + 1]);
    if (item.t === "poly") context.closePath();
  }
}

/** @param {CanvasRenderingContext2D} context @param {number[]} points */
function traceBends(context, points) {
  for (const { to, corner, end } of bendsOf(points)) {
    context.lineTo(...to);
    if (corner) context.quadraticCurveTo(...corner, ...end);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number[]} points @param {string} color */
function paintArrow(context, points, color) {
  const [x, y] = points.slice(-2);
  const angle = headingOf(points);
  context.beginPath();
  context.moveTo(x + Math.cos(angle) * 2, y + Math.sin(angle) * 2);
  context.lineTo(x - Math.cos(angle - 0.45) * 7, y - Math.sin(angle - 0.45) * 7);
  context.lineTo(x - Math.cos(angle + 0.45) * 7, y - Math.sin(angle + 0.45) * 7);
  context.fillStyle = color;
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Item} item @param {number} k */
function paintText(context, item, k) {
  const size = sizeOf(item, k);
  const text = textOf(item, k);
  const y = baselineOf(item, k);
  context.font = `${item.weight ?? 400} ${size}px ${FONT}`;
  context.textAlign = item.anchor === "middle" ? "center" : item.anchor === "end" ? "right" : "left";
  if (item.halo) {
    context.globalAlpha = 1;
    context.strokeStyle = item.halo;
    context.lineWidth = size * 0.36;
    context.lineJoin = "round";
    context.setLineDash(SOLID);
    context.strokeText(text, item.x, y, item.room);
  }
  context.globalAlpha = item.alpha ?? 1;
  context.fillStyle = item.fill ?? "#000";
  context.fillText(text, item.x, y, item.room);
}

/**
 * An outline around the item under the pointer.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} rect
 * @param {string} color
 * @param {number} k
 */
export function paintOutline(context, rect, color, k) {
  context.globalAlpha = 0.55;
  context.beginPath();
  context.roundRect(rect.x - 1, rect.y - 1, rect.w + 2, rect.h + 2, 12);
  context.strokeStyle = color;
  context.lineWidth = 1.5 / Math.min(1, k);
  context.setLineDash(SOLID);
  context.stroke();
}

/**
 * Rings around what the reader's eye is to be led to; as wide on the screen at every zoom.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} rect
 * @param {string} color
 * @param {number} k
 */
export function paintRings(context, { x, y, w, h }, color, k) {
  context.strokeStyle = color;
  context.setLineDash(SOLID);
  for (const [away, width, alpha] of RINGS) {
    const off = away / k;
    context.globalAlpha = alpha;
    context.lineWidth = width / k;
    context.beginPath();
    context.roundRect(x - off, y - off, w + 2 * off, h + 2 * off, 12 + off);
    context.stroke();
  }
}

/** How far away, how wide and how strong. */
const RINGS = [
  [4, 3, 0.95],
  [10, 5, 0.3],
];
