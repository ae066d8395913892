/** The matrix as one of the views: what each container has to itself, shares, or has from the host. */

import { SummaryLine } from "./summary-list.js";
import { Tip } from "../../widgets/tip.js";
import { byId, fill, h } from "../../base/dom.js";
import { cellAfter, hearsKeys, setActive } from "../../widgets/grid-navigation.js";
import { cellIn, linesOf, rowsOfPage } from "./lines.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { foldNote, headCells, orderChoice } from "./head.js";
import { groupKeyOf } from "./groups.js";
import { idOf, lineElement } from "./row-elements.js";
import { ownerOf } from "../../model/sharing.js";
import { ownerTitle } from "../graph/graph.js";
import { sayCell, titleOf } from "./words.js";
import { prefixesOf } from "../../model/grouping/projects.js";
import { setWidths } from "./widths.js";
import { sharerTags } from "../../model/grouping/sharer-tags.js";
import { t } from "../../base/i18n.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../widgets/grid-navigation.js").Place} Place
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 */

const ROW = 32;

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
  /** @type {Map<string, number>} */
  tags = new Map();
  /** @type {import("./widths.js").Widths} */
  widths = { name: 0, cell: 0, rights: 0 };
  /** What the names of each container's project begin with. @type {Map<string, string>} */
  #prefixes = new Map();
  /** Whether columns in which all rows say the same are shown. */
  #unfolded = false;
  #width = 0;
  #summary = new SummaryLine();
  #tip = new Tip(this.element);

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.side = page.view.side;
    this.changes = page.view.changes;
    this.parts = makeParts();
    const { choices, scroller, body } = this.parts;
    const { list, button } = this.#summary;
    fill(this.element, h("div", { class: "mx-top" }, list, button, choices), scroller, this.#tip.element);
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
    this.#prefixes = prefixesOf(page.state.containers.values());
    this.tags = page.graph ? sharerTags(page.state, page.graph.sharing) : new Map();
    this.#order();
  }

  mark() {
    if (this.page.view.side !== this.side || this.page.view.changes !== this.changes) this.show();
    else if (this.page.found !== this.#shown) this.#order();
    else this.#repaint();
  }

  /** @param {string} key */
  reveal(key) {
    const isIt = (/** @type {import("./lines.js").Line} */ line) =>
      "cells" in line
        ? this.isSelected(line) || line.cells.some((cell) => cell.key === key)
        : "space" in line && line.key === key;
    if (!this.lines.some(isIt)) this.#openGroupOf(this.#all.find(isIt));
    const at = this.lines.findIndex(isIt);
    if (at >= 0) this.painted.reveal(at);
  }

  resize() {
    const { clientWidth } = this.parts.scroller;
    this.#summary.fit();
    if (clientWidth && clientWidth !== this.#width && this.#all.length) this.#order();
    else this.painted.paint();
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
    if (!state || !graph) return shortId(owner);
    return owner === "" ? t("host processes") : ownerTitle(state, graph.sharing, owner);
  };

  /** @type {import("./words.js").PrefixOf} */
  prefixOf = (owner) => this.#prefixes.get(owner) ?? "";

  #order() {
    const { page, parts } = this;
    this.#shown = page.found;
    const { lines, types, folded } = linesOf(page, this.#all, this.#unfolded);
    [this.lines, this.types] = [lines, types];
    parts.scroller.setAttribute("aria-rowcount", String(this.lines.length + 1));
    parts.scroller.setAttribute("aria-colcount", String(this.types.length + 2));
    parts.empty.hidden = this.lines.length > 0;
    parts.empty.textContent = page.found.nodes
      ? t("Nothing here matches.")
      : t("No container, and no process with namespaces of its own.");
    fill(parts.head, headCells(this.types));
    this.widths = setWidths(parts.scroller, this.#all, this.types.length);
    this.#width = parts.scroller.clientWidth;
    this.#summary.show(this.#all, this.#searchBox());
    const note = foldNote(folded, this.#unfolded, () => this.#unfold());
    const order = orderChoice(page.view.order, (chosen) => this.#choose(chosen));
    fill(parts.choices, note, order);
    this.#repaint();
  }

  #unfold() {
    this.#unfolded = !this.#unfolded;
    this.#order();
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
    if (line && "title" in line) this.#turn(line.key);
    else if (line) this.page.select(this.#cellAt(place)?.key ?? line.key);
  }

  /** Open or close a group. @param {string|null} key  null: it cannot be closed */
  #turn(key) {
    if (key === null || this.page.found.nodes !== null) return;
    const { turned } = this.page.view;
    if (!turned.delete(key)) turned.add(key);
    this.page.keepUrl();
    this.#order();
  }

  /** @param {MatrixRow|undefined} row */
  #openGroupOf(row) {
    const key = row && groupKeyOf(row);
    const closed = this.lines.some((line) => "title" in line && line.key === key && !line.open);
    if (key && closed) this.#turn(key);
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
  const choices = h("div", { class: "mx-choices" });
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
  return { choices, head, body, empty, scroller: h("div", grid, sticky, body, empty) };
}

/** The cell's element that an event happened in. @param {Event} event @return {HTMLElement|null} */
function placeElement({ target }) {
  return /** @type {Element} */ (target).closest("[data-line]");
}

/** @param {HTMLElement} element @return {Place} */
function placeOf({ dataset }) {
  return { row: Number(dataset.line), column: Number(dataset.column) };
}
