/** Scrubbing: follows the pointer along the timeline. One question is asked at a time, and the last position counts. */

import { sayAbsence } from "../base/time-text.js";

/** @typedef {import("./time-travel.js").TimeTravel} TimeTravel */

export class Scrubber {
  /** The position that is still to be asked for, in milliseconds. @type {number|null} */
  #wanted = null;
  #asking = false;
  #released = false;

  /** @param {TimeTravel} travel */
  constructor(travel) {
    this.travel = travel;
  }

  /** @param {number} at  milliseconds @param {boolean} released  whether the pointer was released there */
  move(at, released) {
    this.travel.playback.pause();
    this.#wanted = at;
    if (!this.#asking) void this.#follow();
    if (released) this.#released = true;
  }

  forget() {
    this.#wanted = null;
  }

  async #follow() {
    this.#asking = true;
    while (this.#wanted !== null && this.travel.api) await this.#ask(this.#wanted);
    this.#asking = false;
  }

  /** @param {number} at */
  async #ask(at) {
    const { travel } = this;
    try {
      const found = await travel.ask(at);
      const last = this.#wanted === at;
      if (last) this.#wanted = null;
      travel.go({ mode: "past", seq: found.seq }, last && this.#released);
      if (!last) return;
      if (found.away) travel.say(sayAbsence(found.away, travel.zone));
      this.#released = false;
    } catch (error) {
      if (this.#wanted === at) this.#wanted = null;
      travel.sayError(error);
    }
  }
}
