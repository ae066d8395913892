/** The sentences over the matrix, in one line that opens. Those about a type search for its containers. */

import { cellMark } from "../../widgets/pieces.js";
import { fill, h } from "../../base/dom.js";
import { TYPE_NOUNS, counted } from "../../model/words.js";
import { plural, t } from "../../base/i18n.js";
import { summarise } from "./summary.js";

/**
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./summary.js").Summary} Summary
 * @typedef {import("./summary.js").TypeCount} TypeCount
 *
 * @typedef {object} SearchBox
 * @property {string} text  what is searched for
 * @property {(text: string) => void} search
 */

/** The line, and the button that shows all of it over the rows. */
export class SummaryLine {
  list = h("ul", { class: "summary", id: "matrix-summary", "aria-label": t("What is not isolated") });
  button = h("button", {
    type: "button",
    class: "button small mx-all",
    "aria-controls": "matrix-summary",
    click: () => this.#turn(!this.#open),
  });
  #open = false;

  /** @param {MatrixRow[]} rows @param {SearchBox} box */
  show(rows, box) {
    const items = summaryItems(rows, box);
    fill(this.list, items);
    this.button.hidden = items.length < 2;
    this.#label(items.length);
    this.fit();
  }

  /** Of the closed line only what is seen can be reached. */
  fit() {
    const items = /** @type {HTMLElement[]} */ ([...this.list.children]);
    for (const item of items) item.classList.toggle("beyond", !this.#open && item.offsetTop > items[0].offsetTop + 4);
  }

  /** @return {boolean} whether it was open */
  close() {
    const open = this.#open;
    if (open) this.#turn(false);
    return open;
  }

  /** @param {boolean} open */
  #turn(open) {
    this.#open = open;
    this.list.classList.toggle("open", open);
    this.#label(this.list.children.length);
    this.fit();
  }

  /** @param {number} count */
  #label(count) {
    this.button.setAttribute("aria-expanded", String(this.#open));
    fill(this.button, counted(count, "finding"), h("span", { class: "caret", "aria-hidden": "true" }, "▾"));
  }
}

/** @param {MatrixRow[]} rows @param {SearchBox} box @return {HTMLElement[]} */
function summaryItems(rows, box) {
  const summary = summarise(rows);
  if (!summary.containers) return [];
  const [host, shared] = [summary.host, summary.shared].map(mostFirst);
  return [
    ...(host.length || shared.length ? [] : [isolatedItem(summary)]),
    ...host.map((one) => hostItem(one, summary, box)),
    ...shared.map((one) => sharedItem(one, box)),
    ...oddItems(summary),
  ];
}

/** @param {TypeCount[]} counts */
const mostFirst = (counts) => [...counts].sort((a, b) => b.count - a.count);

/** @param {Summary} summary */
function isolatedItem({ containers }) {
  return plainItem(
    "good",
    sign("✓"),
    plural(
      containers,
      "The container has mount, UTS, IPC, PID and network to itself",
      "Each of the {count} containers has mount, UTS, IPC, PID and network to itself",
    ),
  );
}

/** @param {TypeCount} counted @param {Summary} summary @param {SearchBox} box */
function hostItem({ type, count }, { containers }, box) {
  const text = plural(
    count,
    "{count} of {all} containers shares the host’s {type}",
    "{count} of {all} containers share the host’s {type}",
    { all: containers, type: TYPE_NOUNS[type] },
  );
  return searchItem("bad", cellMark({ type, key: null, how: "host" }), text, `host:${type}`, box);
}

/** @param {TypeCount} counted @param {SearchBox} box */
function sharedItem({ type, count }, box) {
  const text = plural(count, "{count} shares its {type} with another", "{count} share their {type} with another", {
    type: TYPE_NOUNS[type],
  });
  return searchItem("", cellMark({ type, key: null, how: "shared" }), text, `shared:${type}`, box);
}

/** What is about no type. @param {Summary} summary */
function oddItems({ privileged, differing, unknown }) {
  /** @type {[number, string, Node, string][]} */
  const items = [
    [privileged, "bad", sign("!"), plural(privileged, "{count} is privileged", "{count} are privileged")],
    [
      differing,
      "bad",
      sign("≠"),
      plural(
        differing,
        "{count} container differs from its declaration",
        "{count} containers differ from their declaration",
      ),
    ],
    [
      unknown,
      "",
      sign("?", "sign unknown"),
      plural(unknown, "{count} could not be read in full", "{count} could not be read in full"),
    ],
  ];
  return items.filter(([count]) => count > 0).map(([, kind, mark, text]) => plainItem(kind, mark, text));
}

/** @param {string} text @param {string} [name] */
function sign(text, name = "sign") {
  return h("span", { class: name, "aria-hidden": "true" }, text);
}

/** @param {string} kind @param {Node} sign @param {string} text */
function plainItem(kind, sign, text) {
  return h("li", null, h("span", { class: `finding ${kind}` }, sign, h("span", null, text)));
}

/**
 * @param {string} kind
 * @param {Node} sign
 * @param {string} text
 * @param {string} query  what it searches for; when it is searched for already, the search is cleared
 * @param {SearchBox} box
 */
function searchItem(kind, sign, text, query, box) {
  const pressed = box.text === query;
  const props = {
    type: "button",
    class: `finding ${kind}`,
    "data-focus": text,
    "aria-pressed": String(pressed),
    title: pressed ? t("Show all again") : t("Show only these"),
    click: () => box.search(pressed ? "" : query),
  };
  return h("li", null, h("button", props, sign, h("span", null, text)));
}
