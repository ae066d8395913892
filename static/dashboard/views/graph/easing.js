/** Easing: moves nodes to their new places in several frames. New nodes appear in their places. */

/** @typedef {import("../../layout/places.js").Places} Places */

const EASE_MS = 280;

export class Easing {
  #frame = 0;

  stop() {
    cancelAnimationFrame(this.#frame);
  }

  /**
   * @param {Places} from
   * @param {Places} to
   * @param {(places: Places) => void} show  called for each frame; for the last with `to`
   */
  start(from, to, show) {
    const moved = Object.keys(to).filter((key) => from[key] && !isSamePoint(from[key], to[key]));
    const shown = { ...to };
    const start = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = moved.length ? Math.min(1, (now - start) / EASE_MS) : 1;
      const way = 1 - (1 - share) ** 3;
      for (const key of moved) shown[key] = between(from[key], to[key], way);
      if (share < 1) this.#frame = requestAnimationFrame(step);
      show(share < 1 ? shown : to);
    };
    step(start);
  }
}

/** @param {[number, number]} a @param {[number, number]} b */
const isSamePoint = (a, b) => a[0] === b[0] && a[1] === b[1];

/**
 * @param {[number, number]} a
 * @param {[number, number]} b
 * @param {number} way from 0 to 1
 * @return {[number, number]}
 */
const between = (a, b, way) => [a[0] + (b[0] - a[0]) * way, a[1] + (b[1] - a[1]) * way];
