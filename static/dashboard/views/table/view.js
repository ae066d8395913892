/**
 * The table as one of the views: every process is a row, in the columns that the reader chose. Only the visible rows
 * exist.
 */

import { ChosenRows } from "./chosen-rows.js";
import { ColumnMenu } from "./column-menu.js";
import { byId, fill, h } from "../../base/dom.js";
import { chosenNames, readColumns, writeColumns } from "./chosen-columns.js";
import { changedFirst } from "../../model/comparison.js";
import { columnsOf } from "./columns.js";
import { copyCsv, csvOf } from "./copy.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { factsOf } from "./facts.js";
import { NO_VITALS } from "../../model/vitals/vitals.js";
import { headCells } from "./head.js";
import { hearsKeys, rowAfter, setActive } from "../../widgets/grid-navigation.js";
import { plural, t } from "../../base/i18n.js";
import { containerWidth, rowElement, standsFor } from "./row-element.js";
import { sortRows, sortingAfter, sortingOf } from "./sort.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("./columns.js").Column} Column
 */

const ROW = 34;
const GAP = 12;
const EDGE = 14;

/** @param {Page} page @param {(text: string) => void} say @return {import("../../page/views.js").View} */
export function createTableView(page, say) {
  return new TableView(page, say);
}

class TableView {
  name = /** @type {const} */ ("table");
  key = "t";
  label = t("Table");
  element = byId("table");
  /** @type {Column[]} */
  columns = [];
  /** @type {import("./facts.js").TableFacts|null} */
  facts = null;
  chosen = new ChosenRows();
  /** @type {Process[]} */
  #rows = [];
  /** @type {import("../../page/page.js").Found|null} */
  #shown = null;

  /** @param {Page} page @param {(text: string) => void} say */
  constructor(page, say) {
    this.page = page;
    this.say = say;
    this.side = page.view.side;
    this.changes = page.view.changes;
    this.parts = makeParts(() => void this.#copy());
    const menu = new ColumnMenu(
      () => this.columns,
      (names) => this.#chooseColumns(names),
    );
    const { count, copier, scroller, body } = this.parts;
    fill(this.element, h("div", { class: "tb-top" }, count, menu.button, copier, menu.element), scroller);
    this.painted = createRows(scroller, body, ROW, (index) => rowElement(this, this.#rows[index], index));
    if (!page.view.columns) page.view.columns = readColumns();
    this.#listen();
  }

  show() {
    const { state, graph, view, found } = this.page;
    if (!state || !graph) return;
    const vitals = this.page.arrived ? NO_VITALS : this.page.store.vitals;
    const known = this.facts;
    const facts =
      known?.state === state && known.sharing === graph.sharing && known.vitals === vitals
        ? known
        : factsOf(state, graph.sharing, vitals);
    this.facts = facts;
    [this.#shown, this.side, this.changes] = [found, view.side, view.changes];
    this.columns = columnsOf(view.columns);
    const sorting = sortingOf(view.sort);
    const sorted = sortRows(this.#processes(), facts, sorting.column, sorting.way);
    this.#rows = changedFirst(sorted, this.page, ({ key }) => this.page.union?.fates.has(key) === true);
    this.chosen.keepIn(this.#rows);
    this.#layOut();
    fill(
      this.parts.head,
      headCells(this.columns, sorting, (column) => this.#sortBy(column)),
    );
    this.#repaint();
  }

  mark() {
    const { found, view } = this.page;
    if (found !== this.#shown || view.side !== this.side || view.changes !== this.changes) this.show();
    else this.#repaint();
  }

  /** @param {string} key */
  reveal(key) {
    const at = this.#rows.findIndex((row) => standsFor(row, key));
    if (at >= 0) this.painted.reveal(at);
  }

  resize() {
    this.painted.paint();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!hearsKeys(this.parts.scroller) || !this.#rows.length) return false;
    const { selected } = this.page.view;
    const extent = { rows: this.#rows.length, page: this.painted.page };
    const next = rowAfter(event.key, this.#indexOf(selected), extent);
    if (next === null) return false;
    const { key } = this.#rows[next];
    if (event.shiftKey) this.chosen.stretchTo(this.#rows, key, selected);
    else this.chosen.startAt(key);
    this.page.select(key, false);
    return true;
  }

  /** The processes that are found, on the side that is shown. */
  #processes() {
    const { union, view, found } = this.page;
    if (!union || view.side === "both") return found.processes;
    const absent = view.side === "before" ? "came" : "went";
    return found.processes.filter(({ key }) => union.fates.get(key) !== absent);
  }

  #layOut() {
    const { grid, scroller, empty } = this.parts;
    const { columns } = this;
    const names = `${containerWidth(this.page.state?.containers.values() ?? [])}px`;
    const tracks = columns.map(({ name, width: [least, share] }) =>
      name === "container" ? `minmax(${least}px, ${names})` : share ? `minmax(${least}px, ${share}fr)` : `${least}px`,
    );
    grid.style.setProperty("--columns", tracks.join(" "));
    grid.style.minInlineSize = `${columns.reduce((sum, { width }) => sum + width[0] + GAP, 2 * EDGE - GAP)}px`;
    scroller.setAttribute("aria-rowcount", String(this.#rows.length + 1));
    scroller.setAttribute("aria-colcount", String(columns.length));
    empty.hidden = this.#rows.length > 0;
  }

  #repaint() {
    const { scroller, count, copier } = this.parts;
    const { length } = this.#rows;
    const { size } = this.chosen;
    this.painted.show(length);
    const at = this.#indexOf(this.page.view.selected);
    setActive(scroller, at >= 0 ? `row-${at}` : null);
    count.textContent = size
      ? t("{count} of {all} processes chosen", { count: size, all: length })
      : plural(length, "{count} process", "{count} processes");
    fill(copier, size ? t("Copy the chosen rows as CSV") : t("Copy as CSV"));
  }

  /** Whether a column says what processes use now. */
  #measures() {
    return !this.element.hidden && !this.page.arrived && this.columns.some(({ measured }) => measured);
  }

  /** @param {string|null} key */
  #indexOf(key) {
    return this.#rows.findIndex((row) => standsFor(row, key));
  }

  /** @param {Column} column */
  #sortBy(column) {
    this.page.view.sort = sortingAfter(this.page.view.sort, column);
    this.page.keepUrl();
    this.show();
  }

  /** @param {string[]|null} names */
  #chooseColumns(names) {
    const chosen = chosenNames(names);
    this.page.view.columns = chosen;
    writeColumns(chosen);
    this.page.keepUrl();
    this.show();
  }

  async #copy() {
    if (!this.facts) return;
    const list = this.chosen.size ? this.#rows.filter(({ key }) => this.chosen.has(key)) : this.#rows;
    await copyCsv(csvOf(list, this.columns, this.facts, this.page.union), list.length, this.say);
  }

  #listen() {
    const { body, scroller } = this.parts;
    this.page.on("usage", () => this.#measures() && this.show());
    body.addEventListener("click", (event) => this.#click(event));
    body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // no text is selected
    scroller.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      if (event.key === "a") this.chosen.choose(this.#rows);
      else if (event.key === "c" && getSelection()?.isCollapsed !== false) this.#copySelected();
      else return;
      event.preventDefault();
      this.#repaint();
    });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const row = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-key]"));
    const key = row?.dataset.key;
    if (!key) return;
    const { selected } = this.page.view;
    const toggles = event.ctrlKey || event.metaKey;
    if (event.shiftKey) this.chosen.stretchTo(this.#rows, key, selected);
    else if (toggles) this.chosen.toggle(key, selected);
    else this.chosen.startAt(key);
    if (event.shiftKey || toggles) this.#repaint();
    else this.page.select(key);
  }

  /** Copy the chosen rows; where there are none, the selected one. */
  #copySelected() {
    const selected = this.#rows[this.#indexOf(this.page.view.selected)];
    if (!this.chosen.size && selected) this.chosen.choose([selected]);
    void this.#copy();
  }
}

/** @param {() => void} copy */
function makeParts(copy) {
  const count = h("span", { class: "tb-count", "aria-live": "polite" });
  const copier = h("button", { type: "button", class: "button small", id: "copy-csv", click: copy });
  const head = h("div", { class: "row head", role: "row", "aria-rowindex": 1 });
  const body = h("div", { class: "rows table-body", role: "rowgroup" });
  const empty = h("p", { class: "view-empty" }, t("No process matches."));
  const grid = h("div", { class: "grid" }, h("div", { role: "rowgroup", class: "table-head" }, head), body);
  const box = {
    class: "view-box tb-box",
    id: "table-grid",
    role: "grid",
    tabindex: "0",
    "aria-label": t("Processes"),
    "aria-multiselectable": "true",
  };
  return { count, copier, head, body, empty, grid, scroller: h("div", box, grid, empty) };
}
