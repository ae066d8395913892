/** Goes through what the search finds, one by one; several are first fitted into the graph together. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/** @typedef {import("../../page/page.js").Page} Page */

export class Steps {
  /** The search whose matches were fitted into the graph together. @type {string|null} */
  #fitted = null;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.on("search", () => page.view.search !== this.#fitted && (this.#fitted = null));
  }

  /** Which match is selected, from 0; −1: none of them. */
  get at() {
    return this.page.found.hits.indexOf(this.page.view.selected ?? "");
  }

  /** Select the next or the previous match. @param {1|-1} way */
  go(way) {
    const { page, at } = this;
    const { hits } = page.found;
    if (!hits.length || this.#fitAll()) return;
    const next = at < 0 && way < 0 ? hits.length - 1 : at + way;
    page.select(hits[(next + hits.length) % hits.length]);
  }

  /** "2 of 5" between two buttons; null where there is nothing to go through. */
  element() {
    const { length } = this.page.found.hits;
    if (length < 2) return null;
    const { at } = this;
    const text = at < 0 ? t("{count} matches", { count: length }) : t("{n} of {m}", { n: at + 1, m: length });
    return h(
      "span",
      { class: "steps-of-search", role: "group", "aria-label": t("Go through what is found") },
      this.#button("‹", t("Previous match (Shift+N)"), -1),
      h("output", null, text),
      this.#button("›", t("Next match (N)"), 1),
    );
  }

  /** Fit all matches into the graph, once for each search. @return {boolean} whether it did */
  #fitAll() {
    const { page } = this;
    const { view, search } = page.view;
    if (view !== "graph" || page.found.hits.length < 2 || this.#fitted === search || this.at >= 0) return false;
    this.#fitted = search;
    page.emit("fit");
    return true;
  }

  /** @param {string} sign @param {string} label @param {1|-1} way */
  #button(sign, label, way) {
    const click = () => this.go(way);
    const name = { title: label, "aria-label": label, "data-focus": `find:step:${way}` };
    return h("button", { type: "button", class: "step-of-search", ...name, click }, sign);
  }
}
