/** Waiting before another attempt: exponential backoff with jitter. */

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4_000; // so a page is live within 5 s once its server answers again
const LONGEST_ATTEMPT = 10; // from this attempt on, the wait is the longest

/**
 * How long to wait before the next attempt, in milliseconds. It doubles; the jitter spreads the attempts of many pages.
 * @param {number} attempt
 * @param {number} random  0 up to 1
 */
export function waitBefore(attempt, random) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, LONGEST_ATTEMPT));
  return wait / 2 + (wait / 2) * random;
}

/** One attempt at a time; each waits longer than the one before. */
export class Retry {
  attempt = 0;
  /** @type {any} */
  #timer = null;

  /** @param {import("./live-state.js").Surroundings} around */
  constructor(around) {
    this.around = around;
  }

  /** @param {() => void} run */
  later(run) {
    this.cancel();
    this.#timer = this.around.after(run, waitBefore(this.attempt++, this.around.random()));
  }

  /** From now on, wait as long as after many attempts. */
  slowDown() {
    this.attempt = LONGEST_ATTEMPT;
  }

  cancel() {
    this.around.cancel(this.#timer);
  }
}
