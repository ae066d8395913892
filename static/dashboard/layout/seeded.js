/**
 * A small congruential generator: d3-force asks for random numbers where two nodes stand on one spot.
 * @param {number} seed
 * @return {() => number} from 0 to 1
 */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
