/** The elements of the download menu. They hold no state. */

import { fill, h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {object} MenuState
 * @property {boolean} partly  whether a part of the picture can be in view
 * @property {boolean} whole  whether all of the picture is wanted, not only what is in view
 * @property {boolean} mask  whether names are replaced by pseudonyms
 * @property {boolean} textual  whether it can be had as text: all of the graph
 * @property {string} jsonContent  what the JSON holds
 * @property {string} command  draws the same picture in a terminal
 *
 * @typedef {object} MenuHandlers
 * @property {(whole: boolean) => void} onExtent
 * @property {(mask: boolean) => void} onMask
 * @property {() => void} onSvg
 * @property {(scale: number) => void} onPng
 * @property {(form: string) => void} onText
 * @property {() => void} onCopy
 * @property {() => void} onJson
 * @property {() => void} onCopyCommand
 */

const SCALES = [1, 2, 4];
/** Pictures as text: the ending of the file, and what it is called. @type {[string, string][]} */
const TEXTS = [
  ["mmd", "Mermaid"],
  ["dot", "DOT"],
  ["drawio", "draw.io"],
];

/** @param {HTMLElement} menu @param {MenuState} state @param {MenuHandlers} handlers */
export function showDownloadMenu(menu, state, handlers) {
  fill(
    menu,
    state.partly && extentChoice(state.whole, handlers.onExtent),
    maskSwitch(state.mask, handlers.onMask),
    option("download-svg", "SVG", t("sharp at every size; its labels are text"), handlers.onSvg),
    scaleButtons(handlers.onPng),
    state.textual && textButtons(handlers.onText),
    option("download-copy", t("Copy the picture"), t("into the clipboard, as PNG"), handlers.onCopy),
    option("download-json", "JSON", state.jsonContent, handlers.onJson),
    state.whole && commandBlock(state.command, handlers.onCopyCommand),
  );
}

/** @param {boolean} whole @param {(whole: boolean) => void} onExtent */
function extentChoice(whole, onExtent) {
  const button = (/** @type {string} */ id, /** @type {boolean} */ all, /** @type {string} */ label) =>
    h(
      "button",
      { type: "button", id, "data-focus": id, "aria-pressed": String(whole === all), click: () => onExtent(all) },
      label,
    );
  return h(
    "div",
    { class: "segmented small download-extent", role: "group", "aria-label": t("How much of it") },
    button("download-whole", true, t("All of it")),
    button("download-sight", false, t("What is visible")),
  );
}

/** @param {boolean} mask @param {(mask: boolean) => void} onMask */
function maskSwitch(mask, onMask) {
  const input = h("input", {
    type: "checkbox",
    id: "download-mask",
    "data-focus": "mask",
    checked: mask,
    change: () => onMask(input.checked),
  });
  return h("label", { class: "switch" }, input, h("span", { class: "switch-name" }, t("Pseudonyms instead of names")));
}

/** @param {(scale: number) => void} onPng */
function scaleButtons(onPng) {
  return h(
    "div",
    { class: "download-scales", role: "group", "aria-label": "PNG" },
    SCALES.map((scale) =>
      h(
        "button",
        { type: "button", class: "button small", id: `download-png-${scale}`, click: () => onPng(scale) },
        `PNG ${scale}×`,
      ),
    ),
  );
}

/** @param {(form: string) => void} onText */
function textButtons(onText) {
  return h(
    "div",
    { class: "download-scales", role: "group", "aria-label": t("As text") },
    TEXTS.map(([form, name]) =>
      h("button", { type: "button", class: "button small", id: `download-${form}`, click: () => onText(form) }, name),
    ),
  );
}

/** @param {string} id @param {string} label @param {string} content @param {() => void} run */
function option(id, label, content, run) {
  return h(
    "button",
    { type: "button", class: "option", id, click: run },
    h("span", { class: "option-name" }, label),
    h("span", { class: "muted" }, content),
  );
}

/** @param {string} command @param {() => void} onCopyCommand */
function commandBlock(command, onCopyCommand) {
  return h(
    "div",
    { class: "download-command" },
    h("p", { class: "hint" }, t("The same picture in a terminal:")),
    h("pre", { class: "cmdline", id: "download-command" }, command),
    h(
      "button",
      { type: "button", class: "button small", id: "download-command-copy", click: onCopyCommand },
      t("Copy"),
    ),
  );
}
