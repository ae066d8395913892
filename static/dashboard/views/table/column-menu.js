/** The menu that chooses the columns of the table, and the button that opens it. */

import { COLUMNS, columnTitle } from "./columns.js";
import { fill, h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/** @typedef {import("./columns.js").Column} Column */

export class ColumnMenu {
  element = h("div", { class: "menu tb-menu", id: "columns-menu", popover: "auto", "aria-label": t("Columns") });
  button = opener();

  /**
   * @param {() => Column[]} shown
   * @param {(names: string[]|null) => void} choose  null: the default ones
   */
  constructor(shown, choose) {
    this.shown = shown;
    this.choose = choose;
    this.element.addEventListener("beforetoggle", () => this.#show());
  }

  #show() {
    const names = this.shown().map(({ name }) => name);
    fill(
      this.element,
      COLUMNS.map((column) => this.#switch(column, names)),
      this.#usualButton(),
    );
    const at = this.button.getBoundingClientRect();
    this.element.style.inset = `${at.bottom + 6}px ${Math.max(8, innerWidth - at.right)}px auto auto`;
  }

  /** @param {string[]|null} names */
  #take(names) {
    this.choose(names);
    this.#show();
  }

  /** @param {Column} column @param {string[]} names  of the columns that are shown */
  #switch(column, names) {
    const { name } = column;
    const has = names.includes(name);
    const input = h("input", {
      type: "checkbox",
      "data-focus": name,
      "data-column": name,
      change: () => this.#take(has ? names.filter((one) => one !== name) : [...names, name]),
    });
    input.checked = has;
    input.disabled = has && names.length === 1;
    return h("label", { class: "switch" }, input, h("span", { class: "switch-name" }, columnTitle(column)));
  }

  #usualButton() {
    const props = {
      type: "button",
      class: "option",
      "data-focus": "usual",
      id: "columns-usual",
      click: () => this.#take(null),
    };
    return h("button", props, h("span", { class: "option-name" }, t("Default columns")));
  }
}

function opener() {
  const props = {
    type: "button",
    class: "button small",
    id: "columns-open",
    popovertarget: "columns-menu",
    "aria-haspopup": "true",
  };
  return h("button", props, t("Columns"), h("span", { class: "caret", "aria-hidden": "true" }, "▾"));
}
