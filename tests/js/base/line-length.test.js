import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../../static/dashboard/", import.meta.url);
const MOST_COLUMNS = 120;
const WIDE = /\p{Script=Hangul}/gu; // takes two columns, as the formatter counts them

/** Files that still have longer lines. Take one off the list when it is wrapped; add none. */
const KNOWN = new Set([
  "views/chains/sheet.js",
  "views/chains/tree.js",
  "views/chains/view.js",
  "views/matrix/matrix.js",
  "views/matrix/sheet.js",
  "views/matrix/view.js",
  "views/table/columns.js",
  "views/table/view.js",
]);

/** The lines of a file that are too long, by file and number. @param {string} file @param {string} text */
function longLines(file, text) {
  const columns = (/** @type {string} */ line) => [...line].length + (line.match(WIDE) ?? []).length;
  const long = text.split("\n").map((line, index) => (columns(line) > MOST_COLUMNS ? `${file}:${index + 1}` : ""));
  return long.filter(Boolean);
}

test("a line of 120 columns is short enough, one of 121 is too long", () => {
  assert.deepEqual(longLines("a.js", `${"a".repeat(120)}\n${"a".repeat(121)}`), ["a.js:2"]);
  assert.deepEqual(longLines("a.js", `${"가".repeat(60)}\n${"가".repeat(61)}`), ["a.js:2"]);
});

test("no line of the page's modules and style sheets is longer than 120 columns, but for the known files", () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.(js|css)$/.test(name) && !KNOWN.has(name),
  );
  assert.deepEqual(
    files.flatMap((file) => longLines(file, readFileSync(new URL(file, FOLDER), "utf8"))),
    [],
  );
});
