/** The part of the dialog that exports history to a file and imports it from one. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/**
 * @param {object} options
 * @param {string} options.exportAllUrl
 * @param {boolean} options.mayImport
 * @param {() => void} options.onExportSpan  export what the timeline shows
 * @param {(file: File) => void} options.onImport
 */
export function transferSection({ exportAllUrl, mayImport, onExportSpan, onImport }) {
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
