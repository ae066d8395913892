/** Chains as one of the views: the tree of who started whom, each step explained where its like is met first. */

import { ROLE_WORDS, TYPE_WORDS } from "../../model/words.js";
import { beginsOpen, buildTree, pathTo, rowsOf, standIn } from "./tree.js";
import { byId, fill, h } from "../../base/dom.js";
import { cellMark, fateMark } from "../../widgets/pieces.js";
import { createRows } from "../../widgets/virtual-rows.js";
import { mark, plural, t } from "../../base/i18n.js";
import { ownerOf, strip } from "../../model/sharing.js";
import { ownerTitle, titleOf } from "../graph/graph.js";
import { readSearch } from "../../search/search.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("./tree.js").Row} Row
 * @typedef {import("./tree.js").Step} Step
 * @typedef {import("../../model/sharing.js").Cell} Cell
 */

const ROW = 30;
const NAMED = 2; // as many sharers are named
/** What a container has to itself unless told otherwise; sharing the others with the host is no news. */
const ISOLATED = new Set(["mnt", "uts", "ipc", "pid", "net"]);
const INITS = new Set(["docker-init", "tini", "catatonit", "dumb-init"]);
const INIT_WORDS = mark(
  "A small init in front of the program, as docker run --init puts it there: it passes signals on and collects processes that ended.",
);

/** @param {Page} page @return {import("../../page/views.js").View} */
export function createChainsView(page) {
  const element = byId("chains");
  const body = h("div", { class: "rows", role: "presentation" });
  const empty = h("p", { class: "view-empty" });
  element.setAttribute("aria-label", t("Chains: who started whom"));
  fill(element, body, empty);
  const painted = createRows(element, body, ROW, (index) => rowOf(rows[index], index));

  /** @type {Step[]} */
  let tree = [];
  /** @type {Row[]} */
  let rows = [];
  /** @type {import("../../page/page.js").Found|null} */
  let shown = null;
  let side = page.view.side;
  /** The rows that explain their role. @type {Set<string>} */
  let explained = new Set();
  /** Where the keyboard is. @type {string|null} */
  let active = null;

  function show() {
    const { state, graph, union, view, found } = page;
    if (!state || !graph) return;
    [shown, side] = [found, view.side];
    const absent = view.side === "before" ? "came" : "went";
    const isAbsent = (/** @type {string} */ key) => view.side !== "both" && union?.fates.get(key) === absent;
    tree = buildTree({ state, sides: union, admits: ({ key }) => graph.nodeOf.has(key) && !isAbsent(key) });
    arrange();
  }

  function arrange() {
    const keys = page.found.nodes ? new Set(page.found.processes.map(({ key }) => key)) : null;
    const test = page.facts && readSearch(page.view.search, page.facts).test;
    rows = rowsOf(
      tree,
      page.view.turned,
      keys &&
        ((step) =>
          keys.has(step.process?.key ?? "") || (step.kind === "container" && test !== null && test(standIn(step.id)))),
    );
    explained = findFirsts(rows);
    empty.hidden = rows.length > 0;
    empty.textContent = keys ? t("No process matches.") : t("No process is shown.");
    repaint();
  }

  function repaint() {
    painted.show(rows.length);
    const at = rows.findIndex(isActive);
    if (at >= 0) element.setAttribute("aria-activedescendant", `step-${at}`);
    else element.removeAttribute("aria-activedescendant");
  }

  /** @param {Row} row */
  function isActive({ step }) {
    return active !== null ? step.id === active : stands(step, page.view.selected);
  }

  /** @param {Step} step */
  function turn(step) {
    const { turned } = page.view;
    if (!turned.delete(step.id)) turned.add(step.id);
    active = step.id;
    page.keepUrl();
    arrange();
  }

  /** @param {number} index */
  function moveTo(index) {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    active = row.step.id;
    const key = keyOf(row.step);
    if (key) page.select(key, false);
    else repaint();
    painted.reveal(rows.indexOf(row));
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (document.activeElement !== element && document.activeElement !== document.body) return false;
    const at = rows.findIndex(isActive);
    const row = rows[at];
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => moveTo(at + 1),
      ArrowUp: () => moveTo(at < 0 ? 0 : at - 1),
      Home: () => moveTo(0),
      End: () => moveTo(rows.length - 1),
      PageDown: () => moveTo(at + painted.page),
      PageUp: () => moveTo(at - painted.page),
      ArrowRight: () => (row?.expanded === false ? turn(row.step) : row?.expanded && moveTo(at + 1)),
      ArrowLeft: () => (row?.expanded && canTurn() ? turn(row.step) : row && row.parent >= 0 && moveTo(row.parent)),
      Enter: () => row && row.expanded !== null && canTurn() && turn(row.step),
    };
    if (!(event.key in keys)) return false;
    keys[event.key]();
    return true;
  }

  /** What is found is open: there is nothing to close. */
  const canTurn = () => page.found.nodes === null;

  /** @param {Row} row @param {number} index */
  function rowOf(row, index) {
    const { step, level, expanded, position, siblings } = row;
    const fate = page.union?.fates.get(step.process?.key ?? step.container?.id ?? "");
    const selected = stands(step, page.view.selected);
    const classes = [
      "step",
      step.kind,
      selected && "selected",
      isActive(row) && "active",
      !row.match && "beside",
      livesIn(step) && "lives",
      fate && `fate-${fate}`,
    ];
    return h(
      "div",
      {
        role: "treeitem",
        id: `step-${index}`,
        class: classes.filter(Boolean).join(" "),
        "data-id": step.id,
        "data-fate": fate ?? null,
        "aria-level": level,
        "aria-posinset": position,
        "aria-setsize": siblings,
        "aria-expanded": expanded === null ? null : String(expanded),
        "aria-selected": String(selected),
        click: () => {
          active = step.id;
          const key = keyOf(step);
          if (key) page.select(key);
          else if (expanded !== null && canTurn()) turn(step);
        },
        dblclick: () => expanded !== null && keyOf(step) && canTurn() && turn(step),
      },
      guides(row),
      twist(row),
      fate && fateMark(fate),
      ...contentOf(row),
    );
  }

  /** @param {Row} row */
  function guides({ trunks, step, position, siblings, level }) {
    const lines = trunks.slice(1).map((goesOn) => h("span", { class: goesOn ? "guide trunk" : "guide" }));
    if (level > 1)
      lines.push(
        h("span", {
          class: `guide fork ${position === siblings ? "last" : ""} ${step.via ?? ""}`,
          title: step.via === "runtime" ? t("Managed by the one above; it is not its child.") : null,
        }),
      );
    return lines;
  }

  /** @param {Row} row */
  function twist({ step, expanded }) {
    if (expanded === null || !canTurn()) return h("span", { class: "twist" });
    return h(
      "span",
      {
        class: "twist",
        "aria-hidden": "true",
        click: (/** @type {Event} */ event) => {
          event.stopPropagation();
          turn(step);
        },
      },
      expanded ? "▾" : "▸",
    );
  }

  /** @param {Row} row @return {import("../../base/dom.js").Child[]} */
  function contentOf(row) {
    const { step, expanded } = row;
    if (step.kind === "host")
      return [
        h("strong", { class: "step-title" }, t("The host")),
        h(
          "span",
          { class: "step-text" },
          plural(step.size, "{count} process that belongs to no chain", "{count} processes that belong to no chain"),
        ),
      ];
    if (step.kind === "idle")
      return [
        h("strong", { class: "step-title" }, t("Without a process")),
        h(
          "span",
          { class: "step-text" },
          plural(step.size, "{count} container that does not run", "{count} containers that do not run"),
        ),
      ];
    if (step.kind === "container")
      return [containerChip(step), h("span", { class: "step-text" }, step.container?.state)];
    const { process } = step;
    if (!process) return [];
    const closed = step.kind === "alike" || expanded === false;
    return [
      process.role && process.role !== "child"
        ? h("span", { class: `shape ${process.role}`, "aria-hidden": "true" })
        : h("span", { class: "shape plain", "aria-hidden": "true" }),
      h(
        "span",
        { class: "step-name" },
        process.comm || "?",
        step.kind === "alike" && h("span", { class: "times" }, ` ×${step.children.length}`),
      ),
      pidsOf(step),
      process.role && h("span", { class: "role", title: t(wordsOf(step)) }, ROLE_WORDS[process.role].name),
      step.container && containerChip(step),
      ...changesOf(step),
      closed && step.kind !== "alike" && h("span", { class: "below" }, t("+{count} below", { count: step.size })),
      explained.has(step.id)
        ? h("span", { class: "step-text explains" }, t(wordsOf(step)))
        : h("span", { class: "step-text command" }, sayCommand(process.cmdline)),
    ];
  }

  /** @param {Step} step */
  function pidsOf({ process, kind, children }) {
    if (!process) return null;
    const last = kind === "alike" ? children.at(-1)?.process : null;
    return h(
      "span",
      { class: "step-pids", title: process.nspid.length > 1 ? t("pid on the host, and inside") : t("pid on the host") },
      process.nspid.length ? process.nspid.join(" › ") : process.pid,
      last && ` … ${last.pid}`,
    );
  }

  /** @param {Step} step */
  function containerChip({ container }) {
    if (!container) return null;
    const { id, image } = container;
    return h(
      "span",
      { class: "step-container" },
      h(
        "button",
        {
          type: "button",
          class: page.view.selected === id ? "chip-button selected" : "chip-button",
          tabindex: "-1",
          title: t("Container {name}", { name: titleFor(id) }),
          click: (/** @type {Event} */ event) => {
            event.stopPropagation();
            page.select(id);
          },
        },
        titleFor(id),
      ),
      image && h("span", { class: "image" }, image),
    );
  }

  /** The types in which it differs from the step above; and for an init, what its container does not have to itself. @param {Step} step */
  function changesOf(step) {
    const { changed, host, shared } = standingOf(step);
    const names = [...new Set(shared.flatMap(({ key }) => sharers(step, key)))];
    return [
      changed.length > 0 &&
        h(
          "span",
          {
            class: "strip",
            role: "img",
            "aria-label": t("other namespaces than above: {types}", { types: namesOf(changed) }),
          },
          changed.map((cell) => cellMark(cell)),
        ),
      shared.length > 0 &&
        names.length > 0 &&
        h("span", { class: "shares" }, t("{types}: with {names}", { types: typesOf(shared), names: sayNames(names) })),
      host.length > 0 &&
        h(
          "span",
          { class: "strip hosts", role: "img", "aria-label": t("the host’s: {types}", { types: namesOf(host) }) },
          host.map((cell) => cellMark(cell)),
          h("span", { class: "shares warn", "aria-hidden": "true" }, t("the host’s")),
        ),
    ];
  }

  /** @param {Step} step @return {{changed: Cell[], host: Cell[], shared: Cell[]}} */
  function standingOf({ process, changes, container }) {
    const { state, graph, view } = page;
    if (!process || !state || !graph || (!changes.length && !container)) return { changed: [], host: [], shared: [] };
    const cells = strip(state, graph.sharing, process.namespaces, ownerOf(graph.sharing, process)).filter(
      ({ type }) => !view.options.off.has(type),
    );
    const changed = cells.filter(({ type }) => changes.includes(type));
    if (!container) return { changed, host: [], shared: [] };
    return {
      changed,
      host: cells.filter(({ type, how }) => how === "host" && ISOLATED.has(type)),
      shared: cells.filter(({ how }) => how === "shared"),
    };
  }

  /** @param {Cell[]} cells */
  const namesOf = (cells) => cells.map(({ type }) => TYPE_WORDS[type].name).join(", ");

  /** @param {Cell[]} cells */
  const typesOf = (cells) => cells.map(({ type }) => type).join(", ");

  /** @param {Step} step @param {string|null} key */
  function sharers({ process }, key) {
    const { state, graph } = page;
    if (!state || !graph || !process) return [];
    const own = ownerOf(graph.sharing, process);
    return [...(graph.sharing.owners.get(key ?? "") ?? [])]
      .filter((owner) => owner !== own)
      .map((owner) => ownerTitle(state, graph.sharing, owner))
      .sort();
  }

  /** @param {string} id */
  const titleFor = (id) => (page.state ? titleOf(page.state, id) : id.slice(0, 12));

  /** Whether it lives in the namespace that is selected. @param {Step} step */
  function livesIn({ process }) {
    const space = page.state?.namespaces.get(page.view.selected ?? "");
    return Boolean(space && process?.namespaces[space.type] === space.key);
  }

  page.on("host", () => (active = null));

  return {
    name: "chains",
    key: "c",
    label: t("Chains"),
    element,
    show,
    mark() {
      if (
        active !== null &&
        page.view.selected !== null &&
        !rows.some(({ step }) => step.id === active && keyOf(step) === page.view.selected)
      )
        active = null;
      if (page.view.side !== side) show();
      else if (page.found !== shown) {
        shown = page.found;
        arrange();
      } else repaint();
    },
    reveal(key) {
      const isMeant = (/** @type {Step} */ step) => stands(step, key);
      const closed = canTurn()
        ? (pathTo(tree, isMeant) ?? []).filter((step) => beginsOpen(step) === page.view.turned.has(step.id))
        : [];
      for (const { id } of closed) if (!page.view.turned.delete(id)) page.view.turned.add(id);
      if (closed.length) {
        page.keepUrl();
        arrange();
      }
      const at = rows.findIndex(({ step }) => isMeant(step));
      if (at >= 0) painted.reveal(at);
    },
    resize: painted.paint,
    onKey,
  };
}

/** What a click on it selects. @param {Step} step */
function keyOf({ kind, process, container }) {
  return kind === "process" ? (process?.key ?? null) : kind === "container" ? (container?.id ?? null) : null;
}

/** Whether a step is what is selected: the process, or the init of the container. @param {Step} step @param {string|null} key */
function stands(step, key) {
  return key !== null && step.kind !== "alike" && (step.process?.key === key || step.container?.id === key);
}

/** The first row of each role. What descends from an exec does not descend from the init, as the words about children say. @param {Row[]} rows @return {Set<string>} */
function findFirsts(rows) {
  /** @type {Map<string, string>} */
  const firsts = new Map();
  for (const { step, parent } of rows) {
    const role = roleOf(step);
    if (step.kind !== "process" || !role || firsts.has(role)) continue;
    if (role !== "child" || rows[parent]?.step.process?.role === "init") firsts.set(role, step.id);
  }
  return new Set(firsts.values());
}

/** A command line, with the ids of containers as short as Docker prints them. @param {string[]} words */
function sayCommand(words) {
  return words
    .join(" ")
    .slice(0, 400)
    .replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}

/** @param {Step} step */
function roleOf({ process }) {
  return process?.role === "init" && INITS.has(process.comm) ? "small init" : (process?.role ?? "");
}

/** @param {Step} step */
function wordsOf(step) {
  const role = step.process?.role;
  return roleOf(step) === "small init" ? INIT_WORDS : role ? ROLE_WORDS[role].does : "";
}

/** @param {string[]} names */
function sayNames(names) {
  const more = names.length - NAMED;
  return more > 0
    ? t("{names} and {count} more", { names: names.slice(0, NAMED).join(", "), count: more })
    : names.join(", ");
}
