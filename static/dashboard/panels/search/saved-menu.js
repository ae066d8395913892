/** The menu of saved searches: each is a link, which can be opened, copied and deleted. */

import { byId, fill, h } from "../../base/dom.js";
import { createSaved } from "../../address/saved-searches.js";
import { t } from "../../base/i18n.js";
import { toQuery } from "../../address/view-query.js";

/**
 * @typedef {import("../../address/saved-searches.js").Saved} Saved
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../widgets/toast.js").Toast} Toast
 */

/** @param {Page} page @param {Toast} toast */
export function createSavedMenu(page, toast) {
  return new SavedMenu(page, toast);
}

class SavedMenu {
  /** @param {Page} page @param {Toast} toast */
  constructor(page, toast) {
    this.page = page;
    this.toast = toast;
    this.menu = byId("searches");
    this.saved = createSaved(localStorage);
    this.menu.addEventListener("beforetoggle", () => this.#show());
    addEventListener("storage", () => {
      this.saved.reload();
      if (this.menu.matches(":popover-open")) this.#show();
    });
  }

  #show() {
    const { list } = this.saved;
    fill(
      this.menu,
      h("p", { class: "menu-head" }, h("strong", null, t("Saved searches"))),
      list.length > 0 &&
        h(
          "ul",
          { class: "saved-list" },
          list.map((search) => this.#item(search)),
        ),
      this.#form(),
    );
  }

  /** @param {Saved} search */
  #item(search) {
    const { name, query } = search;
    const text = new URLSearchParams(query).get("q") ?? "";
    return h(
      "li",
      { class: "saved" },
      h(
        "a",
        {
          class: "option",
          href: `?${query}`,
          "data-focus": `saved:${name}`,
          click: (/** @type {MouseEvent} */ event) => this.#open(event, search),
        },
        h("span", { class: "option-name" }, name),
        text !== name && h("code", { class: "muted" }, text),
      ),
      button(t("Copy link"), t("Copy the link of {name}", { name }), () => void this.#copy(search)),
      button(t("Delete"), t("Delete {title}", { title: name }), () => this.#remove(search)),
    );
  }

  #form() {
    const { search } = this.page.view;
    if (!search)
      return h("p", { class: "hint menu-hint" }, t("Search for something, and it can be saved here as a link."));
    return h(
      "form",
      { class: "save-search", submit: (/** @type {SubmitEvent} */ event) => this.#save(event) },
      h("input", {
        name: "name",
        "aria-label": t("Name of the search"),
        placeholder: search,
        autocomplete: "off",
        maxlength: 80,
        "data-focus": "saved-name",
      }),
      h("button", { type: "submit", class: "button" }, t("Save")),
    );
  }

  /**
   * Open a saved search here; a click with a modifier key is left to the browser.
   * @param {MouseEvent} event
   * @param {Saved} search
   */
  #open(event, { query }) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.menu.hidePopover();
    history.pushState(null, "", `?${query}`);
    dispatchEvent(new PopStateEvent("popstate"));
  }

  /** @param {Saved} search */
  async #copy({ query }) {
    const link = `${location.origin}${location.pathname}?${query}`;
    try {
      await navigator.clipboard.writeText(link);
      this.toast.say(t("The link is copied."));
    } catch {
      this.toast.say(link);
    }
  }

  /** @param {Saved} search */
  #remove({ name }) {
    const undo = this.saved.remove(name);
    this.#show();
    this.toast.say(t("“{name}” is deleted.", { name }));
    this.toast.offer(t("Undo"), () => {
      undo();
      this.#show();
      this.toast.say(t("“{name}” is back.", { name }));
    });
  }

  /** Save the address of what the reader sees now, but live and with nothing selected. @param {SubmitEvent} event */
  #save(event) {
    event.preventDefault();
    const { view } = this.page;
    const entered = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("name");
    const name = String(entered).trim() || view.search;
    const query = toQuery({ ...view, selected: null, life: null, at: null, from: null, to: null });
    const stored = this.saved.add(name, query);
    this.#show();
    this.toast.say(
      stored
        ? t("“{name}” is saved in this browser.", { name })
        : t("This browser stores nothing: “{name}” is lost when the page closes.", { name }),
    );
  }
}

/** @param {string} text @param {string} label @param {() => void} run */
function button(text, label, run) {
  return h("button", { type: "button", class: "act", "aria-label": label, click: run }, text);
}
