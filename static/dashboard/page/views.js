/** The views of one state, and which of them is shown. Only that one is drawn. */

import { fill, h } from "../base/dom.js";

/**
 * @typedef {import("./page.js").Page} Page
 *
 * @typedef {object} View
 * @property {import("../address/view-query.js").ViewName} name  in the address
 * @property {string} key  of the keyboard
 * @property {string} label
 * @property {HTMLElement} element
 * @property {(redraw: import("./page.js").Redraw) => void} show  the state or the reader's options changed
 * @property {() => void} mark  only the selection, the search, the side of a comparison or the theme changed
 * @property {(key: string) => void} reveal  scroll to what was selected
 * @property {() => void} [resize]
 * @property {(event: KeyboardEvent) => boolean} [onKey] a key was pressed while the view is shown; returns
 *   whether the view used it
 */

/**
 * @typedef {{app: HTMLElement, bar: HTMLElement, life: HTMLElement}} Elements
 */

/** @param {Page} page @param {View[]} list @param {Elements} elements */
export function createViews(page, list, elements) {
  return new Views(page, list, elements);
}

class Views {
  /** What each view has not drawn yet. @type {Map<string, import("./page.js").Redraw>} */
  #missed = new Map();
  /** Whether what the address selects was scrolled to. */
  #revealed = false;

  /** @param {Page} page @param {View[]} list @param {Elements} elements */
  constructor(page, list, elements) {
    this.page = page;
    this.list = list;
    this.elements = elements;
    const buttons = list.map((view) => this.#button(view));
    fill(elements.bar, buttons);
    page.on("state", (redraw) => this.#show(redraw));
    page.on("view", () => this.#turn());
    for (const topic of /** @type {const} */ (["selection", "search", "side", "theme"]))
      page.on(topic, () => this.#draw());
    page.on("selection", () => this.#reveal());
  }

  /** The keys that switch to each view. */
  get keys() {
    return Object.fromEntries(this.list.map(({ name, key }) => [key, () => this.switchTo(name)]));
  }

  /** @param {View["name"]} name */
  switchTo(name) {
    this.page.view.view = name;
    this.page.view.life = null;
    this.page.keepUrl(true);
    this.page.emit("view");
  }

  resize() {
    this.#current().resize?.();
  }

  /** @param {KeyboardEvent} event @return {boolean} whether the key means something to the view */
  onKey(event) {
    return this.page.view.life === null && Boolean(this.#current().onKey?.(event));
  }

  #current() {
    return this.list.find((view) => view.name === this.page.view.view) ?? this.list[0];
  }

  /** @param {View} view */
  #button({ name, label, key }) {
    const click = () => this.switchTo(name);
    const title = `${label} (${key})`;
    return h("button", { type: "button", id: `view-${name}`, title, "aria-pressed": "false", click }, label);
  }

  /** @param {import("./page.js").Redraw} redraw */
  #show({ opened, still, unasked = false }) {
    for (const { name } of this.list) {
      const missed = this.#missed.get(name);
      const asked = !unasked || (missed !== undefined && !missed.unasked);
      this.#missed.set(name, { opened: opened ?? missed?.opened, still, unasked: !asked });
    }
    this.#draw();
    if (!this.#revealed) this.#reveal();
    this.#revealed ||= this.page.graph !== null;
  }

  #draw() {
    const { page } = this;
    if (page.view.life !== null || !page.state || !page.graph) return;
    const view = this.#current();
    const redraw = this.#missed.get(view.name);
    this.#missed.delete(view.name);
    if (redraw) view.show(redraw);
    else view.mark();
  }

  /** Another view is shown, or one life. */
  #turn() {
    const { app, bar, life } = this.elements;
    const view = this.#current();
    const hidden = this.page.view.life !== null;
    app.dataset.view = view.name;
    life.hidden = !hidden;
    for (const one of this.list) one.element.hidden = one !== view || hidden;
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.id === `view-${view.name}`));
    view.resize?.();
    this.#draw();
  }

  #reveal() {
    const { graph, view } = this.page;
    if (view.selected !== null && view.life === null && graph) this.#current().reveal(view.selected);
  }
}
