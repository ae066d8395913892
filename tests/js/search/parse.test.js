import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, quote } from "../../../static/dashboard/search/parse.js";
import { parseAmount, pattern } from "../../../static/dashboard/search/patterns.js";

/** @param {string} text */
const terms = (text) =>
  parse(text).map(
    ({ field, op, values, not }) => `${not ? "not " : ""}${field || "word"} ${op} ${values.join(" or ")}`,
  );

test("a search is words, fields with a value, and comparisons", () => {
  assert.deepEqual(terms("nginx -Comm:sh  memory>=500M label:a.b=c pid:<9"), [
    "word : nginx",
    "not comm : sh",
    "memory >= 500m",
    "label : a.b=c",
    "pid < 9",
  ]);
});

test("quotes hold a phrase together, commas and bars part alternatives", () => {
  assert.deepEqual(terms('comm:"tmux: server" "a b"'), ["comm : tmux: server", "word : a b"]);
  assert.deepEqual(terms('container:web,"a, b"|db x|y u,v'), [
    "container : web or a, b or db",
    "word : x or y",
    "word : u,v",
  ]);
  assert.deepEqual(terms('"not closed yet'), ["word : not closed yet"]);
});

test("each term knows where it stands", () => {
  const text = '  -comm:"a b"  x';
  assert.deepEqual(
    parse(text).map(({ from, to, at }) => [text.slice(from, to), text.slice(at, to)]),
    [
      ['-comm:"a b"', '"a b"'],
      ["x", "x"],
    ],
  );
});

test("a lone minus and an empty field are terms without a value", () => {
  assert.deepEqual(terms('- comm: ""'), ["word : -", "comm : ", "word : "]);
});

test("any name of a process can be searched for", () => {
  for (const name of ["sh", "tmux: server", "a,b|c", 'say "hi"', "two\nlines", "(sd-pam)", "-sh"]) {
    const [term, ...more] = parse(`comm:${quote(name)}`);
    assert.deepEqual(more, [], name);
    assert.ok(pattern(term.values[0])(name), name);
  }
});

test("amounts are bytes with letters, shares with a percent sign, or plain", () => {
  assert.deepEqual(parseAmount("500m", true), { amount: 500 * 2 ** 20, share: false });
  assert.deepEqual(parseAmount("1.5GiB", true), { amount: 1.5 * 2 ** 30, share: false });
  assert.deepEqual(parseAmount("80%", false), { amount: 0.8, share: true });
  assert.deepEqual(parseAmount(".5", false), { amount: 0.5, share: false });
  for (const wrong of ["", "m", "5x", "1..2", "-1", "5%%"]) assert.equal(parseAmount(wrong, true), null, wrong);
  assert.equal(parseAmount("500m", false), null);
});
