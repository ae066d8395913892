/**
 * Completion below a text field, as a combobox with a list (ARIA Authoring Practices): arrow keys choose, Enter or Tab
 * takes the choice, Escape closes the list.
 */

import { fill, h } from "../base/dom.js";
import { number } from "../base/i18n.js";

/**
 * @typedef {import("../search/suggest.js").Suggestion} Suggestion
 * @typedef {Suggestion["options"][number]} Option
 * @typedef {(text: string, caret: number) => Suggestion} Suggest
 */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {Suggest} suggest
 * @param {() => void} onTaken  the text of the field has changed
 */
export function createCompletion(input, list, suggest, onTaken) {
  return new Completion(input, list, suggest, onTaken);
}

class Completion {
  /** @type {Suggestion} */
  #offered = { from: 0, to: 0, options: [] };
  /** The index of the option that the arrow keys chose; -1: none. */
  #active = -1;

  /** @param {HTMLInputElement} input @param {HTMLElement} list @param {Suggest} suggest @param {() => void} onTaken */
  constructor(input, list, suggest, onTaken) {
    this.input = input;
    this.list = list;
    this.suggest = suggest;
    this.onTaken = onTaken;
    this.#listen();
  }

  caret() {
    return this.input.selectionStart ?? this.input.value.length;
  }

  /** Whether the term before the caret can still become valid. */
  promises() {
    return document.activeElement === this.input && this.#suggestHere().options.length > 0;
  }

  open() {
    this.#offered = this.#suggestHere();
    this.#active = -1;
    fill(
      this.list,
      this.#offered.options.map((option, index) => this.#item(option, index)),
    );
    this.#show(this.#offered.options.length > 0);
  }

  /** Close the list, and say whether it was open. */
  close() {
    const wasOpen = !this.list.hidden;
    this.#show(false);
    return wasOpen;
  }

  #listen() {
    const { input } = this;
    input.addEventListener("keydown", (event) => {
      const plain = !event.isComposing && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
      if (plain && this.#press(event.key)) event.preventDefault();
    });
    input.addEventListener("keyup", ({ key }) => {
      if (!this.list.hidden && (key === "ArrowLeft" || key === "ArrowRight")) this.open();
    });
    input.addEventListener("click", () => this.open());
    input.addEventListener("blur", () => this.#show(false));
  }

  #suggestHere() {
    return this.suggest(this.input.value, this.caret());
  }

  /** @param {Option} option @param {number} index */
  #item({ text, note, count }, index) {
    return h(
      "li",
      {
        id: `${this.list.id}-${index}`,
        role: "option",
        "aria-selected": "false",
        class: "completion",
        mousedown: keepFocus,
        click: () => this.#take(index),
      },
      h("code", { class: "completion-text" }, text),
      note && h("span", { class: "completion-note" }, note),
      count !== null && h("span", { class: "count" }, number(count)),
    );
  }

  /** @param {boolean} shown */
  #show(shown) {
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
    if (!shown) this.#active = -1;
    this.#showActive();
  }

  #showActive() {
    const { input, list } = this;
    const active = this.#active;
    for (const [index, item] of [...list.children].entries())
      item.setAttribute("aria-selected", String(index === active));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  /** Put an option into the text; a space follows one that is complete. @param {number} index */
  #take(index) {
    const { input } = this;
    const { from, to, options } = this.#offered;
    const { text, whole } = options[index];
    const rest = input.value.slice(to);
    const space = whole && !/^[\s,|]/.test(rest) ? " " : "";
    input.value = input.value.slice(0, from) + text + space + rest;
    const caret = from + text.length + Number(whole && /^\s?$|^\s/.test(space + rest));
    input.setSelectionRange(caret, caret);
    this.onTaken();
    if (whole) this.#show(false);
    else this.open();
  }

  /** @param {string} key @return {boolean} whether the key meant something here */
  #press(key) {
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (this.list.hidden) this.open();
      else this.#move(key === "ArrowDown" ? 1 : -1);
      this.#showActive();
      return true;
    }
    if ((key !== "Enter" && key !== "Tab") || this.#active < 0) return false;
    this.#take(this.#active);
    return true;
  }

  /** @param {1|-1} step */
  #move(step) {
    const { length } = this.#offered.options;
    this.#active = step === 1 ? (this.#active + 1) % length : (Math.max(this.#active, 0) - 1 + length) % length;
  }
}

/** @param {MouseEvent} event */
function keepFocus(event) {
  event.preventDefault();
}
