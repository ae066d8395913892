import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

const FOLDER = new URL("../../../static/dashboard/", import.meta.url);
const MOST_LINES = 60;

/** The functions of a module that are too long, by file and name. @param {string} file @param {string} code */
function longFunctions(file, code) {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const lineAt = (/** @type {number} */ position) => source.getLineAndCharacterOfPosition(position).line;
  /** @type {string[]} */
  const found = [];
  /** @param {import("typescript").Node} node */
  function visit(node) {
    if (ts.isFunctionLike(node) && lineAt(node.end) - lineAt(node.getStart(source)) >= MOST_LINES)
      found.push(`${file} ${node.name?.getText(source) ?? "(anonymous)"}`);
    ts.forEachChild(node, visit);
  }
  visit(source);
  return found;
}

test("a function of sixty lines is short enough, one of sixty-one is too long", () => {
  const code = (/** @type {number} */ lines) => `function f() {${"\n".repeat(lines - 1)}}`;
  assert.deepEqual(longFunctions("a.js", code(60)), []);
  assert.deepEqual(longFunctions("a.js", code(61)), ["a.js f"]);
});

test("no function of the page is longer than sixty lines", () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  const found = files.flatMap((file) => longFunctions(file, readFileSync(new URL(file, FOLDER), "utf8")));
  assert.deepEqual(found, []);
});
