/** The one search box: what is looked for, how much of it each view has, and what of the text is not understood. */

import { byId, fill, h } from "../../base/dom.js";
import { countPerView } from "../../search/search.js";
import { createCompletion } from "../../widgets/completion.js";
import { createFindNote } from "./match-note.js";
import { suggest } from "../../search/suggest.js";
import { t } from "../../base/i18n.js";

const NOTHING = { from: 0, to: 0, options: [] };

/** @param {import("../../page/page.js").Page} page @param {import("../../base/keys.js").Keys} keys */
export function createFind(page, keys) {
  const input = /** @type {HTMLInputElement} */ (byId("search"));
  const box = byId("search-box");
  const echo = byId("search-echo");
  const completion = createCompletion(
    input,
    byId("search-options"),
    (text, caret) => (page.facts ? suggest(text, caret, page.facts) : NOTHING),
    look,
  );
  const note = createFindNote(page, byId("find-note"), { clear, pick });

  function look() {
    page.search(input.value);
  }

  function clear() {
    page.search((input.value = ""));
  }

  /** Show where a term stands. @param {import("../../search/search.js").Problem} problem */
  function pick({ from, to }) {
    input.focus();
    input.setSelectionRange(from, to);
    tell();
  }

  function tell() {
    if (!page.graph) return;
    const { processes, nodes, all } = page.found;
    byId("search-count").textContent = nodes ? t("{count} of {all}", { count: processes.length, all }) : "";
    byId("search-clear").hidden = input.value === "";
    box.classList.toggle("none-found", nodes !== null && processes.length === 0);
    tellViews(nodes && page.state && countPerView(processes, page.graph, page.state));
    const problems = settled();
    input.setAttribute("aria-invalid", String(problems.length > 0));
    underline(problems);
    note.show(problems);
  }

  /** What is wrong for good: a term that is being typed and can still become something is not. */
  function settled() {
    const caret = completion.promises() ? completion.caret() : -1;
    return page.found.problems.filter(({ from, to }) => caret <= from || caret > to);
  }

  /** @param {import("../../search/search.js").Problem[]} problems */
  function underline(problems) {
    let at = 0;
    const parts = problems.flatMap(({ from, to }) => {
      const part = [input.value.slice(at, from), h("span", { class: "misread" }, input.value.slice(from, to))];
      at = to;
      return part;
    });
    fill(echo, problems.length ? parts : []);
    echo.scrollLeft = input.scrollLeft;
  }

  /** How much each view has of it stands on its button. @param {Record<string, number>|null} counts */
  function tellViews(counts) {
    for (const button of byId("views").children) {
      const count = counts?.[button.id.replace("view-", "")];
      if (count === undefined) button.removeAttribute("data-count");
      else button.setAttribute("data-count", t("{count}", { count }));
    }
  }

  function selectNext() {
    const { nodes } = page.found;
    if (!nodes?.size || !page.graph) return;
    const found = page.graph.nodes.filter((node) => nodes.has(node.key)).map((node) => node.key);
    const selected = page.selectedNodes();
    page.select(found[(found.findIndex((key) => selected.has(key)) + 1) % found.length]);
  }

  /** What Escape undoes here: the list, the text, the focus. */
  function retreat() {
    if (completion.close()) return;
    if (input.value) clear();
    else input.blur();
  }

  input.addEventListener("input", () => {
    if (/\S$/.test(input.value.slice(0, completion.caret()))) completion.open();
    else completion.close();
    look();
  });
  for (const happening of ["blur", "keyup", "click"]) input.addEventListener(happening, tell);
  input.addEventListener("scroll", () => (echo.scrollLeft = input.scrollLeft));
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    completion.close();
    selectNext();
  });
  byId("search-clear").addEventListener("click", () => {
    clear();
    input.focus();
  });
  keys.bind({ "/": () => input.focus() });
  keys.onEscape((typing) => {
    if (document.activeElement === input) retreat();
    else if (typing) /** @type {HTMLElement} */ (document.activeElement)?.blur();
    return typing;
  });
  /** The search as it is, whoever asked for it; what is being typed is left as it is. */
  const read = () => input.value !== page.view.search && (input.value = page.view.search);
  page.on("search", read);
  read();
  for (const topic of /** @type {const} */ (["state", "search", "view"])) page.on(topic, tell);
  page.on("loads", () => page.found.measures && look());
  return { read };
}
