import assert from "node:assert/strict";
import { test } from "node:test";
import { FIELDS } from "../../../static/dashboard/search/fields.js";
import { findSharing } from "../../../static/dashboard/model/sharing.js";
import { readSearch } from "../../../static/dashboard/search/search.js";
import { suggest } from "../../../static/dashboard/search/suggest.js";
import { demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

const state = stateOf(loaded(demoState()));
const facts = { state, sharing: findSharing(state), loads: new Map() };

/** What a text with a caret (`^`) may become. @param {string} marked */
function become(marked) {
  const caret = marked.indexOf("^");
  const text = marked.replace("^", "");
  const { from, to, options } = suggest(text, caret, facts);
  return options.map((option) => text.slice(0, from) + option.text + text.slice(to));
}

test("with nothing typed every field is offered, also behind other terms", () => {
  assert.equal(become("^").length, Object.keys(FIELDS).length);
  assert.ok(become("dockerd ^").includes("dockerd container:"));
  assert.ok(become("^").includes("memory>"));
});

test("fields are completed, after a minus too, and names that contain what was typed", () => {
  assert.deepEqual(become("con^").slice(0, 1), ["container:"]);
  assert.deepEqual(become("-cg^"), ["-cgroup:"]);
  assert.ok(become("htt^").includes("comm:httpd"));
  assert.ok(become("x web^ y").includes("x container:isoscope-web y"));
});

test("values are completed, the frequent ones first, and only the part in which the caret stands", () => {
  assert.ok(become("role:^").includes("role:daemon"));
  assert.deepEqual(become("role:man^"), ["role:manager"]);
  assert.deepEqual(become("role:init,da^"), ["role:init,daemon"]);
  assert.deepEqual(become("role:in^it pid>1")[0], "role:init pid>1");
  assert.deepEqual(become("user:ro^"), ["user:root"]);
  assert.deepEqual(become("memory>8^"), ["memory>80%"]);
  assert.deepEqual(become("pid:^"), []);
});

test("a count is what the search finds", () => {
  for (const name of [
    "comm",
    "container",
    "role",
    "user",
    "shared",
    "host",
    "own",
    "ns",
    "engine",
    "image",
    "label",
    "cgroup",
  ]) {
    for (const { text, count } of suggest(`${name}:`, name.length + 1, facts).options) {
      const { test: matches } = readSearch(`${name}:${text}`, facts);
      assert.equal([...state.processes.values()].filter(matches ?? (() => false)).length, count, `${name}:${text}`);
    }
  }
});
