import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, defaultOptions } from "../../../../static/dashboard/views/graph/graph.js";
import { pinnedIn, placeKeys, withPins, withoutPins } from "../../../../static/dashboard/views/graph/pinned.js";
import { demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

const graph = buildGraph(stateOf(loaded(demoState())), defaultOptions());

test("a node has one place, a group the place of its box and, where asked for, those of its nodes", () => {
  const group = graph.groups.find(({ key }) => key !== "host");
  assert.ok(group);
  const [node] = group.nodes;
  assert.deepEqual(placeKeys(graph, node, true), [node]);
  assert.deepEqual(placeKeys(graph, group.key, false), [`box:${group.key}`]);
  assert.ok(placeKeys(graph, group.key, true).includes(node));
});

test("the host has no box of its own: its nodes are pinned", () => {
  const keys = placeKeys(graph, "host", false);
  assert.ok(keys.length > 2);
});

test("the newest pin stands last, and what has no place is not pinned", () => {
  const pins = withPins({ a: [0, 0], b: [1, 1] }, ["a", "c"], { a: [5, 5] });
  assert.deepEqual(Object.entries(pins), [
    ["b", [1, 1]],
    ["a", [5, 5]],
  ]);
  assert.deepEqual(withoutPins(pins, ["b"]), { a: [5, 5] });
});

test("a pinned box is its group", () => {
  assert.deepEqual(pinnedIn({ "box:web": [0, 0], init: [1, 1] }), new Set(["web", "init"]));
});
