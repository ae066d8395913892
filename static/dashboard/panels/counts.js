/** The line above the view: how much there is, what is not drawn, what could not be read. */

import { byId } from "../dom.js";
import { counted } from "../words.js";
import { sayHidden } from "../graph.js";

/** @typedef {import("../store.js").State} State */

/** @param {import("../page.js").Page} page */
export function createCounts(page) {
  page.on("state", () => {
    const { graph, state, union } = page;
    if (!graph || !state) return;
    byId("counts").textContent = sayCounts(union ? [union.before, union.after] : [state]);
    const parts = sayHidden(graph.hidden);
    byId("hidden").textContent = parts.length ? `Not drawn one by one: ${parts.map((part) => part.text).join(", ")}` : "";
    const gaps = byId("gaps");
    gaps.hidden = state.gaps.size === 0;
    gaps.textContent = counted(state.gaps.size, "gap");
    gaps.title = "Not everything could be read: see why";
  });
}

/** Of one state, or of two that are compared. @param {State[]} sides */
function sayCounts(sides) {
  const say = (/** @type {(one: State) => number} */ size, /** @type {string} */ one, /** @type {string} */ many) => {
    const sizes = [...new Set(sides.map(size))];
    return `${sizes.map((count) => count.toLocaleString("en")).join(" → ")} ${sizes.length === 1 && sizes[0] === 1 ? one : many}`;
  };
  return [
    say(({ containers }) => containers.size, "container", "containers"),
    say(({ processes }) => processes.size, "process", "processes"),
    say(({ namespaces }) => [...namespaces.values()].filter((space) => !space.initial).length, "namespace", "namespaces"),
  ].join(" · ");
}
