/** The search box: what is looked for, and how much was found. */

import { byId } from "../dom.js";

/** @param {import("../page.js").Page} page @param {import("../keys.js").Keys} keys */
export function createSearchBox(page, keys) {
  const input = /** @type {HTMLInputElement} */ (byId("search"));
  const box = byId("search-box");

  function count() {
    if (!page.state || !page.graph) return;
    const { processes, nodes, all } = page.found;
    byId("search-count").textContent = nodes ? `${processes.length.toLocaleString("en")} of ${all.toLocaleString("en")}` : "";
    box.classList.toggle("none-found", nodes !== null && processes.length === 0);
  }

  function selectNext() {
    const { nodes } = page.found;
    if (!nodes?.size || !page.graph) return;
    const found = page.graph.nodes.filter((node) => nodes.has(node.key)).map((node) => node.key);
    const selected = page.selectedNodes();
    page.select(found[(found.findIndex((key) => selected.has(key)) + 1) % found.length]);
  }

  input.addEventListener("input", () => page.search(input.value));
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    selectNext();
  });
  keys.bind({ "/": () => input.focus() });
  keys.onEscape((typing) => {
    if (typing && input.value) page.search((input.value = ""));
    else if (typing) /** @type {HTMLElement} */ (document.activeElement)?.blur();
    return typing;
  });
  page.on("state", count);
  page.on("search", count);
  const read = () => input.value !== page.view.search && (input.value = page.view.search);
  page.on("search", read);
  read();
  return { read };
}
