/** Packing: puts rectangles beside each other, each as near as it comes to where it is wanted. Pure. */

/**
 * @typedef {import("../../draw/geometry.js").Point} Point
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {{w: number, h: number, wanted: Point}} Parcel  `wanted`: its middle
 */

const INWARDS = 0.9; // how much a place near the middle is worth, against one near the wanted place

/**
 * One after the other, in the order in which they are given.
 * @param {Parcel[]} parcels
 * @param {number} gap
 * @param {number} aspect  of the whole, width divided by height
 * @return {Rect[]} their places; none overlaps
 */
export function pack(parcels, gap, aspect) {
  /** @type {Rect[]} */
  const taken = [];
  for (const { w, h, wanted } of parcels) {
    const cost = (/** @type {Point} */ { x, y }) =>
      Math.hypot(x - wanted.x, (y - wanted.y) * aspect) + Math.hypot(x, y * aspect) * INWARDS;
    const spots = [wanted, ...taken.flatMap((one) => besides(one, w, h, wanted, gap))]
      .map((spot) => ({ ...spot, cost: cost(spot) }))
      .sort((a, b) => a.cost - b.cost || a.x - b.x || a.y - b.y);
    const { x, y } = spots.find((spot) => isFree(spot, w, h, taken, gap)) ?? wanted;
    taken.push({ x: x - w / 2, y: y - h / 2, w, h });
  }
  return taken;
}

/**
 * The middles at which a box touches another: at each side, in line with its ends, or level with where it is wanted.
 * @param {Rect} one
 * @param {number} w
 * @param {number} h
 * @param {Point} wanted
 * @param {number} gap
 * @return {Point[]}
 */
function besides(one, w, h, wanted, gap) {
  const [left, right] = [one.x - gap - w / 2, one.x + one.w + gap + w / 2];
  const [above, below] = [one.y - gap - h / 2, one.y + one.h + gap + h / 2];
  const xs = [one.x + w / 2, one.x + one.w - w / 2, one.x + one.w / 2, Math.min(right, Math.max(left, wanted.x))];
  const ys = [one.y + h / 2, one.y + one.h - h / 2, one.y + one.h / 2, Math.min(below, Math.max(above, wanted.y))];
  return [
    ...ys.flatMap((y) => [
      { x: left, y },
      { x: right, y },
    ]),
    ...xs.flatMap((x) => [
      { x, y: above },
      { x, y: below },
    ]),
  ];
}

/** @param {Point} spot @param {number} w @param {number} h @param {Rect[]} taken @param {number} gap */
function isFree({ x, y }, w, h, taken, gap) {
  return !taken.some(
    (one) =>
      Math.abs(x - one.x - one.w / 2) < (w + one.w) / 2 + gap - 0.01 &&
      Math.abs(y - one.y - one.h / 2) < (h + one.h) / 2 + gap - 0.01,
  );
}

/**
 * The same places, stretched until they fill a rectangle of this area and aspect evenly, around zero.
 * @param {Point[]} points
 * @param {number} area
 * @param {number} aspect
 * @return {Point[]}
 */
export function spreadOver(points, area, aspect) {
  const height = Math.sqrt(area / aspect);
  const [x, y] = [spreadAlong(points.map((point) => point.x)), spreadAlong(points.map((point) => point.y))];
  return points.map((point) => ({ x: x(point.x) * height * aspect, y: y(point.y) * height }));
}

/** So that their standard deviation is that of an even spread over a length of 1. @param {number[]} values */
function spreadAlong(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return (/** @type {number} */ value) => (deviation ? (value - mean) / deviation / Math.sqrt(12) : 0);
}
