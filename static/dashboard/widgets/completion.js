/**
 * Completion beneath a field of text, as a combobox with a list (ARIA Authoring Practices): arrows choose, Enter or Tab
 * takes, Escape closes.
 */

import { fill, h } from "../base/dom.js";
import { number } from "../base/i18n.js";

/**
 * @typedef {import("../search/suggest.js").Suggestion} Suggestion
 * @typedef {ReturnType<typeof createCompletion>} Completion
 */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {(text: string, caret: number) => Suggestion} suggest
 * @param {() => void} onTaken the text is another
 */
export function createCompletion(input, list, suggest, onTaken) {
  /** @type {Suggestion} */
  let offered = { from: 0, to: 0, options: [] };
  let active = -1;

  const caret = () => input.selectionStart ?? input.value.length;

  function open() {
    offered = suggest(input.value, caret());
    active = -1;
    fill(
      list,
      offered.options.map((option, index) =>
        h(
          "li",
          {
            id: `${list.id}-${index}`,
            role: "option",
            "aria-selected": "false",
            class: "completion",
            mousedown: keepFocus,
            click: () => take(index),
          },
          h("code", { class: "completion-text" }, option.text),
          option.note && h("span", { class: "completion-note" }, option.note),
          option.count !== null && h("span", { class: "count" }, number(option.count)),
        ),
      ),
    );
    show(offered.options.length > 0);
  }

  /** @param {boolean} shown */
  function show(shown) {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) active = -1;
    point();
  }

  function point() {
    for (const [index, item] of [...list.children].entries())
      item.setAttribute("aria-selected", String(index === active));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  function take(index) {
    const { from, to, options } = offered;
    const { text, whole } = options[index];
    const rest = input.value.slice(to);
    const gap = whole && !/^[\s,|]/.test(rest) ? " " : "";
    input.value = input.value.slice(0, from) + text + gap + rest;
    const at = from + text.length + Number(whole && /^\s?$|^\s/.test(gap + rest));
    input.setSelectionRange(at, at);
    onTaken();
    if (whole) show(false);
    else open();
  }

  /** @param {KeyboardEvent} event @return {boolean} whether the key meant something here */
  function press({ key }) {
    const { length } = offered.options;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (list.hidden) open();
      else active = key === "ArrowDown" ? (active + 1) % length : (Math.max(active, 0) - 1 + length) % length;
      point();
    } else if ((key === "Enter" || key === "Tab") && active >= 0) take(active);
    else return false;
    return true;
  }

  input.addEventListener("keydown", (event) => {
    if (!event.isComposing && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey && press(event))
      event.preventDefault();
  });
  input.addEventListener("keyup", ({ key }) => {
    if (!list.hidden && (key === "ArrowLeft" || key === "ArrowRight")) open();
  });
  input.addEventListener("click", open);
  input.addEventListener("blur", () => show(false));

  return {
    open,
    /** Whether it was open. */
    close() {
      const was = !list.hidden;
      show(false);
      return was;
    },
    /** Whether the term before the caret can still become something. */
    promises: () => document.activeElement === input && suggest(input.value, caret()).options.length > 0,
    caret,
  };
}

/** @param {MouseEvent} event */
function keepFocus(event) {
  event.preventDefault();
}
