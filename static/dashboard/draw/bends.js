/** Lines with corners: each corner is rounded. Pure. */

/**
 * @typedef {{to: [number, number], corner: [number, number]|null, end: [number, number]}} Bend a straight part up to
 *   `to`, then around `corner` to `end`
 */

const ROUND = 7;

/** @param {number[]} points  x, y, x, y … @return {Bend[]} */
export function bendsOf(points) {
  /** @type {Bend[]} */
  const bends = [];
  for (let at = 2; at < points.length - 2; at += 2) {
    const [corner, before, after] = [pointAt(points, at), pointAt(points, at - 2), pointAt(points, at + 2)];
    bends.push({ to: towards(corner, before), corner, end: towards(corner, after) });
  }
  const last = pointAt(points, points.length - 2);
  return [...bends, { to: last, corner: null, end: last }];
}

/** @param {number[]} points @param {number} at @return {[number, number]} */
const pointAt = (points, at) => [points[at], points[at + 1]];

/**
 * A point near the corner, on the way to another.
 * @param {[number, number]} corner
 * @param {[number, number]} other
 * @return {[number, number]}
 */
function towards([x, y], [ox, oy]) {
  const length = Math.hypot(ox - x, oy - y) || 1;
  const share = Math.min(ROUND, length / 2) / length;
  return [x + (ox - x) * share, y + (oy - y) * share];
}

/** The direction in which a line or curve ends. @param {number[]} points */
export function headingOf(points) {
  const [x, y] = points.slice(-2);
  const [fx, fy] = points.slice(-4, -2);
  const curved = points.length === 8 && (fx !== x || fy !== y);
  return curved || points.length > 8 ? Math.atan2(y - fy, x - fx) : Math.atan2(y - points[1], x - points[0]);
}
