/** Newcomers: containers that appeared while the reader looks. They are pointed at for some seconds. */

import { fill } from "../../base/dom.js";
import { plural, t } from "../../base/i18n.js";

/** @typedef {import("./graph.js").Graph} Graph */

const POINTED_MS = 10_000;

/**
 * The containers that a graph has and the one before had not, open or closed, by key. Pure.
 * @param {Graph} before
 * @param {Graph} after
 */
export function newUnits(before, after) {
  const old = new Set(unitsOf(before).map(([key]) => key));
  return new Map(unitsOf(after).filter(([key]) => !old.has(key)));
}

/** The key and the title of each box. @param {Graph} graph @return {[string, string][]} */
function unitsOf({ nodes, groups }) {
  const cards = nodes.filter(({ kind }) => kind === "card");
  return [
    ...cards.map(({ key, label }) => /** @type {[string, string]} */ ([key, label])),
    ...groups.map(({ key, title }) => /** @type {[string, string]} */ ([key, title])),
  ];
}

/** "3 new containers, 1 isolated without one". Pure. @param {string[]} keys of boxes */
export function sayNew(keys) {
  const outside = keys.filter((key) => key.startsWith("group:")).length;
  const inside = keys.length - outside;
  return [
    inside > 0 && plural(inside, "{count} new container", "{count} new containers"),
    outside > 0 && plural(outside, "{count} isolated without one", "{count} isolated without one"),
  ]
    .filter(Boolean)
    .join(", ");
}

export class Newcomers {
  /** @type {Map<string, string>} */
  #titles = new Map();
  #timer = 0;

  /**
   * @param {HTMLElement} button  says who is new; pressed, it shows them
   * @param {(keys: string[]) => void} bring
   * @param {() => void} redraw
   */
  constructor(button, bring, redraw) {
    this.button = button;
    this.redraw = redraw;
    button.addEventListener("click", () => bring(this.keys));
  }

  /** Those that are pointed at. */
  get keys() {
    return [...this.#titles.keys()];
  }

  /** @param {Map<string, string>} titles  by key */
  add(titles) {
    if (!titles.size) return;
    this.#titles = new Map([...this.#titles, ...titles]);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.clear(), POINTED_MS);
    this.#show();
  }

  clear() {
    if (!this.#titles.size) return;
    this.#titles = new Map();
    this.#show();
  }

  #show() {
    const [first] = this.#titles.values();
    const { size } = this.#titles;
    this.button.hidden = size === 0;
    if (size) fill(this.button, size === 1 ? t("New: {name}", { name: first }) : sayNew(this.keys));
    this.redraw();
  }
}
