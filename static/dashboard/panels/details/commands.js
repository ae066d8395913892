/** The shell commands of the details, each with a button that copies it. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { section } from "../../widgets/pieces.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/shell-commands.js").Command} Command
 */

/** Only live: a pid of the past may be another process's now. @param {Context} context @param {Command[]} commands */
export function commandsFor({ mode, state, say }, commands) {
  if (mode !== "live" || !commands.length) return null;
  return section(
    t("In a terminal"),
    h(
      "ul",
      { class: "commands" },
      commands.map((command) => row(command, say)),
    ),
    h("p", { class: "hint" }, t("On {host}, as root.", { host: state.host.hostname })),
  );
}

/** @param {Command} command @param {(text: string) => void} say */
function row({ text, does }, say) {
  const code = h("code", { class: "command-text" }, text);
  return h(
    "li",
    { class: "command" },
    h("p", { class: "command-does" }, does),
    h(
      "div",
      { class: "command-line" },
      code,
      h(
        "button",
        {
          type: "button",
          class: "copy",
          "data-focus": `copy:${text}`,
          "aria-label": t("Copy: {what}", { what: does }),
          title: t("Copy"),
          click: () => void copy(text, code, say),
        },
        copyIcon(),
      ),
    ),
  );
}

function copyIcon() {
  return h("span", { class: "copy-icon", "aria-hidden": "true" });
}

/**
 * Copy a text. If the browser forbids the clipboard, the text is selected instead.
 * @param {string} text
 * @param {HTMLElement} code
 * @param {(text: string) => void} say
 */
async function copy(text, code, say) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("Copied: {text}", { text }));
  } catch {
    getSelection()?.selectAllChildren(code);
    say(t("It is selected: copy it with Ctrl+C."));
  }
}
