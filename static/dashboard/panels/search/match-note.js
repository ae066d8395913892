/** The line above the view that says what a search or a filter leaves out, and brings it back with one click. */

import { counted } from "../../model/words.js";
import { fill, h } from "../../base/dom.js";
import { plural, t } from "../../base/i18n.js";

/** @typedef {import("../../search/search.js").Problem} Problem */

/**
 * @param {import("../../page/page.js").Page} page
 * @param {HTMLElement} element
 * @param {{clear: () => void, pick: (problem: Problem) => void}} handlers
 */
export function createFindNote(page, element, { clear, pick }) {
  /** @param {() => void} change */
  function turn(change) {
    change();
    page.refresh();
  }

  /** @param {string} label @param {string} focus @param {() => void} run */
  function button(label, focus, run) {
    return h("button", { type: "button", class: "act", "data-focus": focus, click: run }, label);
  }

  /** What the search leaves out, and how to see it again. */
  function sayRest() {
    const { processes, nodes, all } = page.found;
    const rest = all - processes.length;
    if (!nodes || rest === 0) return null;
    return h(
      "span",
      null,
      plural(rest, "{count} other process does not match.", "{count} other processes do not match."),
      " ",
      button(t("Clear the search"), "find:clear", clear),
    );
  }

  /** What matches and is not shown at all, or is left out of the table. */
  function sayUnseen() {
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
    return h(
      "span",
      null,
      text,
      " ",
      button(t("Show kernel threads"), "find:kernel", () => turn(() => (options.kernel = true))),
    );
  }

  /** Types that are switched off hide how matches are linked. */
  function sayOff() {
    const { nodes } = page.found;
    const { off } = page.view.options;
    if (!nodes || off.size === 0 || page.view.view !== "graph") return null;
    return h(
      "span",
      null,
      t("Namespaces of these types are switched off: {types}.", { types: [...off].join(", ") }),
      " ",
      button(t("Show all types"), "find:types", () => turn(() => off.clear())),
    );
  }

  return {
    /** @param {Problem[]} problems */
    show(problems) {
      const said = [sayUnseen(), sayOff(), sayRest()].filter((part) => part !== null);
      fill(
        element,
        problems.map((problem) =>
          h(
            "button",
            {
              type: "button",
              class: "misread-note",
              "data-focus": `find:at:${problem.from}`,
              title: t("Show where it stands"),
              click: () => pick(problem),
            },
            problem.text,
          ),
        ),
        said,
      );
      element.hidden = problems.length + said.length === 0 || page.view.life !== null;
    },
  };
}
