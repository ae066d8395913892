/** The graph as one of the views: the canvas, what the pointer rests on, the buttons for the zoom. */

import { BOX } from "../../layout/places.js";
import { byId, fill, h } from "../../base/dom.js";
import { createPinBoard } from "../../layout/pins.js";
import { createStage } from "./stage.js";
import { t } from "../../base/i18n.js";
import { fillsOf } from "../../model/usage.js";
import { fatesOfNodes, hiddenOn } from "../../model/comparison.js";

/** @param {import("../../page/page.js").Page} page @param {string} workerUrl */
export function createGraphView(page, workerUrl) {
  const element = byId("graph-box");
  const canvas = /** @type {HTMLCanvasElement} */ (byId("graph"));
  const hint = byId("hint");
  const unpin = byId("unpin");
  const board = createPinBoard(localStorage);
  /** @type {import("../../layout/places.js").Places|null} */
  let pins = null;
  /** @type {Pick<import("../../page/page.js").Page, "union"|"graph"> & {side: string}} */
  let compared = { union: null, graph: null, side: "both" };
  const stage = createStage(canvas, /** @type {HTMLCanvasElement} */ (byId("minimap")), workerUrl, {
    onSelect: (key) => page.select(key),
    onOpen: (key) => page.open(key),
    onHover: showHint,
    onPin(next) {
      pins = page.view.pins = next;
      if (page.view.host) board.write(page.view.host, next);
      page.keepUrl();
      showPins();
    },
    onSettled: () => {
      byId("app").dataset.settled = String(page.state?.seq ?? "");
      restyle();
    },
  });

  /** What the address does not say is what was pinned here before. */
  function recall() {
    const { view } = page;
    if (pins === view.pins) return;
    if (view.host && !Object.keys(view.pins).length) view.pins = board.read(view.host);
    pins = view.pins;
    stage.pin(pins);
    showPins();
  }

  function showPins() {
    const count = new Set(Object.keys(page.view.pins).map((key) => key.replace(BOX, ""))).size;
    unpin.hidden = count === 0;
    unpin.title = t("{count} pinned: let go of all (U)", { count });
  }

  function restyle() {
    if (page.theme) stage.style(page.theme, page.selectedNodes(), page.found.nodes);
  }

  /** How full containers are, where the reader wants to see it and it is known of the moment. */
  function pour() {
    const { state, store, view } = page;
    stage.fill(view.fill && state && !page.arrived ? fillsOf(state.containers, store.loads, view.fill) : null);
  }

  /** In a comparison: what became of what; and of the two sides, the one that is looked at. */
  function compare() {
    const { graph, union, view } = page;
    if (union === compared.union && (!union || (graph === compared.graph && view.side === compared.side))) return;
    compared = { union, graph, side: view.side };
    if (!graph || !union) return stage.compare({});
    stage.compare({ fates: fatesOfNodes(union, graph), hidden: hiddenOn(union, graph, view.side), side: view.side });
  }

  /**
   * @param {import("./graph.js").GraphNode|import("./graph.js").Group|null} node
   * @param {number} x
   * @param {number} y
   */
  function showHint(node, x, y) {
    const { state } = page;
    const quiet = node === null || !("kind" in node) || !state || node.key === page.view.selected;
    hint.hidden = quiet;
    if (quiet) return;
    if (hint.dataset.key !== node.key) {
      const process = state.processes.get(node.key);
      const line = process
        ? h("span", { class: "mono muted" }, process.cmdline.join(" ").slice(0, 160))
        : node.kind === "hub"
          ? null
          : h("span", { class: "muted" }, "Double-click to open");
      fill(hint, h("strong", null, node.label), h("span", null, node.sub), line);
      hint.dataset.key = node.key;
    }
    const limit = element.clientWidth - hint.offsetWidth - 12;
    hint.style.transform = `translate(${Math.max(8, Math.min(limit, x + 16))}px, ${y + 18}px)`;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (document.activeElement !== canvas && document.activeElement !== document.body) return false;
    const selected = [...page.selectedNodes()];
    if (event.key.startsWith("Arrow")) {
      if (event.shiftKey) {
        for (const key of selected) stage.nudge(key, /** @type {import("./neighbours.js").Arrow} */ (event.key));
        return selected.length > 0;
      }
      const next = stage.step(selected[0] ?? null, /** @type {import("./neighbours.js").Arrow} */ (event.key));
      if (next) page.select(next);
      return true;
    }
    if (event.key !== "Enter") return false;
    for (const key of selected) page.open(key);
    return true;
  }

  /** What is selected, else everything. */
  function letGo() {
    const selected = [...page.selectedNodes()];
    for (const key of selected.length ? selected : [null]) stage.unpin(key);
  }

  const keys = {
    f: () => stage.fit(),
    r: () => stage.tidy(),
    u: letGo,
    "+": () => stage.zoomBy(1.4),
    "-": () => stage.zoomBy(1 / 1.4),
  };
  for (const [id, key] of /** @type {const} */ ([
    ["zoom-in", "+"],
    ["zoom-out", "-"],
    ["zoom-fit", "f"],
    ["tidy", "r"],
  ]))
    byId(id).addEventListener("click", keys[key]);
  unpin.addEventListener("click", () => stage.unpin(null));
  page.on("selection", () => (hint.hidden = true));
  page.on("host", () => {
    stage.reset();
    recall();
  });
  page.on("usage", () => page.view.fill && !element.hidden && pour());
  page.on("cover", () => stage.cover(page.covered));

  /** @type {import("../../page/views.js").View} */
  const view = {
    name: "graph",
    key: "g",
    label: t("Graph"),
    element,
    show({ opened = null, still = false }) {
      if (!page.graph) return;
      compare();
      recall();
      pour();
      stage.show(page.graph, opened, still || page.arrived !== null);
      restyle();
    },
    mark() {
      compare();
      pour();
      restyle();
    },
    reveal() {
      for (const key of page.selectedNodes()) stage.reveal(key);
    },
    resize: () => stage.resize(),
    onKey,
  };
  return { view, keys, stage };
}
