/** The graph's twin: the same processes as rows. Only the rows in sight exist. */

import { fill, h } from "../dom.js";
import { ownerOf, strip } from "../sharing.js";
import { titleOf } from "../graph.js";
import { isolation } from "./details.js";
import { stripOf } from "./pieces.js";
import { fateMark } from "./report.js";

/**
 * @typedef {import("../shapes.js").Process} Process
 * @typedef {import("../store.js").State} State
 * @typedef {import("../sharing.js").Sharing} Sharing
 * @typedef {"pid"|"inside"|"comm"|"role"|"container"|"uid"|"spaces"|"cmdline"} Column
 * @typedef {{state: State, sharing: Sharing, processes: Process[], selected: string|null, fates?: Map<string, import("../union.js").Fate>|null}} TableInput
 */

const ROW = 34;
const AHEAD = 8;
/** @type {[Column, string][]} */
const COLUMNS = [["pid", "PID"], ["inside", "Inside"], ["comm", "Process"], ["role", "Role"], ["container", "Container"], ["uid", "User"], ["spaces", "Namespaces"], ["cmdline", "Command line"]];

/** @param {TableInput} input @param {Column} column @param {1|-1} way @return {Process[]} a new, sorted list */
export function sortRows({ state, sharing, processes }, column, way) {
  /** @type {Map<object, number>} */
  const isolated = new Map();
  const valueOf = (/** @type {Process} */ process) => {
    switch (column) {
      case "pid": return process.pid;
      case "inside": return process.nspid.length > 1 ? (process.nspid.at(-1) ?? -1) : -1;
      case "comm": return process.comm.toLowerCase();
      case "role": return process.role ?? "~";
      case "container": return process.container ? titleOf(state, process.container) : "~";
      case "uid": return process.uid ?? -1;
      case "cmdline": return process.cmdline.join(" ");
      case "spaces": {
        const known = isolated.get(process.namespaces);
        if (known !== undefined) return known;
        const value = isolation(strip(state, sharing, process.namespaces, ownerOf(sharing, process)));
        isolated.set(process.namespaces, value);
        return value;
      }
    }
  };
  const keyed = processes.map((process) => ({ process, value: valueOf(process) }));
  keyed.sort((a, b) => (a.value < b.value ? -way : a.value > b.value ? way : a.process.pid - b.process.pid));
  return keyed.map(({ process }) => process);
}

/** @param {HTMLElement} element @param {(key: string) => void} onSelect */
export function createTable(element, onSelect) {
  /** @type {TableInput|null} */
  let input = null;
  /** @type {Process[]} */
  let rows = [];
  /** @type {Column} */
  let column = "pid";
  /** @type {1|-1} */
  let way = 1;
  const head = h("div", { class: "row head", role: "row" });
  const body = h("div", { class: "table-body", role: "rowgroup" });
  const empty = h("p", { class: "table-empty" }, "No process matches.");
  const grid = h("div", { class: "grid", role: "table", "aria-label": "Processes" }, h("div", { role: "rowgroup", class: "table-head" }, head), body);
  fill(element, grid, empty);
  element.addEventListener("scroll", () => paint(), { passive: true });
  element.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || !rows.length) return;
    event.preventDefault();
    event.stopPropagation();
    const at = rows.findIndex((process) => process.key === input?.selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    onSelect(next.key);
    reveal(next.key);
  });

  function heads() {
    fill(head, COLUMNS.map(([name, title]) => h("div", { role: "columnheader", class: `c-${name}`, "aria-sort": name === column ? (way === 1 ? "ascending" : "descending") : "none" },
      h("button", { type: "button", "data-focus": `sort:${name}`, click: () => sortBy(name) }, title, h("span", { "aria-hidden": "true", class: "sort" }, name === column ? (way === 1 ? "▲" : "▼") : "")))));
  }

  /** @param {Column} name */
  function sortBy(name) {
    way = name === column && way === 1 ? -1 : 1;
    column = name;
    arrange();
  }

  function arrange() {
    if (!input) return;
    rows = sortRows(input, column, way);
    heads();
    body.style.blockSize = `${rows.length * ROW}px`;
    grid.setAttribute("aria-rowcount", String(rows.length + 1));
    empty.hidden = rows.length > 0;
    paint();
  }

  function paint() {
    if (!input || element.hidden) return;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW) - AHEAD);
    const last = Math.min(rows.length, Math.ceil((element.scrollTop + element.clientHeight) / ROW) + AHEAD);
    const { state, sharing, selected, fates } = input;
    fill(body, rows.slice(first, last).map((process, index) => {
      const row = rowOf(state, sharing, process, process.key === selected, first + index, onSelect, fates?.get(process.key));
      row.style.transform = `translateY(${(first + index) * ROW}px)`;
      return row;
    }));
  }

  /** @param {string} key */
  function reveal(key) {
    const at = rows.findIndex((process) => process.key === key) * ROW;
    if (at < 0) return;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + ROW * 2 > element.scrollTop + element.clientHeight) element.scrollTop = at + ROW * 2 - element.clientHeight;
    paint();
  }

  return {
    /** @param {TableInput} next */
    show(next) {
      input = next;
      arrange();
    },
    /** @param {string|null} key */
    select(key) {
      if (!input) return;
      input = { ...input, selected: key };
      paint();
    },
    repaint: paint,
    reveal,
  };
}

/** @param {State} state @param {Sharing} sharing @param {Process} process @param {boolean} selected @param {number} index @param {(key: string) => void} onSelect @param {import("../union.js").Fate} [fate] */
function rowOf(state, sharing, process, selected, index, onSelect, fate) {
  const cell = (/** @type {Column} */ name, /** @type {import("../dom.js").Child} */ content) => h("div", { role: "cell", class: `c-${name}` }, content);
  return h("div", { role: "row", class: `row${selected ? " selected" : ""}${fate ? ` fate-${fate}` : ""}`, "data-fate": fate ?? null, "aria-rowindex": index + 2, "data-key": process.key, click: () => onSelect(process.key) },
    cell("pid", process.pid),
    cell("inside", process.nspid.length > 1 ? (process.nspid.at(-1) ?? "") : ""),
    h("div", { role: "cell", class: "c-comm" }, fate && fateMark(fate), h("button", { type: "button", class: "row-name", "data-focus": `row:${process.key}`, "aria-pressed": selected ? "true" : "false" }, process.comm || "?")),
    cell("role", process.role ?? ""),
    cell("container", process.container ? titleOf(state, process.container) : ""),
    cell("uid", process.uid === null ? "?" : process.uid === 0 ? "root" : process.uid),
    cell("spaces", stripOf(strip(state, sharing, process.namespaces, ownerOf(sharing, process)))),
    cell("cmdline", process.cmdline.join(" ").slice(0, 300)));
}
