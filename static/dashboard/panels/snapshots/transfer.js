/** The part of the dialog that exports history to a file, imports it from one, and deletes it. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/**
 * @param {object} options
 * @param {string} options.exportAllUrl
 * @param {boolean} options.mayImport
 * @param {() => void} options.onExportSpan  export what the timeline shows
 * @param {(file: File) => void} options.onImport
 * @param {(() => void)|null} options.onDelete  null: this host cannot be deleted, or not by this person
 */
export function transferSection({ exportAllUrl, mayImport, onExportSpan, onImport, onDelete }) {
  return h(
    "section",
    { class: "transfer" },
    h("h3", null, t("History as a file")),
    h(
      "div",
      { class: "form-tools" },
      h(
        "button",
        { type: "button", class: "button", id: "export-span", click: onExportSpan },
        t("Export what the timeline shows"),
      ),
      h("a", { class: "button", id: "export-all", href: exportAllUrl, download: "" }, t("Export everything")),
      mayImport && importButton(onImport),
      onDelete &&
        h("button", { type: "button", class: "button", id: "delete-host", click: onDelete }, t("Delete this host…")),
    ),
  );
}

/** A button that opens the browser's choice of a file. @param {(file: File) => void} onImport */
function importButton(onImport) {
  const input = h("input", {
    type: "file",
    id: "import-file",
    class: "unseen",
    "aria-label": t("A file of history"),
    change: () => {
      const file = input.files?.[0];
      if (file) onImport(file);
    },
  });
  return [
    h("button", { type: "button", class: "button", id: "import", click: () => input.click() }, t("Import a file…")),
    input,
  ];
}

/**
 * Asks whether a host shall be deleted.
 * @param {string} host
 * @param {() => void} onDelete
 * @param {() => void} onCancel
 */
export function deleteQuestion(host, onDelete, onCancel) {
  return h(
    "section",
    { class: "transfer", role: "alertdialog", "aria-labelledby": "delete-question" },
    h("h3", { id: "delete-question" }, t("Delete {host} and all of its history?", { host })),
    h("p", { class: "hint" }, t("This cannot be undone. Export everything first if it may be needed again.")),
    h(
      "div",
      { class: "form-tools" },
      h("button", { type: "button", class: "button", id: "delete-really", click: onDelete }, t("Delete the host")),
      h("button", { type: "button", class: "button", "data-focus": "cancel", click: onCancel }, t("Cancel")),
    ),
  );
}
