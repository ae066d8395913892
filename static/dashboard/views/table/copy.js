/** Rows of the table as CSV, in the clipboard or in a file. */

import { columnTitle, textOf } from "./columns.js";
import { h } from "../../base/dom.js";
import { plural, t } from "../../base/i18n.js";
import { toCsv } from "../../base/csv.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/comparison.js").Union} Union
 * @typedef {import("./columns.js").Column} Column
 * @typedef {import("./facts.js").TableFacts} TableFacts
 */

const REVOKED_AFTER_MS = 10_000;

/**
 * @param {Process[]} processes
 * @param {Column[]} columns
 * @param {TableFacts} facts
 * @param {Union|null} union  of a comparison: the first column says what became of each
 */
export function csvOf(processes, columns, facts, union) {
  return toCsv(
    [...(union ? [t("Change")] : []), ...columns.map(columnTitle)],
    processes.map((process) => [
      ...(union ? [union.fates.get(process.key) ?? null] : []),
      ...columns.map((column) => textOf(column, process, facts)),
    ]),
  );
}

/**
 * Copy a text. Without HTTPS the browser refuses access to the clipboard, and the text becomes a file.
 * @param {string} csv
 * @param {number} count  of rows
 * @param {(text: string) => void} say
 */
export async function copyCsv(csv, count, say) {
  try {
    await navigator.clipboard.writeText(csv);
    say(plural(count, "{count} row is copied as CSV.", "{count} rows are copied as CSV."));
  } catch {
    saveFile(csv);
    say(t("The browser refused access to the clipboard. The rows are saved as processes.csv."));
  }
}

/** @param {string} csv */
function saveFile(csv) {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  h("a", { href: url, download: "processes.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKED_AFTER_MS);
}
