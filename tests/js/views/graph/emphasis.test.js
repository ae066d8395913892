import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, defaultOptions } from "../../../../static/dashboard/views/graph/graph.js";
import { countOf, labelOf, strength } from "../../../../static/dashboard/views/graph/scene/emphasis.js";
import { demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

const calm = { selected: new Set(), near: null, matches: null };

test("what is not near the selection is dimmed", () => {
  const focus = { ...calm, near: new Set(["a"]) };
  assert.equal(strength(focus, "a"), 1);
  assert.ok(strength(focus, "b") < 0.5);
});

test("in a comparison, what did not change is dimmed", () => {
  const came = { fate: /** @type {const} */ ("came"), came: 1, went: 0, changed: 0 };
  const focus = { ...calm, fates: new Map([["a", came]]) };
  assert.ok(strength(focus, "b") < strength(focus, "a"));
});

test("the label of a fold counts the processes of the shown side", () => {
  const graph = buildGraph(stateOf(loaded(demoState())), defaultOptions());
  const fold = graph.nodes.find(({ kind }) => kind === "fold");
  assert.ok(fold);
  const fate = { fate: /** @type {const} */ ("changed"), came: 2, went: 0, changed: 0 };
  const focus = { ...calm, fates: new Map([[fold.key, fate]]) };
  assert.equal(labelOf({ ...focus, side: "both" }, fold), fold.label);
  assert.equal(countOf({ ...focus, side: "before" }, fold), fold.members.length - 2);
  assert.ok(labelOf({ ...focus, side: "before" }, fold).endsWith(`×${fold.members.length - 2}`));
});

test("a selection dims nothing that changed between two moments", () => {
  const came = { fate: /** @type {const} */ ("came"), came: 1, went: 0, changed: 0 };
  const focus = { ...calm, near: new Set(["a"]), fates: new Map([["b", came]]) };
  assert.equal(strength(focus, "b"), 1);
  assert.ok(strength(focus, "c") < 0.5);
});
