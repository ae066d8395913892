/** The hint beside the pointer: what the node is that it rests on. */

import { fill, h } from "../../base/dom.js";

/**
 * @typedef {import("./graph.js").GraphNode} GraphNode
 * @typedef {import("./graph.js").Group} Group
 * @typedef {import("../../model/store.js").State} State
 */

const LONGEST = 160; // letters of a command line

export class Hint {
  /** @param {HTMLElement} element @param {HTMLElement} around  which it does not leave on the right */
  constructor(element, around) {
    this.element = element;
    this.around = around;
  }

  /** @param {GraphNode} node @param {State} state @param {number} x @param {number} y */
  show(node, state, x, y) {
    const { element } = this;
    element.hidden = false;
    if (element.dataset.key !== node.key) {
      fill(element, h("strong", null, node.label), h("span", null, node.sub), lineOf(node, state));
      element.dataset.key = node.key;
    }
    const limit = this.around.clientWidth - element.offsetWidth - 12;
    element.style.transform = `translate(${Math.max(8, Math.min(limit, x + 16))}px, ${y + 18}px)`;
  }

  hide() {
    this.element.hidden = true;
  }
}

/** The command line of a process; of what can be opened, how. @param {GraphNode} node @param {State} state */
function lineOf(node, state) {
  const process = state.processes.get(node.key);
  if (process) return h("span", { class: "mono muted" }, process.cmdline.join(" ").slice(0, LONGEST));
  return node.kind === "hub" ? null : h("span", { class: "muted" }, "Double-click to open");
}
