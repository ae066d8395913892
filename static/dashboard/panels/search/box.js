/** The search box: what is searched for, how many matches each view has, and which parts of the text have errors. */

import { byId, fill, h } from "../../base/dom.js";
import { countPerView } from "../../page/match-counts.js";
import { createCompletion } from "../../widgets/completion.js";
import { createMatchNote } from "./match-note.js";
import { sayFound } from "../../views/graph/found.js";
import { Steps } from "./steps.js";
import { suggest } from "../../search/suggest.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../base/keys.js").Keys} Keys
 * @typedef {import("../../search/search.js").Problem} Problem
 */

const NOTHING = { from: 0, to: 0, options: [] };

/** @param {Page} page @param {Keys} keys */
export function createSearchBox(page, keys) {
  return new SearchBox(page, keys);
}

class SearchBox {
  /** @param {Page} page @param {Keys} keys */
  constructor(page, keys) {
    this.page = page;
    this.input = /** @type {HTMLInputElement} */ (byId("search"));
    this.box = byId("search-box");
    this.echo = byId("search-echo");
    this.completion = createCompletion(
      this.input,
      byId("search-options"),
      (text, caret) => (page.facts ? suggest(text, caret, page.facts) : NOTHING),
      () => this.#search(),
    );
    this.steps = new Steps(page);
    this.note = createMatchNote(page, byId("find-note"), this.steps, {
      clear: () => this.#clear(),
      pick: (problem) => this.#pick(problem),
    });
    this.#listenToInput();
    this.#listenToPage();
    keys.bind({ "/": () => this.input.focus(), n: () => this.steps.go(1), N: () => this.steps.go(-1) });
    keys.onEscape((typing) => this.#escape(typing));
    this.read();
  }

  /** Take the text of the page's search, whoever set it; equal text is not written again, to keep the caret. */
  read() {
    if (this.input.value !== this.page.view.search) this.input.value = this.page.view.search;
  }

  #listenToInput() {
    const { input, completion, echo } = this;
    input.addEventListener("input", () => {
      if (/\S$/.test(input.value.slice(0, completion.caret()))) completion.open();
      else completion.close();
      this.#search();
    });
    for (const event of ["blur", "keyup", "click"]) input.addEventListener(event, () => this.#show());
    input.addEventListener("scroll", () => (echo.scrollLeft = input.scrollLeft));
    this.box.addEventListener("submit", (event) => {
      event.preventDefault();
      completion.close();
      this.steps.go(1);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.shiftKey) return;
      event.preventDefault();
      this.steps.go(-1);
    });
    byId("search-clear").addEventListener("click", () => {
      this.#clear();
      input.focus();
    });
  }

  #listenToPage() {
    const { page } = this;
    page.on("search", () => this.read());
    for (const topic of /** @type {const} */ (["state", "search", "view", "selection"]))
      page.on(topic, () => this.#show());
    page.on("usage", () => page.found.measures && this.#search());
  }

  #search() {
    this.page.search(this.input.value);
  }

  #clear() {
    this.input.value = "";
    this.page.search("");
  }

  /** Select the text of a term. @param {Problem} problem */
  #pick({ from, to }) {
    this.input.focus();
    this.input.setSelectionRange(from, to);
    this.#show();
  }

  #show() {
    const { graph, found, state } = this.page;
    if (!graph) return;
    const { processes, containers, nodes } = found;
    byId("search-count").textContent = nodes ? sayFound(found) : "";
    byId("search-clear").hidden = this.input.value === "";
    this.box.classList.toggle("none-found", nodes !== null && processes.length + containers.length === 0);
    showCounts(nodes && state && countPerView(found, graph, state));
    const problems = this.#settledProblems();
    this.input.setAttribute("aria-invalid", String(problems.length > 0));
    this.#underline(problems);
    this.note.show(problems);
  }

  /** The problems without that of a term which is being typed and can still become valid. */
  #settledProblems() {
    const caret = this.completion.promises() ? this.completion.caret() : -1;
    return this.page.found.problems.filter(({ from, to }) => caret <= from || caret > to);
  }

  /** @param {Problem[]} problems */
  #underline(problems) {
    const { value } = this.input;
    let at = 0;
    const parts = problems.flatMap(({ from, to }) => {
      const part = [value.slice(at, from), h("span", { class: "misread" }, value.slice(from, to))];
      at = to;
      return part;
    });
    fill(this.echo, parts);
    this.echo.scrollLeft = this.input.scrollLeft;
  }

  /** Escape closes the list, then clears the text, then leaves the box. @param {boolean} typing */
  #escape(typing) {
    const { activeElement } = document;
    if (activeElement !== this.input) {
      if (typing) /** @type {HTMLElement|null} */ (activeElement)?.blur();
    } else if (!this.completion.close()) {
      if (this.input.value) this.#clear();
      else this.input.blur();
    }
    return typing;
  }
}

/** Show on the button of each view how many matches it has. @param {Record<string, number>|null} counts */
function showCounts(counts) {
  for (const button of byId("views").children) {
    const count = counts?.[button.id.replace("view-", "")];
    if (count === undefined) button.removeAttribute("data-count");
    else button.setAttribute("data-count", t("{count}", { count }));
  }
}
