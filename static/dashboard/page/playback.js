/** Playback: shows one change after another. No elements. */

import { t } from "../base/i18n.js";

/** @typedef {import("./time-travel.js").TimeTravel} TimeTravel */

export class Playback {
  playing = false;
  /** @type {any} */
  #timer = null;
  /** When the last step was taken. */
  #steppedAt = 0;

  /** @param {TimeTravel} travel @param {() => number} speed  steps per second */
  constructor(travel, speed) {
    this.travel = travel;
    this.speed = speed;
  }

  /** Start at the moment that the page shows; when live, at the start of the timeline's span. Or pause. */
  async toggle() {
    const { travel } = this;
    if (this.playing) return this.pause();
    if (!travel.api) return;
    this.playing = true;
    if (travel.where.mode === "past") this.#step();
    else {
      const { span, start } = travel.window;
      await travel.jumpTo(new Date(Math.max(span.from, start)).toISOString(), true);
    }
    travel.changed();
  }

  pause() {
    clearTimeout(this.#timer);
    if (!this.playing) return;
    this.playing = false;
    this.travel.changed();
  }

  /** The moment that is shown was read: take the next step when it is due. */
  schedule() {
    if (!this.playing) return;
    const wait = 1000 / this.speed() - (Date.now() - this.#steppedAt);
    this.#timer = setTimeout(() => this.#step(), Math.max(0, wait));
  }

  #step() {
    if (!this.playing) return;
    const { travel } = this;
    const { moment, where } = travel;
    this.#steppedAt = Date.now();
    if (moment?.next) travel.go({ mode: "past", seq: moment.next }, false);
    else if (moment) {
      this.pause();
      travel.say(t("That was the last change."));
    } else if (where.mode === "past") void travel.readMoment(where.seq);
  }
}
