/** The matrix as one of the views: what each container has to itself, shares, or has from the host. */

import { HOW_WORDS, TYPE_WORDS } from "../../model/words.js";
import { ISOLATED, arrange, buildMatrix, summarise, uniteRows } from "./matrix.js";
import { TYPES } from "../../model/types.js";
import { byId, fill, h } from "../../base/dom.js";
import { cellMark, fateMark, typeMark } from "../../widgets/pieces.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { mark, plural, t } from "../../base/i18n.js";
import { ownerOf } from "../../model/sharing.js";
import { ownerTitle } from "../graph/graph.js";
import { readSearch } from "../../search/search.js";
import { standIn } from "../chains/tree.js";

/**
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {{title: string, count: number}|MatrixRow} Line  a heading, or a row
 */

const ROW = 38;
const NAMED = 3; // as many sharers are named in a sentence
const ORDERS = /** @type {const} */ ([
  ["kin", mark("Sharers together")],
  ["name", mark("Name")],
  ["least", mark("Least isolated")],
]);
/** The types as they stand in a sentence. @type {Record<NamespaceType, string>} */
const NOUNS = {
  mnt: mark("mount"),
  uts: mark("UTS"),
  ipc: mark("IPC"),
  pid: mark("PID"),
  net: mark("network"),
  user: mark("user"),
  cgroup: mark("cgroup"),
  time: mark("time"),
};
const RIGHTS = "rights";

/** @param {import("../../page/page.js").Page} page @return {import("../../page/views.js").View} */
export function createMatrixView(page) {
  const element = byId("matrix");
  const summary = h("ul", { class: "summary", "aria-label": t("What is not isolated") });
  const orders = h("div", {
    class: "segmented small",
    id: "matrix-order",
    role: "group",
    "aria-label": t("Order of the matrix"),
  });
  const head = h("div", { class: "mx-row mx-head", role: "row" });
  const body = h("div", { class: "rows", role: "rowgroup" });
  const empty = h("p", { class: "view-empty" });
  const scroller = h(
    "div",
    {
      class: "view-box mx-box",
      id: "matrix-grid",
      role: "grid",
      tabindex: "0",
      "aria-label": t("Containers against namespace types"),
    },
    h("div", { class: "mx-sticky", role: "rowgroup" }, head),
    body,
    empty,
  );
  const tip = h("div", { class: "tip mx-tip", hidden: true });
  fill(element, h("div", { class: "mx-top" }, summary, orders), scroller, tip);
  const painted = createRows(scroller, body, ROW, (index) => lineOf(lines[index], index));

  /** @type {MatrixRow[]} */
  let all = [];
  /** @type {Line[]} */
  let lines = [];
  /** The columns, by type. @type {NamespaceType[]} */
  let types = [];
  /** @type {import("../../page/page.js").Found|null} */
  let shown = null;
  let side = page.view.side;
  /** Where the keyboard is. */
  let active = { line: -1, column: 0 };

  function show() {
    const { state, union, view } = page;
    if (!state) return;
    side = view.side;
    if (!union) all = buildMatrix(state, page.graph?.sharing);
    else if (side === "both") all = uniteRows(buildMatrix(union.before), buildMatrix(union.after), union.fates);
    else {
      const absent = side === "before" ? "went" : "came";
      all = buildMatrix(union[side]).map((row) =>
        union.fates.get(row.key) === absent ? { ...row, fate: absent } : row,
      );
    }
    order();
  }

  function order() {
    shown = page.found;
    const isMeant = filter();
    const found = all.filter(isMeant);
    const arranged = arrange(
      found,
      page.view.order,
      titleOf,
      TYPES.filter((type) => !page.view.options.off.has(type)),
    );
    types = arranged.types;
    const inside = arranged.rows.filter(({ container }) => container);
    const outside = arranged.rows.filter(({ container }) => !container);
    lines = [
      ...(inside.length && outside.length ? [{ title: t("Containers"), count: inside.length }] : []),
      ...inside,
      ...(outside.length ? [{ title: t("Not in a container"), count: outside.length }] : []),
      ...outside,
    ];
    scroller.style.setProperty("--types", String(types.length));
    scroller.setAttribute("aria-rowcount", String(lines.length + 1));
    scroller.setAttribute("aria-colcount", String(types.length + 2));
    empty.hidden = lines.length > 0;
    empty.textContent = page.found.nodes
      ? t("Nothing here matches.")
      : t("No container, and no process with namespaces of its own.");
    fill(head, heads());
    fill(summary, sentences());
    fill(
      orders,
      ORDERS.map(([name, label]) =>
        h(
          "button",
          {
            type: "button",
            "data-focus": name,
            "data-order": name,
            "aria-pressed": String(name === page.view.order),
            click: () => choose(name),
          },
          t(label),
        ),
      ),
    );
    repaint();
  }

  /** @param {import("../../address/view-query.js").Order} name */
  function choose(name) {
    page.view.order = name;
    page.keepUrl();
    scroller.scrollTop = 0;
    order();
  }

  /** What the search and the switches leave: rows with a process that is found. @return {(row: MatrixRow) => boolean} */
  function filter() {
    const { graph, facts, found, view } = page;
    if (!graph || !facts) return () => false;
    const owners = new Set(found.processes.flatMap((process) => [ownerOf(graph.sharing, process), process.key]));
    const { test } = readSearch(view.search, facts);
    return ({ key, container, processes }) =>
      owners.has(key) || (container !== null && processes === 0 && (test === null || test(standIn(key))));
  }

  function repaint() {
    painted.show(lines.length);
    point();
  }

  /** Tell where the keyboard is. */
  function point() {
    for (const old of scroller.querySelectorAll(".active")) old.classList.remove("active");
    const cell = document.getElementById(`mx-${active.line}-${active.column}`);
    cell?.classList.add("active");
    if (cell) scroller.setAttribute("aria-activedescendant", cell.id);
    else scroller.removeAttribute("aria-activedescendant");
  }

  /* ---- the head ---- */

  function heads() {
    return [
      h("div", { role: "columnheader", class: "mx-name" }, t("Container")),
      ...types.map((type) =>
        h(
          "div",
          {
            role: "columnheader",
            class: "mx-cell",
            title: t("{type} namespaces isolate {what}", {
              type: TYPE_WORDS[type].name,
              what: TYPE_WORDS[type].isolates,
            }),
          },
          typeMark(type),
          h("span", { class: "mx-word" }, TYPE_WORDS[type].name),
        ),
      ),
      h("div", { role: "columnheader", class: "mx-rights" }, t("Rights")),
    ];
  }

  /* ---- what it comes to ---- */

  function sentences() {
    const { containers, host, shared, privileged, differing, unknown } = summarise(all);
    if (!containers) return [];
    const search = (/** @type {string} */ text) => () => page.search(page.view.search === text ? "" : text);
    const parts = [
      ...host.map(({ type, count }) =>
        sentence(
          "bad",
          cellMark({ type, key: null, how: "host" }),
          plural(
            count,
            "{count} of {all} containers shares the host’s {type}",
            "{count} of {all} containers share the host’s {type}",
            { all: containers, type: t(NOUNS[type]) },
          ),
          `host:${type}`,
          search(`host:${type}`),
        ),
      ),
      ...shared.map(({ type, count }) =>
        sentence(
          "",
          cellMark({ type, key: null, how: "shared" }),
          plural(count, "{count} shares its {type} with another", "{count} share their {type} with another", {
            type: t(NOUNS[type]),
          }),
          `shared:${type}`,
          search(`shared:${type}`),
        ),
      ),
      privileged > 0 &&
        sentence(
          "bad",
          h("span", { class: "sign", "aria-hidden": "true" }, "!"),
          plural(privileged, "{count} is privileged", "{count} are privileged"),
        ),
      differing > 0 &&
        sentence(
          "bad",
          h("span", { class: "sign", "aria-hidden": "true" }, "≠"),
          plural(differing, "{count} is not as declared", "{count} are not as declared"),
        ),
      unknown > 0 &&
        sentence(
          "",
          h("span", { class: "sign unknown", "aria-hidden": "true" }, "?"),
          plural(unknown, "{count} could not be read in full", "{count} could not be read in full"),
        ),
    ].filter((part) => part !== false);
    return host.length || shared.length
      ? parts
      : [
          sentence(
            "good",
            h("span", { class: "sign", "aria-hidden": "true" }, "✓"),
            plural(
              containers,
              "The container has mount, UTS, IPC, PID and network to itself",
              "Each of the {count} containers has mount, UTS, IPC, PID and network to itself",
            ),
          ),
          ...parts,
        ];
  }

  /** @param {string} kind @param {Node} sign @param {string} text @param {string} [query] @param {() => void} [run] */
  function sentence(kind, sign, text, query, run) {
    const content = [sign, h("span", null, text)];
    const pressed = query !== undefined && page.view.search === query;
    return h(
      "li",
      null,
      run
        ? h(
            "button",
            {
              type: "button",
              class: `finding ${kind}`,
              "data-focus": text,
              "aria-pressed": String(pressed),
              title: pressed ? t("Show all again") : t("Show only these"),
              click: run,
            },
            content,
          )
        : h("span", { class: `finding ${kind}` }, content),
    );
  }

  /* ---- rows ---- */

  /** @param {Line} line @param {number} index */
  function lineOf(line, index) {
    if ("title" in line)
      return h(
        "div",
        { class: "mx-row mx-title", role: "row", "aria-rowindex": index + 2 },
        h(
          "div",
          { role: "rowheader", "aria-colspan": types.length + 2, id: `mx-${index}-0` },
          line.title,
          h("span", { class: "count" }, line.count),
        ),
      );
    const selected = isSelected(line);
    return h(
      "div",
      {
        class: `mx-row${selected ? " selected" : ""}${line.fate ? ` fate-${line.fate}` : ""}`,
        role: "row",
        "data-key": line.key,
        "data-fate": line.fate,
        "aria-rowindex": index + 2,
        "aria-selected": String(selected),
      },
      nameCell(line, index),
      types.map((type, column) => cellOf(line, line.cells[TYPES.indexOf(type)], index, column + 1)),
      rightsCell(line, index),
    );
  }

  /** @param {MatrixRow} row @param {number} index */
  function nameCell(row, index) {
    const image = row.container ? row.container.image : plural(row.processes, "{count} process", "{count} processes");
    const idle = row.container && row.processes === 0;
    return h(
      "div",
      {
        role: "rowheader",
        class: "mx-name",
        id: `mx-${index}-0`,
        "data-line": index,
        "data-column": 0,
        title: row.container?.image,
      },
      row.fate && fateMark(row.fate),
      h("span", { class: "mx-title-text" }, titleOf(row)),
      h("span", { class: "image" }, idle ? row.container?.state || t("not running") : image),
    );
  }

  /** @param {MatrixRow} row @param {MatrixCell} cell @param {number} index @param {number} column */
  function cellOf(row, cell, index, column) {
    const { how, key, type } = cell;
    const usual = how === "host" && (!ISOLATED.includes(type) || !row.container);
    const classes = [
      "mx-cell",
      `is-${how}`,
      usual && "usual",
      key !== null && key === page.view.selected && "picked",
      ...joinsOf(cell, index, type),
      `t-${type}`,
    ];
    return h(
      "div",
      {
        role: "gridcell",
        id: `mx-${index}-${column}`,
        class: classes.filter(Boolean).join(" "),
        "data-line": index,
        "data-column": column,
        "data-space": how === "shared" ? key : null,
        "data-how": how,
      },
      h("span", { class: "muted", "aria-hidden": "true" }, how === "none" ? "–" : cellMark({ type, key, how }, false)),
      h("span", { class: "mx-word" }, wordOf(cell)),
      cell.strays > 0 && h("span", { class: "strays" }, `+${cell.strays}`),
      cell.declared && h("span", { class: "differs", "aria-hidden": "true" }, "≠"),
      cell.was && fateMark("changed"),
      (cell.declared || cell.was || cell.others.length > 1) && h("span", { class: "unseen" }, sayCell(cell).join(" ")),
    );
  }

  /** A bar ties a cell to the one above or below that is the same namespace. @param {MatrixCell} cell @param {number} index @param {NamespaceType} type */
  function joinsOf({ how, key }, index, type) {
    if (how !== "shared") return [];
    const same = (/** @type {Line|undefined} */ line) =>
      line && "cells" in line && line.cells[TYPES.indexOf(type)].key === key;
    return [same(lines[index - 1]) && "up", same(lines[index + 1]) && "down"];
  }

  /** @param {MatrixCell} cell */
  function wordOf({ how, others }) {
    if (how === "own") return t("own");
    if (how === "host") return t("host");
    if (how === "unknown") return t("unknown");
    if (how === "none") return "";
    return others.length === 1 ? ownerName(others[0]) : t("with {count}", { count: others.length });
  }

  /** @param {MatrixRow} row @param {number} index */
  function rightsCell({ rights, container, cells }, index) {
    const all = rights?.privileged;
    const shownCaps = rights?.added.slice(0, all ? 0 : 2) ?? [];
    const words = !rights
      ? container && cells.some(({ how }) => how !== "none")
        ? t("No engine reports how it was created.")
        : ""
      : [
          all && t("Privileged: hardly isolated from the host."),
          rights.added.length > 0 && t("Capabilities added: {names}.", { names: rights.added.join(", ") }),
          rights.dropped.length > 0 && t("Capabilities dropped: {names}.", { names: rights.dropped.join(", ") }),
        ]
          .filter(Boolean)
          .join(" ");
    return h(
      "div",
      {
        role: "gridcell",
        class: "mx-rights",
        id: `mx-${index}-${types.length + 1}`,
        "data-line": index,
        "data-column": types.length + 1,
        "data-kind": RIGHTS,
        title: words || null,
      },
      all && h("span", { class: "right bad" }, t("privileged")),
      shownCaps.map((name) => h("span", { class: name === "ALL" ? "right bad" : "right" }, `+${name}`)),
      rights &&
        rights.added.length > shownCaps.length &&
        h("span", { class: "right" }, `+${rights.added.length - shownCaps.length}`),
      rights &&
        rights.dropped.length > 0 &&
        h(
          "span",
          { class: "right dropped" },
          rights.dropped.length === 1 ? `−${rights.dropped[0]}` : `−${rights.dropped.length}`,
        ),
    );
  }

  /** @param {MatrixRow} row */
  function titleOf(row) {
    if (row.container) return row.container.name || row.key.slice(0, 12);
    return row.first ? `${row.first.comm} ${row.first.pid}` : row.key;
  }

  /** @param {string} owner */
  function ownerName(owner) {
    return page.state && page.graph
      ? owner === ""
        ? t("host processes")
        : ownerTitle(page.state, page.graph.sharing, owner)
      : owner.slice(0, 12);
  }

  /** The sentences about a cell. @param {MatrixCell} cell @return {string[]} */
  function sayCell(cell) {
    const { type, how, others, declared, strays, was } = cell;
    const name = TYPE_WORDS[type].name;
    const names = others.slice(0, NAMED).map(ownerName).join(", ");
    const told = {
      own: t("{type}: its own.", { type: name }),
      host: t("{type}: the host’s.", { type: name }),
      unknown: t("{type}: could not be read.", { type: name }),
      none: t("It has no process, and so no namespace."),
      shared:
        others.length > NAMED
          ? t("{type}: shared with {names} and {count} more.", { type: name, names, count: others.length - NAMED })
          : names
            ? t("{type}: shared with {names}.", { type: name, names })
            : t("{type}: shared by its processes.", { type: name }),
    };
    return [
      told[how],
      declared &&
        t("Declared {field}={value}, but this is observed.", {
          field: declared.field,
          value: declared.value.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/, "$1") || t("(the default)"),
        }),
      strays > 0 &&
        plural(strays, "{count} of its processes lives in another.", "{count} of its processes live in others."),
      was &&
        (was.how === how
          ? t("It was another one before.")
          : t("Before: {how}.", { how: was.how === "none" ? "–" : HOW_WORDS[was.how] })),
    ].filter((part) => typeof part === "string");
  }

  /* ---- hands and keys ---- */

  /** @param {MatrixRow} row */
  function isSelected(row) {
    const { selected } = page.view;
    if (selected === null) return false;
    const process = page.state?.processes.get(selected);
    return (
      row.key === selected ||
      (process !== undefined && page.graph !== null && ownerOf(page.graph.sharing, process) === row.key)
    );
  }

  /** @param {number} line @param {number} column */
  function choosePlace(line, column) {
    const row = lines[line];
    if (!row || "title" in row) return;
    const space = column > 0 && column <= types.length ? row.cells[TYPES.indexOf(types[column - 1])].key : null;
    page.select(space ?? row.key);
  }

  /** @param {Event} event @return {HTMLElement|null} */
  const placeOf = (event) =>
    /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-line]"));

  body.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (!place) return;
    active = { line: Number(place.dataset.line), column: Number(place.dataset.column) };
    choosePlace(active.line, active.column);
  });
  body.addEventListener("pointerover", (event) => hover(placeOf(event)));
  scroller.addEventListener("pointerleave", () => hover(null));
  scroller.addEventListener("scroll", () => (tip.hidden = true), { passive: true });

  /** @param {HTMLElement|null} place */
  function hover(place) {
    const row = place && lines[Number(place.dataset.line)];
    const column = Number(place?.dataset.column);
    const cell =
      row && "cells" in row && column > 0 && column <= types.length
        ? row.cells[TYPES.indexOf(types[column - 1])]
        : null;
    const space = place?.dataset.space ?? null;
    for (const one of body.querySelectorAll("[data-space]"))
      one.classList.toggle("kin", space !== null && /** @type {HTMLElement} */ (one).dataset.space === space);
    tip.hidden = !cell;
    if (!cell || !place || !row || "title" in row) return;
    fill(
      tip,
      h("strong", null, titleOf(row)),
      sayCell(cell).map((text) => h("span", null, text)),
    );
    const [box, at] = [element.getBoundingClientRect(), place.getBoundingClientRect()];
    const below = at.bottom - box.top + tip.offsetHeight + 10 < box.height;
    tip.style.transform = `translate(${Math.max(8, Math.min(at.left - box.left, box.width - tip.offsetWidth - 8))}px, ${below ? at.bottom - box.top + 4 : at.top - box.top - tip.offsetHeight - 4}px)`;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (document.activeElement !== scroller && document.activeElement !== document.body) return false;
    const move = (/** @type {number} */ down, /** @type {number} */ right) => () =>
      moveTo(active.line + down, active.column + right);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: move(1, 0),
      ArrowUp: move(-1, 0),
      ArrowRight: move(0, 1),
      ArrowLeft: move(0, -1),
      PageDown: move(painted.page, 0),
      PageUp: move(-painted.page, 0),
      Home: () => moveTo(active.line, 0),
      End: () => moveTo(active.line, types.length + 1),
      Enter: () => choosePlace(active.line, active.column),
      " ": () => choosePlace(active.line, active.column),
    };
    if (!(event.key in keys)) return false;
    keys[event.key]();
    return true;
  }

  /** @param {number} line @param {number} column */
  function moveTo(line, column) {
    active = {
      line: Math.max(0, Math.min(lines.length - 1, line)),
      column: Math.max(0, Math.min(types.length + 1, column)),
    };
    painted.reveal(active.line);
    point();
    hover(document.getElementById(`mx-${active.line}-${active.column}`));
  }

  return {
    name: "matrix",
    key: "m",
    label: t("Matrix"),
    element,
    show,
    mark() {
      if (page.view.side !== side) show();
      else if (page.found !== shown) order();
      else repaint();
    },
    reveal(key) {
      const at = lines.findIndex(
        (line) => "cells" in line && (isSelected(line) || line.cells.some((cell) => cell.key === key)),
      );
      if (at >= 0) painted.reveal(at);
    },
    resize: painted.paint,
    onKey,
  };
}
