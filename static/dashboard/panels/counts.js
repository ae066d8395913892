/** The line above the view: how much there is, what is not drawn, what could not be read. */

import { byId } from "../dom.js";
import { counted } from "../words.js";
import { sayHidden } from "../graph.js";
import { mark, number, t } from "../i18n.js";

/** @typedef {import("../store.js").State} State */

/** @param {import("../page.js").Page} page */
export function createCounts(page) {
  page.on("state", () => {
    const { graph, state, union } = page;
    if (!graph || !state) return;
    byId("counts").textContent = sayCounts(union ? [union.before, union.after] : [state]);
    const parts = sayHidden(graph.hidden);
    byId("hidden").textContent = parts.length ? t("Not drawn one by one: {what}", { what: parts.map((part) => part.text).join(", ") }) : "";
    const gaps = byId("gaps");
    gaps.hidden = state.gaps.size === 0;
    gaps.textContent = counted(state.gaps.size, "gap");
    gaps.title = t("Not everything could be read: see why");
  });
}

/** Of one state, or of two that are compared. @param {State[]} sides */
function sayCounts(sides) {
  const say = (/** @type {(one: State) => number} */ size, /** @type {string} */ one, /** @type {string} */ many) => {
    const sizes = [...new Set(sides.map(size))];
    return t(sizes.length === 1 && sizes[0] === 1 ? one : many, { count: sizes.map(number).join(" → ") });
  };
  return [
    say(({ containers }) => containers.size, mark("{count} container"), mark("{count} containers")),
    say(({ processes }) => processes.size, mark("{count} process"), mark("{count} processes")),
    say(({ namespaces }) => [...namespaces.values()].filter((space) => !space.initial).length, mark("{count} namespace"), mark("{count} namespaces")),
  ].join(" · ");
}
