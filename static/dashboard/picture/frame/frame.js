/** Puts a frame around a drawing: a head above it, a foot below it, and the size of the whole. Pure. */

import { footOf } from "./foot.js";
import { headOf, titleOf } from "./head.js";
import { MARGIN } from "./part.js";
import { describe } from "../description.js";
import { writeSvg } from "../../draw/svg.js";

/**
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("../subject.js").Subject} Subject
 * @typedef {import("../content.js").Content} Content
 * @typedef {{svg: string, width: number, height: number}} Picture
 *
 * @typedef {object} Viewport  the part of the graph that the page shows
 * @property {Record<string, [number, number]>} places
 * @property {Rect} rect  in the graph's own units
 * @property {number} zoom
 *
 * @typedef {object} Body  the drawing, without its frame
 * @property {Item[]} items
 * @property {Rect} rect  the part of the items that is drawn, in their own units
 * @property {number} k  the scale of the items
 * @property {boolean} clipped  whether items outside of the rectangle are cut off
 *
 * @typedef {object} Measured  the size of a picture, with its head and foot
 * @property {number} width
 * @property {number} height
 * @property {number} unit  the scale of head and foot
 * @property {import("./part.js").Part} head
 * @property {import("./part.js").Part} foot
 */

const ASPECT = 1.5; // of a picture without a requested size
const PADDING = 24; // around the visible part
const LEAST_WIDTH = 760;
const LEAST_BODY = 120;
const MOST_ZOOM = 1.5;
const PLAIN_WIDTH = 1400; // in a wider picture the texts of the frame are larger, so that they stay readable
const TEXT_OVERHANG = 260; // a text may reach this far beyond its anchor
const SHAPE_OVERHANG = 24;

/** @param {Subject} subject @param {Content} content @param {Viewport|null} viewport @return {Picture} */
export function frameAround(subject, content, viewport) {
  const body = bodyOf(subject, content, viewport);
  const measured = measure(subject, content, body);
  const { width, height } = measured;
  const sheet = {
    width,
    height,
    title: titleOf(subject),
    description: describe(subject, content),
    lang: subject.options.lang,
    background: subject.options.theme.page,
    layers: layersOf(body, measured),
  };
  return { svg: writeSvg(sheet), width, height };
}

/** @param {Subject} subject @param {Content} content @param {Viewport|null} viewport @return {Body} */
function bodyOf(subject, content, viewport) {
  const { size } = subject.options;
  if (!viewport && size) return fittedBody(subject, content, size);
  const { items, bounds } = content.draw(ASPECT);
  if (!viewport) return { items, rect: bounds, k: 1, clipped: false };
  return { items, rect: within(viewport.rect, bounds), k: viewport.zoom, clipped: true };
}

/**
 * The drawing, scaled so that it fits into a picture of this size.
 * @return {Body}
 * @param {Subject} subject
 * @param {Content} content
 * @param {{w: number, h: number}} size
 */
function fittedBody(subject, content, size) {
  const unit = unitOf(size.w);
  const { head, foot } = partsOf(subject, content, size.w / unit);
  const width = size.w - 2 * MARGIN * unit;
  const height = Math.max(LEAST_BODY, size.h - (head.height + foot.height) * unit);
  const { items, bounds } = content.draw(width / height);
  return { items, rect: bounds, k: Math.min(MOST_ZOOM, width / bounds.w, height / bounds.h), clipped: false };
}

/** The part without the empty space around the drawing. @param {Rect} part @param {Rect} bounds @return {Rect} */
function within(part, bounds) {
  const left = Math.max(part.x, bounds.x - PADDING);
  const top = Math.max(part.y, bounds.y - PADDING);
  const right = Math.min(part.x + part.w, bounds.x + bounds.w + PADDING);
  const bottom = Math.min(part.y + part.h, bounds.y + bounds.h + PADDING);
  return right > left && bottom > top ? { x: left, y: top, w: right - left, h: bottom - top } : part;
}

/** @param {number} width */
const unitOf = (width) => Math.max(0.8, Math.min(3, width / PLAIN_WIDTH));

/** @param {Subject} subject @param {Content} content @param {Body} body @return {Measured} */
function measure(subject, content, { rect, k }) {
  const { size } = subject.options;
  const width = size?.w ?? naturalWidth(rect.w * k);
  const unit = size || width > PLAIN_WIDTH ? unitOf(width) : 1;
  const { head, foot } = partsOf(subject, content, width / unit);
  const height = size?.h ?? Math.ceil((head.height + foot.height) * unit + rect.h * k);
  return { width, height, unit, head, foot };
}

/** The width of a picture without a requested size. @param {number} inner the width of the drawing */
function naturalWidth(inner) {
  const least = Math.max(LEAST_WIDTH, inner + 2 * MARGIN);
  return Math.ceil(Math.max(least, inner + 2 * MARGIN * unitOf(least)));
}

/** @param {Body} body @param {Measured} measured @return {import("../../draw/svg.js").Layer[]} */
function layersOf({ items, rect, k, clipped }, { width, height, unit, head, foot }) {
  const available = height - (head.height + foot.height) * unit;
  const left = (width - rect.w * k) / 2;
  const top = head.height * unit + (available - rect.h * k) / 2;
  const clip = clipped ? { x: left, y: top, w: rect.w * k, h: rect.h * k } : undefined;
  const drawn = clipped ? items.filter((item) => isVisible(item, rect)) : items;
  return [
    { items: drawn, x: left - rect.x * k, y: top - rect.y * k, k, clip },
    { items: head.items, x: 0, y: 0, k: unit },
    { items: foot.items, x: 0, y: height - foot.height * unit, k: unit },
  ];
}

/** @param {Item} item @param {Rect} rect */
function isVisible({ t: kind, x, y, w = 0, h = 0, points }, rect) {
  const overhang = kind === "text" ? TEXT_OVERHANG : SHAPE_OVERHANG;
  const xs = points ? points.filter((_, index) => index % 2 === 0) : [x, x + w];
  const ys = points ? points.filter((_, index) => index % 2 === 1) : [y, y + h];
  return (
    Math.max(...xs) + overhang > rect.x &&
    Math.min(...xs) - overhang < rect.x + rect.w &&
    Math.max(...ys) + overhang > rect.y &&
    Math.min(...ys) - overhang < rect.y + rect.h
  );
}

/** @param {Subject} subject @param {Content} content @param {number} width in the frame's own units */
function partsOf(subject, content, width) {
  return { head: headOf(subject, width), foot: footOf(subject, content, width) };
}
