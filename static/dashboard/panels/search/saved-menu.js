/** The menu of saved searches: each is a link, which can be opened, copied and deleted. */

import { byId, fill, h } from "../../base/dom.js";
import { createSaved } from "../../address/saved-searches.js";
import { t } from "../../base/i18n.js";
import { toQuery } from "../../address/view-query.js";

/** @typedef {import("../../address/saved-searches.js").Saved} Saved */

/** @param {import("../../page/page.js").Page} page @param {import("../../widgets/toast.js").Toast} toast */
export function createSearches(page, toast) {
  const menu = byId("searches");
  const saved = createSaved(localStorage);

  /** What the reader sees now, but live and with nothing selected. */
  const addressNow = () => toQuery({ ...page.view, selected: null, life: null, at: null, from: null, to: null });

  /** @param {Saved} search */
  const linkOf = ({ query }) => `${location.origin}${location.pathname}?${query}`;

  /** @param {MouseEvent} event @param {Saved} search */
  function open(event, { query }) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    menu.hidePopover();
    history.pushState(null, "", `?${query}`);
    dispatchEvent(new PopStateEvent("popstate"));
  }

  /** @param {Saved} search */
  async function copy(search) {
    try {
      await navigator.clipboard.writeText(linkOf(search));
      toast.say(t("The link is copied."));
    } catch {
      toast.say(linkOf(search));
    }
  }

  /** @param {Saved} search */
  function remove({ name }) {
    const undo = saved.remove(name);
    show();
    toast.say(t("“{name}” is deleted.", { name }));
    toast.offer(t("Undo"), () => {
      undo();
      show();
      toast.say(t("“{name}” is back.", { name }));
    });
  }

  /** @param {SubmitEvent} event */
  function save(event) {
    event.preventDefault();
    const name =
      String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("name")).trim() || page.view.search;
    const kept = saved.add(name, addressNow());
    show();
    toast.say(
      kept
        ? t("“{name}” is saved in this browser.", { name })
        : t("This browser keeps nothing: “{name}” is gone with the page.", { name }),
    );
  }

  /** @param {Saved} search */
  function item(search) {
    const text = new URLSearchParams(search.query).get("q") ?? "";
    return h(
      "li",
      { class: "saved" },
      h(
        "a",
        {
          class: "option",
          href: `?${search.query}`,
          "data-focus": `saved:${search.name}`,
          click: (/** @type {MouseEvent} */ event) => open(event, search),
        },
        h("span", { class: "option-name" }, search.name),
        text !== search.name && h("code", { class: "muted" }, text),
      ),
      h(
        "button",
        {
          type: "button",
          class: "act",
          "aria-label": t("Copy the link of {name}", { name: search.name }),
          click: () => void copy(search),
        },
        t("Copy link"),
      ),
      h(
        "button",
        {
          type: "button",
          class: "act",
          "aria-label": t("Delete {title}", { title: search.name }),
          click: () => remove(search),
        },
        t("Delete"),
      ),
    );
  }

  function form() {
    if (!page.view.search)
      return h("p", { class: "hint menu-hint" }, t("Search for something, and it can be saved here as a link."));
    return h(
      "form",
      { class: "save-search", submit: save },
      h("input", {
        name: "name",
        "aria-label": t("Name of the search"),
        placeholder: page.view.search,
        autocomplete: "off",
        maxlength: 80,
        "data-focus": "saved-name",
      }),
      h("button", { type: "submit", class: "button" }, t("Save")),
    );
  }

  function show() {
    fill(
      menu,
      h("p", { class: "menu-head" }, h("strong", null, t("Saved searches"))),
      saved.list.length > 0 && h("ul", { class: "saved-list" }, saved.list.map(item)),
      form(),
    );
  }

  menu.addEventListener("beforetoggle", show);
  addEventListener("storage", () => {
    saved.reload();
    if (menu.matches(":popover-open")) show();
  });
}
