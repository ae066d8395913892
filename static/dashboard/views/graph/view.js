/** The graph as one of the views: the canvas, the hint at the pointer, the pins, the buttons and keys. */

import { createArrangements } from "./arrangements.js";
import { Newcomers } from "./newcomers.js";
import { Hint } from "./hint.js";
import { Pins } from "./pins.js";
import { Stage } from "./stage.js";
import { byId } from "../../base/dom.js";
import { fatesOfNodes, hiddenOn } from "../../model/comparison.js";
import { fillsOf } from "../../model/usage.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("./graph.js").GraphNode} GraphNode
 * @typedef {import("./graph.js").Group} Group
 * @typedef {import("./neighbours.js").Arrow} Arrow
 * @typedef {import("../../page/page.js").Page} Page
 */

const ZOOM = 1.4;

/** @param {Page} page @param {string} workerUrl */
export function createGraphView(page, workerUrl) {
  return new GraphView(page, workerUrl);
}

class GraphView {
  name = /** @type {const} */ ("graph");
  key = "g";
  label = t("Graph");
  element = byId("graph-box");
  canvas = /** @type {HTMLCanvasElement} */ (byId("graph"));
  hint = new Hint(byId("hint"), this.element);
  /** What the stage was last told to compare. @type {Pick<Page, "union"|"graph"> & {side: string}} */
  #compared = { union: null, graph: null, side: "both" };

  /** @param {Page} page @param {string} workerUrl */
  constructor(page, workerUrl) {
    const unpin = byId("unpin");
    const minimap = /** @type {HTMLCanvasElement} */ (byId("minimap"));
    this.page = page;
    this.pins = new Pins(page, unpin);
    this.newcomers = new Newcomers(
      byId("newcomers"),
      (keys) => this.stage.bringAll(keys),
      () => this.stage.canvas.request(),
    );
    this.stage = new Stage({ canvas: this.canvas, minimap }, workerUrl, {
      onSelect: (key) => page.select(key),
      onOpen: (key) => page.open(key),
      onHover: (node, x, y) => this.#hover(node, x, y),
      onNew: (titles) => this.newcomers.add(titles),
      pointed: () => this.newcomers.keys,
      onPin: (pins) => this.pins.keep(pins),
      onSettled: () => this.#settled(),
    });
    this.arrangements = createArrangements(page, byId("arrangements"));
    unpin.addEventListener("click", () => this.stage.unpin(null));
    this.#bindButtons();
    this.#listen();
  }

  /** The keys of the keyboard that it binds. */
  get keys() {
    const { stage } = this;
    return {
      f: () => stage.fit(),
      r: () => stage.tidy(),
      o: () => this.arrangements.turn(),
      u: () => this.#unpin(),
      "+": () => stage.viewport.zoomBy(ZOOM),
      "-": () => stage.viewport.zoomBy(1 / ZOOM),
    };
  }

  #bindButtons() {
    const { keys } = this;
    const buttons = { "zoom-in": keys["+"], "zoom-out": keys["-"], "zoom-fit": keys.f, tidy: keys.r };
    for (const [id, run] of Object.entries(buttons)) byId(id).addEventListener("click", run);
  }

  #listen() {
    const { page, stage } = this;
    page.on("selection", () => this.hint.hide());
    page.on("host", () => {
      this.newcomers.clear();
      stage.reset();
      this.#recallPins();
    });
    page.on("usage", () => page.view.fill && !this.element.hidden && this.#showFills());
    page.on("cover", () => stage.viewport.cover(page.covered));
    page.on("fit", () => stage.bringAll(page.found.nodes?.keys() ?? []));
  }

  /* ---- as one of the views ---- */

  /** @param {import("../../page/page.js").Redraw} redraw */
  show({ opened = null, still = false, unasked = false }) {
    const { page } = this;
    if (!page.graph) return;
    this.arrangements.show();
    this.stage.arrange(page.view.arrangement);
    this.#compare();
    this.#recallPins();
    this.#showFills();
    this.stage.show(page.graph, { opened, still: still || page.arrived !== null, unasked });
    this.#restyle();
  }

  mark() {
    this.#compare();
    this.#showFills();
    this.#restyle();
  }

  reveal() {
    for (const key of this.page.selectedNodes()) this.stage.reveal(key);
  }

  resize() {
    this.stage.resize();
  }

  /** @param {KeyboardEvent} event @return {boolean} whether the key means something */
  onKey({ key, shiftKey }) {
    const { activeElement, body } = document;
    if (activeElement !== this.canvas && activeElement !== body) return false;
    const selected = [...this.page.selectedNodes()];
    if (key.startsWith("Arrow")) return this.#onArrow(/** @type {Arrow} */ (key), shiftKey, selected);
    if (key !== "Enter") return false;
    for (const one of selected) this.page.open(one);
    return true;
  }

  /** @param {Arrow} arrow @param {boolean} move  what is selected @param {string[]} selected */
  #onArrow(arrow, move, selected) {
    if (move) {
      for (const key of selected) this.stage.nudge(key, arrow);
      return selected.length > 0;
    }
    const next = this.stage.step(selected[0] ?? null, arrow);
    if (next) this.page.select(next);
    return true;
  }

  /* ---- what the stage is told ---- */

  #settled() {
    byId("app").dataset.settled = String(this.page.state?.seq ?? "");
    this.#restyle();
  }

  #restyle() {
    const { page } = this;
    if (page.theme) this.stage.style(page.theme, page.selectedNodes(), page.found.nodes);
  }

  /** The usage of containers, if the reader chose to see it and it is known at this moment. */
  #showFills() {
    const { state, store, view, arrived } = this.page;
    this.stage.fill(view.fill && state && !arrived ? fillsOf(state.containers, store.loads, view.fill) : null);
  }

  /** In a comparison: what became of what; and the side that is shown. */
  #compare() {
    const { graph, union, view } = this.page;
    const { side } = view;
    const last = this.#compared;
    if (union === last.union && (!union || (graph === last.graph && side === last.side))) return;
    this.#compared = { union, graph, side };
    if (!graph || !union) return this.stage.compare({});
    this.stage.compare({ fates: fatesOfNodes(union, graph), hidden: hiddenOn(union, graph, side), side });
  }

  #recallPins() {
    const pins = this.pins.recall();
    if (pins) this.stage.pin(pins);
  }

  /** Unpin what is selected, else everything. */
  #unpin() {
    const selected = [...this.page.selectedNodes()];
    for (const key of selected.length ? selected : [null]) this.stage.unpin(key);
  }

  /** @param {GraphNode|Group|null} node @param {number} x @param {number} y */
  #hover(node, x, y) {
    const { state, view } = this.page;
    if (node && "kind" in node && state && node.key !== view.selected) this.hint.show(node, state, x, y);
    else this.hint.hide();
  }
}
