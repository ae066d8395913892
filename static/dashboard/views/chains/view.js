/** Chains as one of the views: the tree of who started whom. The first step of each role explains it. */

import { beginsOpen, rowsOf } from "./rows.js";
import { branchAfter, hearsKeys, rowAfter, setActive } from "../../widgets/grid-navigation.js";
import { buildTree, pathTo } from "./tree.js";
import { byId, fill, h } from "../../base/dom.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { firstsOfRoles } from "./roles.js";
import { isSelected, keyOf } from "./selection.js";
import { rowElement } from "./row-element.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("./tree.js").Step} Step
 * @typedef {import("./rows.js").Row} Row
 */

const ROW = 30;

/** @param {Page} page @return {import("../../page/views.js").View} */
export function createChainsView(page) {
  return new ChainsView(page);
}

class ChainsView {
  name = /** @type {const} */ ("chains");
  key = "c";
  label = t("Chains");
  element = byId("chains");
  /** The steps that explain their role. @type {Set<string>} */
  explained = new Set();
  /** @type {Step[]} */
  #tree = [];
  /** @type {Row[]} */
  #rows = [];
  /** @type {import("../../page/page.js").Found|null} */
  #shown = null;
  /** The id of the step that the keyboard is at. @type {string|null} */
  #active = null;
  #empty = h("p", { class: "view-empty" });

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.side = page.view.side;
    const body = h("div", { class: "rows", role: "presentation" });
    this.element.setAttribute("aria-label", t("Chains: who started whom"));
    fill(this.element, body, this.#empty);
    this.painted = createRows(this.element, body, ROW, (index) => rowElement(this, this.#rows[index], index));
    page.on("host", () => (this.#active = null));
  }

  /** Whether steps can be opened and closed: not while a search opens what it finds. */
  get canTurn() {
    return this.page.found.nodes === null;
  }

  show() {
    const { state, graph, union, view, found } = this.page;
    if (!state || !graph) return;
    [this.#shown, this.side] = [found, view.side];
    const absent = view.side === "before" ? "came" : "went";
    const isAbsent = (/** @type {string} */ key) => view.side !== "both" && union?.fates.get(key) === absent;
    this.#tree = buildTree({ state, sides: union, admits: ({ key }) => graph.nodeOf.has(key) && !isAbsent(key) });
    this.#arrange();
  }

  mark() {
    if (this.#hasLeft()) this.#active = null;
    const { found, view } = this.page;
    if (view.side !== this.side) this.show();
    else if (found !== this.#shown) {
      this.#shown = found;
      this.#arrange();
    } else this.#repaint();
  }

  /** @param {string} key */
  reveal(key) {
    this.#openPathTo(key);
    const at = this.#rows.findIndex(({ step }) => isSelected(step, key));
    if (at >= 0) this.painted.reveal(at);
  }

  resize() {
    this.painted.paint();
  }

  /** @param {KeyboardEvent} event */
  onKey({ key }) {
    if (!hearsKeys(this.element)) return false;
    const at = this.#rows.findIndex(this.isActive);
    const row = this.#rows[at];
    const next =
      rowAfter(key, at, { rows: this.#rows.length, page: this.painted.page }) ??
      branchAfter(key, at, row, this.canTurn);
    if (next === "turn") this.turn(row.step);
    else if (typeof next === "number") this.#moveTo(next);
    return next !== null;
  }

  /** @type {(row: Row) => boolean} */
  isActive = ({ step }) =>
    this.#active !== null ? step.id === this.#active : isSelected(step, this.page.view.selected);

  /** @type {(step: Step) => void} */
  turn = ({ id }) => {
    this.#toggle(id);
    this.#active = id;
    this.page.keepUrl();
    this.#arrange();
  };

  /** A row was clicked. @param {Row} row */
  choose({ step, expanded }) {
    this.#active = step.id;
    const key = keyOf(step);
    if (key) this.page.select(key);
    else if (expanded !== null && this.canTurn) this.turn(step);
  }

  /** @param {string} id */
  #toggle(id) {
    const { turned } = this.page.view;
    if (!turned.delete(id)) turned.add(id);
  }

  #arrange() {
    this.#rows = rowsOf(this.#tree, this.page.view.turned, this.#matches());
    this.explained = firstsOfRoles(this.#rows);
    this.#empty.hidden = this.#rows.length > 0;
    this.#empty.textContent = this.page.found.nodes ? t("Nothing here matches.") : t("No process is shown.");
    this.#repaint();
  }

  /** @return {((step: Step) => boolean)|null}  null: nothing is searched for */
  #matches() {
    const { found } = this.page;
    if (!found.nodes) return null;
    const keys = new Set([...found.processes.map(({ key }) => key), ...found.containers.map(({ id }) => id)]);
    return ({ kind, id, process }) => keys.has(kind === "container" ? id : (process?.key ?? ""));
  }

  #repaint() {
    this.painted.show(this.#rows.length);
    const at = this.#rows.findIndex(this.isActive);
    setActive(this.element, at >= 0 ? `step-${at}` : null);
  }

  /** @param {number} index */
  #moveTo(index) {
    const row = this.#rows[index];
    if (!row) return;
    this.#active = row.step.id;
    const key = keyOf(row.step);
    if (key) this.page.select(key, false);
    else this.#repaint();
    this.painted.reveal(this.#rows.indexOf(row));
  }

  /** Whether something else was selected than the step that the keyboard is at. */
  #hasLeft() {
    const { selected } = this.page.view;
    if (this.#active === null || selected === null) return false;
    return !this.#rows.some(({ step }) => step.id === this.#active && keyOf(step) === selected);
  }

  /** Open the steps above what is selected. @param {string} key */
  #openPathTo(key) {
    if (!this.canTurn) return;
    const { turned } = this.page.view;
    const path = pathTo(this.#tree, (step) => isSelected(step, key)) ?? [];
    const closed = path.filter((step) => beginsOpen(step) === turned.has(step.id));
    if (!closed.length) return;
    for (const { id } of closed) this.#toggle(id);
    this.page.keepUrl();
    this.#arrange();
  }
}
