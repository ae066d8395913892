import assert from "node:assert/strict";
import { test } from "node:test";
import { visible, visibleName } from "../../../static/dashboard/base/visible.js";

test("what turns, joins or hides letters is shown as a mark", () => {
  assert.equal(visible("txt\u202egpj.exe"), "txt⟨U+202E⟩gpj.exe");
  for (const letter of "\u061c\u200b\u200e\u200f\u202a\u2066\u2069\ufeff\u00ad\u3164\u2028")
    assert.match(visible(`a${letter}b`), /^a⟨U\+[0-9A-F]{4}⟩b$/);
  assert.equal(visible("\u{e0041}"), "⟨U+E0041⟩");
  assert.equal(visible("\u001b[31m\u0000\u007f\u009b"), "␛[31m␀␡⟨U+009B⟩");
});

test("what can be read stays as it is", () => {
  for (const text of ["", "nginx: worker (1)", "a\n\tb", "서버 écho 日本 ✓ 👍", "עברית العربية"])
    assert.equal(visible(text), text);
});

test("a blank name can be seen", () => {
  assert.equal(visibleName(""), "?");
  assert.equal(visibleName(" \t\u3000"), "␣␣␣");
  assert.equal(visibleName(" sh "), " sh ");
});
