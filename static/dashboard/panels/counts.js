/** The line above the view: the counts, what is not drawn, and what could not be read. */

import { byId, fill, h } from "../base/dom.js";
import { counted } from "../model/words.js";
import { countKinds } from "../model/isolation/kinds.js";
import { hidesProcesses } from "../page/notices.js";
import { lastingGaps } from "./connection.js";
import { sayHidden } from "../views/graph/graph.js";
import { mark, number, t } from "../base/i18n.js";

/** @typedef {import("../model/store.js").State} State */

/** @param {import("../page/page.js").Page} page */
export function createCounts(page) {
  page.on("state", () => {
    const { graph, state, union } = page;
    if (!graph || !state) return;
    const counts = byId("counts");
    counts.textContent = counts.title = sayCounts(union ? [union.before, union.after] : [state]);
    tellHidden(page, graph);
    const gaps = byId("gaps");
    const lasting = lastingGaps(state.gaps.values()).length;
    gaps.hidden = lasting === 0;
    gaps.textContent = counted(lasting, "gap");
    gaps.title = t("Not everything could be read: see why");
  });
}

/**
 * What the graph does not draw individually; a click draws it.
 * @param {import("../page/page.js").Page} page
 * @param {import("../views/graph/graph.js").Graph} graph
 */
function tellHidden(page, graph) {
  const parts = sayHidden(graph.hidden).map(({ what, text }) =>
    h(
      "button",
      {
        type: "button",
        class: "act",
        "data-focus": `hidden:${what}`,
        title: t("Show them"),
        click: () => {
          draw(what, graph, page.view.options);
          page.refresh();
        },
      },
      text,
    ),
  );
  fill(
    byId("hidden"),
    parts.length ? t("Not drawn one by one: {what}", { what: "" }) : null,
    parts.flatMap((part, index) => [index ? ", " : null, part]),
  );
}

/**
 * @param {string} what
 * @param {import("../views/graph/graph.js").Graph} graph
 * @param {import("../views/graph/graph.js").ViewOptions} options
 */
function draw(what, graph, options) {
  if (what === "types") options.off.clear();
  else if (what === "host" || what === "kernel") options[what] = true;
  else
    for (const node of graph.nodes) {
      if (node.kind !== (what === "folded" ? "fold" : "card")) continue;
      options.shut.delete(node.key);
      options.open.add(node.key);
    }
}

/** Of one state, or of two that are compared. @param {State[]} sides */
function sayCounts(sides) {
  const say = (/** @type {(one: State) => number} */ size, /** @type {string} */ one, /** @type {string} */ many) => {
    const sizes = [...new Set(sides.map(size))];
    return t(sizes.length === 1 && sizes[0] === 1 ? one : many, { count: sizes.map(number).join(" → ") });
  };
  const kinds = new Map(sides.map((one) => [one, countKinds(one)]));
  const of = (/** @type {keyof import("../model/isolation/kinds.js").Kinds} */ kind) => (/** @type {State} */ one) =>
    kinds.get(one)?.[kind] ?? 0;
  const some = (/** @type {Parameters<typeof of>[0]} */ kind, /** @type {string} */ one, /** @type {string} */ many) =>
    sides.some(of(kind)) && say(of(kind), one, many);
  const containers = say(of("containers"), mark("{count} container"), mark("{count} containers"));
  const pods = some("pods", mark("{count} pod"), mark("{count} pods"));
  return [
    pods ? t("{containers} in {pods}", { containers, pods }) : containers,
    some("machines", mark("{count} machine"), mark("{count} machines")),
    some("services", mark("{count} service"), mark("{count} services")),
    some("sandboxes", mark("{count} sandbox"), mark("{count} sandboxes")),
    sides.some(hidesProcesses)
      ? say(({ processes }) => processes.size, mark("{count} process seen"), mark("{count} processes seen"))
      : say(({ processes }) => processes.size, mark("{count} process"), mark("{count} processes")),
    say(
      ({ namespaces }) => [...namespaces.values()].filter((namespace) => !namespace.initial).length,
      mark("{count} namespace"),
      mark("{count} namespaces"),
    ),
  ]
    .filter(Boolean)
    .join(" · ");
}
