/** The outline around rectangles, with round corners. Pure. */

/** @typedef {import("./geometry.js").Rect} Rect */

const ARC = 4; // pieces of a quarter of a circle

/**
 * The convex hull of rectangles that are enlarged by a margin (Andrew's monotone chain).
 * @param {Rect[]} rects
 * @param {number} margin
 * @return {number[]} x, y, x, y …
 */
export function hullOf(rects, margin) {
  const points = rects.flatMap((rect) => cornersOf(rect, margin)).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return [...chainOf(points), ...chainOf(points.reverse())].flat();
}

/** @param {Rect} rect @param {number} margin @return {[number, number][]} */
function cornersOf({ x, y, w, h }, margin) {
  return Array.from({ length: 4 * (ARC + 1) }, (_, index) => {
    const corner = Math.floor(index / (ARC + 1));
    const angle = ((corner + (index % (ARC + 1)) / ARC) * Math.PI) / 2;
    const [right, lower] = [corner === 0 || corner === 3, corner < 2];
    return [(right ? x + w : x) + Math.cos(angle) * margin, (lower ? y + h : y) + Math.sin(angle) * margin];
  });
}

/** One side of the hull, without its last point. @param {[number, number][]} points  in order */
function chainOf(points) {
  /** @type {[number, number][]} */
  const chain = [];
  for (const point of points) {
    while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], point) <= 0) chain.pop();
    chain.push(point);
  }
  return chain.slice(0, -1);
}

/** @param {[number, number]} a @param {[number, number]} b @param {[number, number]} c */
const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
