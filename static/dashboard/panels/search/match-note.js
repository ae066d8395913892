/** The line above the view that says what a search or a filter leaves out, and brings it back with one click. */

import { containersWithout } from "../../page/match-counts.js";
import { counted } from "../../model/words.js";
import { fill, h } from "../../base/dom.js";
import { plural, t } from "../../base/i18n.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("../../search/search.js").Problem} Problem
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../page/page.js").Found} Found
 * @typedef {{clear: () => void, pick: (problem: Problem) => void}} MatchNoteHandlers
 */

/**
 * @param {Page} page
 * @param {HTMLElement} element
 * @param {import("./steps.js").Steps} steps
 * @param {MatchNoteHandlers} handlers
 */
export function createMatchNote(page, element, steps, { clear, pick }) {
  let shown = "";
  return {
    /** @param {Problem[]} problems */
    show(problems) {
      const all = [steps.element(), deadNote(page), hiddenNote(page), switchedOffNote(page), restNote(page, clear)];
      const notes = all.filter((note) => note !== null);
      const parts = [...problems.map((problem) => problemButton(problem, pick)), ...notes];
      const html = parts.map((part) => part.outerHTML).join("");
      if (html !== shown) fill(element, parts); // do not replace a button that is being pressed
      shown = html;
      element.hidden = problems.length + notes.length === 0 || page.view.life !== null;
    },
  };
}

/** @param {Problem} problem @param {(problem: Problem) => void} pick */
function problemButton(problem, pick) {
  return h(
    "button",
    {
      type: "button",
      class: "misread-note",
      "data-focus": `find:at:${problem.from}`,
      title: t("Select it in the search box"),
      click: () => pick(problem),
    },
    problem.text,
  );
}

/**
 * A sentence with a button behind it.
 * @param {string} text
 * @param {string} label
 * @param {string} focus
 * @param {() => void} run
 */
function note(text, label, focus, run) {
  return h(
    "span",
    null,
    text,
    " ",
    h("button", { type: "button", class: "act", "data-focus": focus, click: run }, label),
  );
}

/** What the search leaves out. @param {Page} page @param {() => void} clear */
function restNote({ found }, clear) {
  const { processes, containers, nodes, all, unseen } = found;
  const rest = all - processes.length;
  if (!nodes || rest === 0) return null;
  const text =
    processes.length + containers.length + unseen
      ? plural(rest, "{count} other process does not match.", "{count} other processes do not match.")
      : sayNone(found);
  return note(text, t("Clear the search"), "find:clear", clear);
}

/** @param {Found} found */
function sayNone({ all, boxes }) {
  if (boxes === 0) return plural(all, "The only process does not match.", "None of {count} processes match.");
  return t("None of {containers} and {processes} match.", {
    containers: counted(boxes, "container"),
    processes: counted(all, "process", "processes"),
  });
}

const MOST_NAMED = 5;

/** The containers without a process that match: the table has no row for them. @param {Page} page */
function deadNote(page) {
  const { nodes, processes, containers } = page.found;
  const dead = nodes && page.view.view === "table" ? containersWithout(processes, containers) : [];
  if (!dead.length) return null;
  const buttons = dead.slice(0, MOST_NAMED).map((container) => deadButton(page, container));
  const more = dead.length - buttons.length;
  const text = plural(dead.length, "{count} container without a process:", "{count} containers without a process:");
  return h("span", { class: "dead-note" }, text, " ", buttons, more > 0 && t("and {count} more", { count: more }));
}

/** @param {Page} page @param {import("../../model/types.js").Container} container */
function deadButton(page, { id, name, state }) {
  const click = () => page.select(id);
  const props = { type: "button", class: "act", "data-focus": `find:dead:${id}`, click };
  return h("button", props, `${name || shortId(id)} (${state})`);
}

/** Kernel threads that match and are hidden, or that the table leaves out. @param {Page} page */
function hiddenNote(page) {
  const { options, view } = page.view;
  const { nodes, unseen } = page.found;
  const left = nodes ? unseen : view === "table" ? (page.graph?.hidden.kernel ?? 0) : 0;
  if (left === 0) return null;
  const text = nodes
    ? plural(
        left,
        "{count} more matches among the hidden kernel threads.",
        "{count} more match among the hidden kernel threads.",
      )
    : t("{threads} are not listed.", { threads: counted(left, "kernel thread") });
  return note(text, t("Show kernel threads"), "find:kernel", () => {
    options.kernel = true;
    page.refresh();
  });
}

/** Namespace types that are switched off: the graph does not show how matches are linked by them. @param {Page} page */
function switchedOffNote(page) {
  const { off } = page.view.options;
  if (!page.found.nodes || off.size === 0 || page.view.view !== "graph") return null;
  return note(
    t("Namespaces of these types are switched off: {types}.", { types: [...off].join(", ") }),
    t("Show all types"),
    "find:types",
    () => {
      off.clear();
      page.refresh();
    },
  );
}
