/** The matrix as one of the views: what each container has to itself, shares, or has from the host. */

import { Tip } from "./tip.js";
import { byId, fill, h } from "../../base/dom.js";
import { cellAfter, hearsKeys, setActive } from "../../widgets/grid-navigation.js";
import { cellIn, linesOf, rowsOfPage } from "./lines.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { headCells, orderButtons } from "./head.js";
import { idOf, lineElement } from "./row-elements.js";
import { ownerOf } from "../../model/sharing.js";
import { ownerTitle } from "../graph/graph.js";
import { sayCell, titleOf } from "./words.js";
import { summaryItems } from "./summary-list.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../widgets/grid-navigation.js").Place} Place
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 */

const ROW = 38;

/** @param {Page} page @return {import("../../page/views.js").View} */
export function createMatrixView(page) {
  return new MatrixView(page);
}

class MatrixView {
  name = /** @type {const} */ ("matrix");
  key = "m";
  label = t("Matrix");
  element = byId("matrix");
  /** @type {import("./lines.js").Line[]} */
  lines = [];
  /** The columns, by type. @type {import("../../model/types.js").NamespaceType[]} */
  types = [];
  /** @type {MatrixRow[]} */
  #all = [];
  /** @type {import("../../page/page.js").Found|null} */
  #shown = null;
  /** The cell that the keyboard is at. @type {Place} */
  #active = { row: -1, column: 0 };
  #tip = new Tip(this.element);

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.side = page.view.side;
    this.changes = page.view.changes;
    this.parts = makeParts();
    const { summary, orders, scroller, body } = this.parts;
    fill(this.element, h("div", { class: "mx-top" }, summary, orders), scroller, this.#tip.element);
    this.painted = createRows(scroller, body, ROW, (index) => lineElement(this, index));
    this.#listen();
  }

  get selected() {
    return this.page.view.selected;
  }

  show() {
    const { page } = this;
    if (!page.state) return;
    this.side = page.view.side;
    this.changes = page.view.changes;
    this.#all = rowsOfPage(page);
    this.#order();
  }

  mark() {
    if (this.page.view.side !== this.side || this.page.view.changes !== this.changes) this.show();
    else if (this.page.found !== this.#shown) this.#order();
    else this.#repaint();
  }

  /** @param {string} key */
  reveal(key) {
    const at = this.lines.findIndex(
      (line) => "cells" in line && (this.isSelected(line) || line.cells.some((cell) => cell.key === key)),
    );
    if (at >= 0) this.painted.reveal(at);
  }

  resize() {
    this.painted.paint();
  }

  /** @param {KeyboardEvent} event */
  onKey({ key }) {
    if (!hearsKeys(this.parts.scroller)) return false;
    const extent = { rows: this.lines.length, columns: this.types.length + 2, page: this.painted.page };
    const next = cellAfter(key, this.#active, extent);
    if (next) this.#moveTo(next);
    else if (key === "Enter" || key === " ") this.#select(this.#active);
    else return false;
    return true;
  }

  /** @param {MatrixRow} row */
  isSelected(row) {
    const { selected } = this;
    if (selected === null) return false;
    const { state, graph } = this.page;
    const process = state?.processes.get(selected);
    return (
      row.key === selected || (process !== undefined && graph !== null && ownerOf(graph.sharing, process) === row.key)
    );
  }

  /** @type {import("./words.js").NameOf} */
  nameOf = (owner) => {
    const { state, graph } = this.page;
    if (!state || !graph) return owner.slice(0, 12);
    return owner === "" ? t("host processes") : ownerTitle(state, graph.sharing, owner);
  };

  #order() {
    const { page, parts } = this;
    this.#shown = page.found;
    ({ lines: this.lines, types: this.types } = linesOf(page, this.#all));
    parts.scroller.style.setProperty("--types", String(this.types.length));
    parts.scroller.setAttribute("aria-rowcount", String(this.lines.length + 1));
    parts.scroller.setAttribute("aria-colcount", String(this.types.length + 2));
    parts.empty.hidden = this.lines.length > 0;
    parts.empty.textContent = page.found.nodes
      ? t("Nothing here matches.")
      : t("No container, and no process with namespaces of its own.");
    fill(parts.head, headCells(this.types));
    fill(parts.summary, summaryItems(this.#all, this.#searchBox()));
    fill(
      parts.orders,
      orderButtons(page.view.order, (order) => this.#choose(order)),
    );
    this.#repaint();
  }

  #searchBox() {
    const { page } = this;
    return { text: page.view.search, search: (/** @type {string} */ text) => page.search(text) };
  }

  /** @param {import("../../address/view-query.js").Order} order */
  #choose(order) {
    this.page.view.order = order;
    this.page.keepUrl();
    this.parts.scroller.scrollTop = 0;
    this.#order();
  }

  #repaint() {
    this.painted.show(this.lines.length);
    this.#point();
  }

  /** Show which cell the keyboard is at. */
  #point() {
    const { scroller } = this.parts;
    for (const old of scroller.querySelectorAll(".active")) old.classList.remove("active");
    const cell = document.getElementById(idOf(this.#active));
    cell?.classList.add("active");
    setActive(scroller, cell?.id ?? null);
  }

  /** @param {Place} place */
  #moveTo(place) {
    this.#active = place;
    this.painted.reveal(place.row);
    this.#point();
    this.#hover(document.getElementById(idOf(place)));
  }

  /** Select the namespace of a cell, or the row where the cell has none. @param {Place} place */
  #select(place) {
    const line = this.lines[place.row];
    if (line && !("title" in line)) this.page.select(this.#cellAt(place)?.key ?? line.key);
  }

  /** The cell at a place; null in a heading, a name or the rights. @param {Place} place */
  #cellAt({ row, column }) {
    return column > 0 && column <= this.types.length ? cellIn(this.lines[row], this.types[column - 1]) : null;
  }

  #listen() {
    const { body, scroller } = this.parts;
    body.addEventListener("click", (event) => {
      const element = placeElement(event);
      if (!element) return;
      this.#active = placeOf(element);
      this.#select(this.#active);
    });
    body.addEventListener("pointerover", (event) => this.#hover(placeElement(event)));
    scroller.addEventListener("pointerleave", () => this.#hover(null));
    scroller.addEventListener("scroll", () => this.#tip.hide(), { passive: true });
  }

  /** @param {HTMLElement|null} element  of a cell */
  #hover(element) {
    this.#markSharers(element?.dataset.space ?? null);
    const place = element && placeOf(element);
    const line = place && this.lines[place.row];
    const cell = place && this.#cellAt(place);
    if (element && cell && line && "cells" in line) this.#tip.show(element, titleOf(line), sayCell(cell, this.nameOf));
    else this.#tip.hide();
  }

  /** Mark the cells of a shared namespace. @param {string|null} space  its key */
  #markSharers(space) {
    for (const one of this.parts.body.querySelectorAll("[data-space]"))
      one.classList.toggle("kin", space !== null && /** @type {HTMLElement} */ (one).dataset.space === space);
  }
}

function makeParts() {
  const summary = h("ul", { class: "summary", "aria-label": t("What is not isolated") });
  const order = { class: "segmented small", id: "matrix-order", role: "group", "aria-label": t("Order of the matrix") };
  const head = h("div", { class: "mx-row mx-head", role: "row" });
  const body = h("div", { class: "rows", role: "rowgroup" });
  const empty = h("p", { class: "view-empty" });
  const grid = {
    class: "view-box mx-box",
    id: "matrix-grid",
    role: "grid",
    tabindex: "0",
    "aria-label": t("Containers against namespace types"),
  };
  const sticky = h("div", { class: "mx-sticky", role: "rowgroup" }, head);
  return { summary, orders: h("div", order), head, body, empty, scroller: h("div", grid, sticky, body, empty) };
}

/** The cell's element that an event happened in. @param {Event} event @return {HTMLElement|null} */
function placeElement({ target }) {
  return /** @type {Element} */ (target).closest("[data-line]");
}

/** @param {HTMLElement} element @return {Place} */
function placeOf({ dataset }) {
  return { row: Number(dataset.line), column: Number(dataset.column) };
}
