/** The reader's pins: kept for each host and in the address, and counted on a button that unpins all. */

import { BOX } from "../../layout/places.js";
import { createPinBoard } from "../../layout/pins.js";
import { t } from "../../base/i18n.js";

/** @typedef {import("../../layout/places.js").Places} Places */

export class Pins {
  #board = createPinBoard(localStorage);
  /** Those that the graph has. @type {Places|null} */
  #known = null;

  /** @param {import("../../page/page.js").Page} page @param {HTMLElement} button */
  constructor(page, button) {
    this.page = page;
    this.button = button;
  }

  /** The reader pinned or unpinned something. @param {Places} pins */
  keep(pins) {
    const { page } = this;
    this.#known = page.view.pins = pins;
    if (page.view.host) this.#board.write(this.#place, pins);
    page.keepUrl();
    this.#count();
  }

  /** The pins that the address names; without any, those that were kept. @return {Places|null} null: they are known */
  recall() {
    const { view } = this.page;
    if (this.#known === view.pins) return null;
    if (view.host && !Object.keys(view.pins).length) view.pins = this.#board.read(this.#place);
    this.#known = view.pins;
    this.#count();
    return view.pins;
  }

  /** Where the pins of this host and arrangement are kept. */
  get #place() {
    const { host, arrangement } = this.page.view;
    return arrangement === "ordered" ? `${host}` : `${host}.${arrangement}`;
  }

  #count() {
    const count = new Set(Object.keys(this.page.view.pins).map((key) => key.replace(BOX, ""))).size;
    this.button.hidden = count === 0;
    this.button.title = t("{count} pinned: unpin all (U)", { count });
  }
}
