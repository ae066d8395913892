import assert from "node:assert/strict";
import { test } from "node:test";
import { findSharing } from "../../static/dashboard/sharing.js";
import { matcher, parse } from "../../static/dashboard/search.js";
import { demoState } from "./make-state.mjs";
import { loaded, stateOf } from "./helpers.mjs";

const state = stateOf(loaded(demoState()));
const sharing = findSharing(state);

/** The pids a search finds. @param {string} text */
function pids(text) {
  const test = matcher(text, state, sharing);
  return test && [...state.processes.values()].filter(test).map((process) => process.pid);
}

test("an empty search is no search", () => {
  assert.equal(pids("  "), null);
  assert.equal(pids("comm:"), null);
});

test("words are found in names, command lines and containers, whatever their case", () => {
  assert.deepEqual(pids("HTTPD"), [1120, 1131, 1132, 1133]);
  assert.deepEqual(pids("8080"), [903]);
  assert.deepEqual(pids("isoscope-privileged"), [1520]);
});

test("a pid is found by its number outside and inside", () => {
  assert.deepEqual(pids("pid:1220"), [1220]);
  assert.deepEqual(pids("pid:31"), [31, 1220]);
});

test("fields and words must all hold, and a minus turns one round", () => {
  assert.deepEqual(pids("container:*web comm:sh"), [1140]);
  assert.deepEqual(pids("container:isoscope-hostnet -comm:sleep"), [1320]);
  assert.deepEqual(pids("role:manager user:root"), [820]);
});

test("a star stands for anything and then the whole name is meant", () => {
  assert.deepEqual(pids("comm:docker*"), [812, 903, 1420]);
  assert.deepEqual(pids("comm:*er*net"), []);
  assert.deepEqual(pids("comm:doc*ker"), []);
});

test("sharing can be searched for", () => {
  assert.deepEqual(pids("shared:net container:*"), [1120, 1131, 1132, 1133, 1140, 1141, 1220, 1221]);
  assert.deepEqual(pids("host:ipc container:*"), [1320, 1322]);
  assert.deepEqual(pids("own:mnt container:*hostnet"), [1320, 1322]);
});

test("a namespace is found by inode, by kernel id and by type", () => {
  const space = state.namespaces.get(state.processes.get("5d1c7a90:1520:15200")?.namespaces.net ?? "");
  assert.deepEqual(pids(`ns:${space?.inode}`), [1520]);
  assert.deepEqual(pids(`ns:${space?.ns_id}`), [1520]);
  assert.ok(pids("ns:net")?.includes(1520));
  assert.ok(!pids("ns:net")?.includes(1320));
});

test("quotes hold words together, and an unknown field is a word", () => {
  assert.deepEqual(parse('comm:"tmux: server"'), [{ field: "comm", value: "tmux: server", not: false }]);
  assert.deepEqual(parse("what:ever"), [{ field: "", value: "what:ever", not: false }]);
});
