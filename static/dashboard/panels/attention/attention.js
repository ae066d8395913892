/** What needs attention on the host that is shown: asks the server, counts it above the view, and lists it. */

import { attentionList } from "./list.js";
import { byId, fill, h } from "../../base/dom.js";
import { findNear, joinNeeds } from "../../model/needs.js";
import { plural, t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../../model/needs.js").Need} Need
 */

const LEAST_MS = 3000; // between two questions to the server
const AGAIN_MS = 60_000;
const ON_WALL = 12;

/** @param {Page} page @param {TimeTravel} timeTravel @param {import("../../base/keys.js").Keys} keys */
export function createAttention(page, timeTravel, keys) {
  return new Attention(page, timeTravel, keys);
}

class Attention {
  /** What the server said. @type {Need[]} */
  #told = [];
  /** What the answer depends on, as it was when the server was asked. */
  #asked = "";
  #askedAt = 0;
  #timer = 0;
  #shown = "";

  /** @param {Page} page @param {TimeTravel} timeTravel @param {import("../../base/keys.js").Keys} keys */
  constructor(page, timeTravel, keys) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.button = byId("attention-open");
    this.wall = byId("attention-wall");
    this.button.addEventListener("click", () => this.open());
    keys.bind({ a: () => this.open() });
    page.on("host", () => this.#forget());
    for (const topic of /** @type {const} */ (["state", "moment"])) page.on(topic, () => this.#ask());
    page.on("usage", () => this.#tell());
    setInterval(() => this.#ask(), AGAIN_MS);
  }

  /** Show the list in the side panel, and go to its first line. */
  open() {
    this.page.select(null);
    byId("app").classList.add("with-details");
    /** @type {HTMLElement|null} */ (document.querySelector("#details .need"))?.focus();
  }

  #forget() {
    [this.#told, this.#asked, this.#askedAt] = [[], "", 0];
    this.#tell();
  }

  /** Ask the server where what it decides by has changed, or was asked long ago; not too often. */
  #ask() {
    const { page } = this;
    if (page.arrived || !page.store.state || !this.timeTravel.api) return this.#tell();
    const basis = basisOf(page.store.state);
    const passed = Date.now() - this.#askedAt;
    if (basis === this.#asked && passed < AGAIN_MS) return this.#tell();
    clearTimeout(this.#timer);
    if (passed < LEAST_MS) this.#timer = Number(setTimeout(() => this.#ask(), LEAST_MS - passed));
    else void this.#read(basis);
  }

  /** @param {string} basis */
  async #read(basis) {
    const { api } = this.timeTravel;
    [this.#asked, this.#askedAt] = [basis, Date.now()];
    try {
      const { needs } = (await api?.attention()) ?? { needs: [] };
      if (api === this.timeTravel.api) this.#told = needs;
    } catch {
      this.#asked = ""; // it is asked again with the next state
    }
    this.#tell();
  }

  /** Publish what needs attention now; nothing in the past or in a comparison. */
  #tell() {
    const { page } = this;
    const state = page.arrived ? null : page.store.state;
    const near = state ? findNear(state.containers, page.store.loads, page.usage.of) : [];
    page.needs = state ? joinNeeds(this.#told, near) : [];
    const shown = JSON.stringify(
      page.needs.map(({ name, reasons }) => [name, reasons.map(({ kind, at, times }) => [kind, at, times])]),
    );
    this.#showCount();
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#showWall();
    page.emit("attention");
  }

  #showCount() {
    const { length } = this.page.needs;
    this.button.hidden = length === 0;
    this.button.textContent = plural(length, "{count} needs attention", "{count} need attention");
  }

  #showWall() {
    const { page, wall } = this;
    wall.hidden = page.needs.length === 0;
    fill(
      wall,
      h("h2", null, t("Needs attention")),
      attentionList(page.needs, { zone: this.timeTravel.zone, most: ON_WALL, onSelect: (key) => page.select(key) }),
    );
  }
}

/** What of a state decides: how its containers run. @param {import("../../model/store.js").State} state */
function basisOf({ containers }) {
  const runs = [...containers.values()].map((one) =>
    [one.id, one.state, one.init_pid, one.health, one.restarts, one.oom_killed, one.exit_code].join(),
  );
  return runs.join(";");
}
