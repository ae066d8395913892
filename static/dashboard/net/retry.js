/** Waiting before another attempt: exponential backoff with jitter. */

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4_000; // so a page is live within 5 s once its server answers again
const REFUSED_WAIT_MS = 15_000; // after a refusal: nothing will change soon
const LONGEST_ATTEMPT = 10; // from this attempt on, the wait is the longest

/**
 * How long to wait before the next attempt, in milliseconds. It doubles; the jitter spreads the attempts of many pages.
 * @param {number} attempt
 * @param {number} random  0 up to 1
 */
export function waitBefore(attempt, random) {
  return spread(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, LONGEST_ATTEMPT)), random);
}

/** From half of the wait to all of it. @param {number} wait @param {number} random */
function spread(wait, random) {
  return wait / 2 + (wait / 2) * random;
}

/** One attempt at a time; each waits longer than the one before. */
export class Retry {
  attempt = 0;
  #refused = false;
  /** @type {any} */
  #timer = null;

  /** @param {import("./live-state.js").Surroundings} around */
  constructor(around) {
    this.around = around;
  }

  /** @param {() => void} run */
  later(run) {
    this.cancel();
    const random = this.around.random();
    const wait = this.#refused ? spread(REFUSED_WAIT_MS, random) : waitBefore(this.attempt, random);
    this.attempt++;
    this.#refused = false;
    this.#timer = this.around.after(run, wait);
  }

  /** Wait the longest time before the next attempt: the server refused this one. */
  slowDown() {
    this.#refused = true;
  }

  cancel() {
    this.around.cancel(this.#timer);
  }
}
