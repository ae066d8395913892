/** Keeps rectangles from overlapping. Pure. */

/**
 * @typedef {import("../draw/geometry.js").Extent} Extent
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {{index?: number, vx?: number, vy?: number, fx?: number|null, fy?: number|null}} Simulated  what D3 adds
 * @typedef {Point & Simulated & {key: string, extent: Extent, slot: Point, weight: number}} Moving `slot`: its wanted
 *   place; `weight` 0: it does not move
 */

/** @param {string} a @param {string} b */
export const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The nearest place, in rings around the wanted one, that overlaps nothing.
 * @param {Point} wanted
 * @param {Extent} extent
 * @param {Rect[]} taken
 * @return {Point}
 */
export function nearestFree(wanted, extent, taken) {
  for (let ring = 0; ring < 200; ring++) {
    const steps = Math.max(1, ring * 6);
    for (let step = 0; step < steps; step++) {
      const angle = Math.PI / 2 + (step / steps) * 2 * Math.PI;
      const point = { x: wanted.x + Math.cos(angle) * ring * 24, y: wanted.y + Math.sin(angle) * ring * 24 };
      const rect = rectOf(point, extent, 0);
      if (!taken.some((other) => overlaps(rect, other))) return point;
    }
  }
  return wanted;
}

/** @param {Point} at @param {Extent} extent @param {number} gap @return {Rect} */
export function rectOf(at, extent, gap) {
  return {
    x: at.x - extent.l - gap / 2,
    y: at.y - extent.t - gap / 2,
    w: extent.l + extent.r + gap,
    h: extent.t + extent.b + gap,
  };
}

/** @param {Rect} a @param {Rect} b */
function overlaps(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/**
 * Push overlapping rectangles apart along the shorter way; weight 0 does not move.
 * @param {Moving[]} movers
 * @param {number} gap
 * @param {number} rounds
 * @param {boolean} [even]  the shorter way is measured in widths and heights: a crowd of wide ones does not grow tall
 */
export function separate(movers, gap, rounds, even = false) {
  for (let round = 0; round < rounds; round++) {
    const order = [...movers].sort((a, b) => a.x - a.extent.l - (b.x - b.extent.l) || compare(a.key, b.key));
    const widest = order.reduce((most, { extent }) => Math.max(most, extent.l + extent.r), 0);
    let moved = false;
    for (let i = 0; i < order.length; i++) {
      for (
        let j = i + 1;
        j < order.length && order[j].x - order[j].extent.l < order[i].x - order[i].extent.l + widest + gap;
        j++
      ) {
        moved = pushApart(order[i], order[j], gap, even) || moved;
      }
    }
    if (!moved) return;
  }
}

/** @param {Moving} a @param {Moving} b @param {number} gap @param {boolean} even */
function pushApart(a, b, gap, even) {
  const weight = a.weight + b.weight;
  const ax = a.x + (a.extent.r - a.extent.l) / 2;
  const ay = a.y + (a.extent.b - a.extent.t) / 2;
  const bx = b.x + (b.extent.r - b.extent.l) / 2;
  const by = b.y + (b.extent.b - b.extent.t) / 2;
  const wide = (a.extent.l + a.extent.r + b.extent.l + b.extent.r) / 2 + gap;
  const high = (a.extent.t + a.extent.b + b.extent.t + b.extent.b) / 2 + gap;
  const overX = wide - Math.abs(ax - bx);
  const overY = high - Math.abs(ay - by);
  if (weight === 0 || overX <= 0.01 || overY <= 0.01) return false;
  const share = a.weight / weight;
  if (even ? overX * high < overY * wide : overX < overY) {
    const way = ax < bx || (ax === bx && a.key < b.key) ? 1 : -1;
    a.x -= way * overX * share;
    b.x += way * overX * (1 - share);
  } else {
    const way = ay < by || (ay === by && a.key < b.key) ? 1 : -1;
    a.y -= way * overY * share;
    b.y += way * overY * (1 - share);
  }
  return true;
}
