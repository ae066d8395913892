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
 * The same places, spread evenly over a rectangle of this area and aspect around zero. Along both axes their order is
 * kept.
 * @param {Point[]} points
 * @param {number} area
 * @param {number} aspect
 * @return {Point[]}
 */
export function spreadOver(points, area, aspect) {
  const height = Math.sqrt(area / aspect);
  const [xs, ys] = [ranksOf(points.map(({ x }) => x)), ranksOf(points.map(({ y }) => y))];
  return points.map((_, index) => ({ x: xs[index] * height * aspect, y: ys[index] * height }));
}

/** From -0.5 for the least to 0.5 for the greatest. @param {number[]} values */
function ranksOf(values) {
  const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b] || a - b);
  const ranks = values.map(() => 0);
  for (const [rank, index] of order.entries()) ranks[index] = values.length > 1 ? rank / (values.length - 1) - 0.5 : 0;
  return ranks;
}
