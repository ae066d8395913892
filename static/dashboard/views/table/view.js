/** The table as one of the views: every process a row, the columns as the reader chose them. Only the rows in sight exist. */

import { COLUMNS, cellsOf, columnTitle, columnsOf, factsOf, sortRows, textOf } from "./columns.js";
import { byId, fill, h } from "../../base/dom.js";
import { cellMark, fateMark, stripOf } from "../../widgets/pieces.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { plural, t } from "../../base/i18n.js";
import { toCsv } from "../../base/csv.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("./columns.js").Column} Column
 */

const ROW = 34;
const GAP = 12;
const EDGE = 14;
const LONGEST = 300; // characters of a cell; the whole text is copied
const KEPT = "isoscope.columns";

/** @param {import("../../page/page.js").Page} page @param {(text: string) => void} say @return {import("../../page/views.js").View} */
export function createTableView(page, say) {
  const element = byId("table");
  const count = h("span", { class: "tb-count", "aria-live": "polite" });
  const menu = h("div", { class: "menu tb-menu", id: "columns-menu", popover: "auto", "aria-label": t("Columns") });
  const chooser = h(
    "button",
    {
      type: "button",
      class: "button small",
      id: "columns-open",
      popovertarget: "columns-menu",
      "aria-haspopup": "true",
    },
    t("Columns"),
    h("span", { class: "caret", "aria-hidden": "true" }, "▾"),
  );
  const copier = h("button", { type: "button", class: "button small", id: "copy-csv", click: () => void copy() });
  const head = h("div", { class: "row head", role: "row", "aria-rowindex": 1 });
  const body = h("div", { class: "rows table-body", role: "rowgroup" });
  const empty = h("p", { class: "view-empty" }, t("No process matches."));
  const grid = h("div", { class: "grid" }, h("div", { role: "rowgroup", class: "table-head" }, head), body);
  const scroller = h(
    "div",
    {
      class: "view-box tb-box",
      id: "table-grid",
      role: "grid",
      tabindex: "0",
      "aria-label": t("Processes"),
      "aria-multiselectable": "true",
    },
    grid,
    empty,
  );
  fill(element, h("div", { class: "tb-top" }, count, chooser, copier, menu), scroller);
  const painted = createRows(scroller, body, ROW, (index) => rowOf(rows[index], index));

  /** @type {Process[]} */
  let rows = [];
  /** @type {Column[]} */
  let columns = [];
  /** @type {import("./columns.js").TableFacts|null} */
  let facts = null;
  /** @type {import("../../page/page.js").Found|null} */
  let shown = null;
  let side = page.view.side;
  /** Rows chosen besides the selection, to be copied. @type {Set<string>} */
  let chosen = new Set();
  /** Where a stretch of chosen rows begins. @type {string|null} */
  let anchor = null;

  if (!page.view.columns) page.view.columns = keptColumns();

  function show() {
    const { state, graph, union, view, found } = page;
    if (!state || !graph) return;
    if (facts?.state !== state || facts.sharing !== graph.sharing) facts = factsOf(state, graph.sharing);
    [shown, side] = [found, view.side];
    const absent = view.side === "before" ? "came" : "went";
    const processes =
      union && view.side !== "both"
        ? found.processes.filter(({ key }) => union.fates.get(key) !== absent)
        : found.processes;
    columns = columnsOf(view.columns);
    const { column, way } = sorting();
    rows = sortRows(processes, facts, column, way);
    if (chosen.size) chosen = new Set(rows.map(({ key }) => key).filter((key) => chosen.has(key)));
    layOut();
    fill(
      head,
      columns.map((one, index) => headOf(one, index, one === column ? way : 0)),
    );
    scroller.setAttribute("aria-rowcount", String(rows.length + 1));
    scroller.setAttribute("aria-colcount", String(columns.length));
    empty.hidden = rows.length > 0;
    repaint();
  }

  function sorting() {
    const { sort } = page.view;
    const column = COLUMNS.find(({ name }) => name === sort?.column) ?? COLUMNS[0];
    return { column, way: sort?.way ?? 1 };
  }

  function layOut() {
    grid.style.setProperty(
      "--columns",
      columns.map(({ width: [least, share] }) => (share ? `minmax(${least}px, ${share}fr)` : `${least}px`)).join(" "),
    );
    grid.style.minInlineSize = `${columns.reduce((sum, { width }) => sum + width[0] + GAP, 2 * EDGE - GAP)}px`;
  }

  function repaint() {
    painted.show(rows.length);
    const at = rows.findIndex(({ key }) => key === page.view.selected);
    if (at >= 0) scroller.setAttribute("aria-activedescendant", `row-${at}`);
    else scroller.removeAttribute("aria-activedescendant");
    count.textContent = chosen.size
      ? t("{count} of {all} processes chosen", { count: chosen.size, all: rows.length })
      : plural(rows.length, "{count} process", "{count} processes");
    fill(copier, chosen.size ? t("Copy the chosen as CSV") : t("Copy as CSV"));
  }

  /* ---- columns ---- */

  /** @param {Column} column @param {number} index @param {1|-1|0} way */
  function headOf(column, index, way) {
    const sorted = way === 1 ? "ascending" : way === -1 ? "descending" : "none";
    return h(
      "div",
      { role: "columnheader", class: `c-${column.name}`, "aria-colindex": index + 1, "aria-sort": sorted },
      h(
        "button",
        {
          type: "button",
          "data-focus": `sort:${column.name}`,
          "data-sort": column.name,
          title: t("Sort by this column"),
          click: () => sortBy(column),
        },
        column.type && cellMark({ type: column.type, key: null, how: "own" }, false),
        h("span", null, columnTitle(column)),
        h("span", { "aria-hidden": "true", class: "sort" }, way === 1 ? "▲" : way === -1 ? "▼" : ""),
      ),
    );
  }

  /** @param {Column} column */
  function sortBy(column) {
    const now = sorting();
    const way = now.column === column && now.way === 1 ? -1 : 1;
    page.view.sort = column === COLUMNS[0] && way === 1 ? null : { column: column.name, way };
    page.keepUrl();
    show();
  }

  /** @param {string[]|null} names */
  function choose(names) {
    const usual = columnsOf(null);
    const next = columnsOf(names);
    const same = next.length === usual.length && next.every((column, index) => column === usual[index]);
    page.view.columns = same ? null : next.map(({ name }) => name);
    if (same) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, page.view.columns?.join(",") ?? "");
    page.keepUrl();
    show();
  }

  function showMenu() {
    const names = columns.map(({ name }) => name);
    fill(
      menu,
      COLUMNS.map((column) => {
        const has = names.includes(column.name);
        const input = h("input", {
          type: "checkbox",
          "data-focus": column.name,
          "data-column": column.name,
          change: () => {
            choose(has ? names.filter((name) => name !== column.name) : [...names, column.name]);
            showMenu();
          },
        });
        input.checked = has;
        input.disabled = has && names.length === 1;
        return h("label", { class: "switch" }, input, h("span", { class: "switch-name" }, columnTitle(column)));
      }),
      h(
        "button",
        {
          type: "button",
          class: "option",
          "data-focus": "usual",
          id: "columns-usual",
          click: () => {
            choose(null);
            showMenu();
          },
        },
        h("span", { class: "option-name" }, t("The usual columns")),
      ),
    );
    const at = chooser.getBoundingClientRect();
    menu.style.inset = `${at.bottom + 6}px ${Math.max(8, innerWidth - at.right)}px auto auto`;
  }

  /* ---- rows ---- */

  /** @param {Process} process @param {number} index */
  function rowOf(process, index) {
    const { key } = process;
    const selected = key === page.view.selected;
    const fate = page.union?.fates.get(key);
    const classes = ["row", selected && "selected", chosen.has(key) && "chosen", fate && `fate-${fate}`];
    return h(
      "div",
      {
        role: "row",
        id: `row-${index}`,
        class: classes.filter(Boolean).join(" "),
        "data-key": key,
        "data-fate": fate ?? null,
        "aria-rowindex": index + 2,
        "aria-selected": String(selected || chosen.has(key)),
      },
      columns.map((column) =>
        h("div", { role: "gridcell", class: `c-${column.name}` }, ...contentOf(column, process, fate)),
      ),
    );
  }

  /** @param {Column} column @param {Process} process @param {import("../../model/comparison.js").Fate} [fate] @return {import("../../base/dom.js").Child[]} */
  function contentOf(column, process, fate) {
    if (!facts) return [];
    if (column.name === "comm") return [fate && fateMark(fate), h("span", { class: "row-name" }, process.comm || "?")];
    if (column.name === "spaces")
      return [stripOf(cellsOf(process, facts).filter(({ type }) => !page.view.options.off.has(type)))];
    if (column.name === "user" && process.uid === null) return ["?"];
    if (column.type) {
      const cell = cellsOf(process, facts).find(({ type }) => type === column.type);
      return cell ? [cellMark(cell), column.value(process, facts)] : [];
    }
    return [String(textOf(column, process, facts) ?? "").slice(0, LONGEST)];
  }

  /* ---- copy ---- */

  async function copy() {
    if (!facts) return;
    const table = facts;
    const { union } = page;
    const list = chosen.size ? rows.filter(({ key }) => chosen.has(key)) : rows;
    const text = toCsv(
      [...(union ? [t("Change")] : []), ...columns.map(columnTitle)],
      list.map((process) => [
        ...(union ? [union.fates.get(process.key) ?? null] : []),
        ...columns.map((column) => textOf(column, process, table)),
      ]),
    );
    try {
      await navigator.clipboard.writeText(text);
      say(plural(list.length, "{count} row is copied as CSV.", "{count} rows are copied as CSV."));
    } catch {
      save(text);
    }
  }

  /** Where the browser keeps the clipboard from us (it wants HTTPS), it becomes a file. @param {string} text */
  function save(text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    h("a", { href: url, download: "processes.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    say(t("The browser did not give us the clipboard: the rows are saved as processes.csv."));
  }

  /* ---- hands and keys ---- */

  body.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-key]"));
    const key = row?.dataset.key;
    if (!key) return;
    if (event.shiftKey) return stretchTo(key);
    if (event.ctrlKey || event.metaKey) {
      if (!chosen.size && page.view.selected) chosen.add(page.view.selected);
      if (!chosen.delete(key)) chosen.add(key);
      anchor = key;
      return repaint();
    }
    chosen.clear();
    anchor = key;
    page.select(key);
  });
  body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // no text is marked between the rows

  /** Choose all rows from the anchor to this one. @param {string} key */
  function stretchTo(key) {
    const [from, to] = [
      rows.findIndex((row) => row.key === (anchor ?? page.view.selected ?? key)),
      rows.findIndex((row) => row.key === key),
    ];
    if (from < 0 || to < 0) return;
    anchor ??= rows[from].key;
    chosen = new Set(rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.key));
    repaint();
  }

  scroller.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === "a") chosen = new Set(rows.map(({ key }) => key));
    else if (event.key === "c" && getSelection()?.isCollapsed !== false) {
      const { selected } = page.view;
      if (!chosen.size && selected && rows.some(({ key }) => key === selected)) chosen = new Set([selected]);
      void copy();
    } else return;
    event.preventDefault();
    repaint();
  });

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (document.activeElement !== scroller && document.activeElement !== document.body) return false;
    const at = rows.findIndex(({ key }) => key === page.view.selected);
    /** @type {Record<string, number>} */
    const places = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + painted.page,
      PageUp: at - painted.page,
      Home: 0,
      End: rows.length - 1,
    };
    if (!(event.key in places) || !rows.length) return false;
    const { key } = rows[Math.max(0, Math.min(rows.length - 1, places[event.key]))];
    if (event.shiftKey) {
      anchor ??= page.view.selected ?? key;
      stretchTo(key);
    } else {
      chosen.clear();
      anchor = key;
    }
    page.select(key, false);
    return true;
  }

  menu.addEventListener("beforetoggle", showMenu);

  return {
    name: "table",
    key: "t",
    label: t("Table"),
    element,
    show,
    mark() {
      if (page.found !== shown || page.view.side !== side) show();
      else repaint();
    },
    reveal(key) {
      const at = rows.findIndex((row) => row.key === key || (row.container === key && row.role === "init"));
      if (at >= 0) painted.reveal(at);
    },
    resize: painted.paint,
    onKey,
  };
}

/** The columns that this reader chose last, on this machine. */
function keptColumns() {
  const kept = (localStorage.getItem(KEPT) ?? "")
    .split(",")
    .filter((name) => COLUMNS.some((column) => column.name === name));
  return kept.length ? kept : null;
}
