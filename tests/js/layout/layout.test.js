import assert from "node:assert/strict";
import { test } from "node:test";
import { THEMES } from "../../../static/dashboard/draw/theme.js";
import { buildGraph, defaultOptions } from "../../../static/dashboard/views/graph/graph.js";
import { buildScene } from "../../../static/dashboard/views/graph/scene/scene.js";
import { inputOf, layOut } from "../../../static/dashboard/layout/layout.js";
import { nextNode } from "../../../static/dashboard/views/graph/neighbours.js";
import { crowdState, demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

/** @typedef {import("../../../static/dashboard/layout/places.js").Places} Places */
/** @typedef {import("../../../static/dashboard/views/graph/graph.js").Graph} Graph */

/** @param {import("../../../static/dashboard/model/types.js").HostState} state @param {Partial<import("../../../static/dashboard/views/graph/graph.js").ViewOptions>} [options] */
const graphOf = (state, options = {}) => buildGraph(stateOf(loaded(state)), { ...defaultOptions(), ...options });
/** @param {Graph} graph @param {{graph: Graph, places: Places}|null} [before] */
const placesOf = (graph, before = null) => layOut(inputOf(graph, 1.4, { before }));
const calm = { selected: new Set(), near: null, matches: null };

/** @param {Graph} graph @param {Places} places @param {boolean} groups */
function overlapping(graph, places, groups) {
  const rects = buildScene(graph, places, THEMES.light, calm).targets.filter((target) => target.group === groups);
  const pairs = [];
  for (const [index, a] of rects.entries()) {
    for (const b of rects.slice(index + 1)) {
      const wide = Math.min(a.rect.x + a.rect.w, b.rect.x + b.rect.w) - Math.max(a.rect.x, b.rect.x);
      const high = Math.min(a.rect.y + a.rect.h, b.rect.y + b.rect.h) - Math.max(a.rect.y, b.rect.y);
      if (wide > 0.5 && high > 0.5) pairs.push(`${a.key} and ${b.key}`);
    }
  }
  return pairs;
}

test("the same state gives the same places, to the last digit", () => {
  for (const state of [demoState(), crowdState(1500, 12)])
    assert.deepEqual(placesOf(graphOf(state)), placesOf(graphOf(state)));
});

test("the order of the facts does not matter to the places", () => {
  const state = demoState();
  const shuffled = {
    ...state,
    processes: [...state.processes].reverse(),
    containers: [...state.containers].reverse(),
    chains: [...state.chains].reverse(),
  };
  assert.deepEqual(placesOf(graphOf(shuffled)), placesOf(graphOf(state)));
});

test("every node has a place, and every place is a number", () => {
  for (const graph of [
    graphOf(demoState(), { host: true, kernel: true, initial: true, single: true }),
    graphOf(crowdState(10_000, 100)),
  ]) {
    const places = placesOf(graph);
    for (const node of graph.nodes) assert.ok(places[node.key]?.every(Number.isFinite), node.key);
  }
});

test("neither groups nor nodes cover each other", () => {
  for (const graph of [graphOf(demoState()), graphOf(crowdState(1200, 12)), graphOf(crowdState(10_000, 100))]) {
    const places = placesOf(graph);
    assert.deepEqual(overlapping(graph, places, true), []);
    assert.deepEqual(overlapping(graph, places, false), []);
  }
});

test("a chain reads from left to right", () => {
  const graph = graphOf(demoState());
  const places = placesOf(graph);
  const xs = [812, 820, 1100, 1120, 1131].map((pid) => places[`5d1c7a90:${pid}:${pid * 10}`][0]);
  assert.deepEqual(
    xs,
    [...xs].sort((a, b) => a - b),
  );
});

test("a new process moves nothing but what is in its way", () => {
  const state = demoState();
  const old = graphOf(state);
  const before = placesOf(old);
  const sibling = state.processes.find((process) => process.pid === 1322);
  assert.ok(sibling);
  state.processes.push({
    ...structuredClone(sibling),
    key: "5d1c7a90:1399:13990",
    pid: 1399,
    start_ticks: 13_990,
    comm: "newcomer",
  });
  const graph = graphOf(state);
  const after = placesOf(graph, { graph: old, places: before });
  assert.ok(after["5d1c7a90:1399:13990"]);
  const far = graph.nodes.filter((node) => node.unit !== sibling.container && node.kind === "process");
  const moved = far.filter((node) => before[node.key] && String(before[node.key]) !== String(after[node.key]));
  assert.ok(moved.length < far.length / 2, `${moved.length} of ${far.length} moved`);
  for (const node of graph.nodes.filter((one) => one.unit === "host"))
    assert.deepEqual(after[node.key], before[node.key]);
  assert.deepEqual(overlapping(graph, after, true), []);
});

test("what did not change stays where it is when a container goes, though its shim lingers", () => {
  const state = demoState();
  const old = graphOf(state);
  const before = placesOf(old);
  const gone = state.containers[0].id;
  const rest = {
    ...state,
    containers: state.containers.slice(1),
    chains: state.chains.filter((chain) => chain.container !== gone),
    processes: state.processes.filter((process) => process.container !== gone),
  };
  const graph = graphOf(rest);
  const after = placesOf(graph, { graph: old, places: before });
  for (const node of graph.nodes.filter(
    (one) => one.kind === "process" && one.label !== "containerd-shim" && one.unit !== gone && before[one.key],
  ))
    assert.deepEqual(after[node.key], before[node.key], node.label);
});

test("a container that was opened and closed again leaves the picture as it was", () => {
  const state = crowdState(10_000, 100);
  const [first] = state.containers;
  const closed = graphOf(state);
  const before = placesOf(closed);
  const opened = graphOf(state, { open: new Set([first.id]) });
  const open = placesOf(opened, { graph: closed, places: before });
  assert.deepEqual(overlapping(opened, open, true), []);
  assert.ok(
    state.containers.some(({ id }) => id !== first.id && String(open[id]) !== String(before[id])),
    "something made room",
  );
  const after = placesOf(graphOf(state), { graph: opened, places: open });
  const away = state.containers.filter(
    ({ id }) => Math.hypot(before[id][0] - after[id][0], before[id][1] - after[id][1]) > 2,
  );
  assert.deepEqual(
    away.map((container) => container.name),
    [],
  );
});

test("a scene of the same graph, places and theme is the same scene", () => {
  const graph = graphOf(demoState());
  const places = placesOf(graph);
  assert.deepEqual(buildScene(graph, places, THEMES.dark, calm), buildScene(graph, places, THEMES.dark, calm));
});

test("the scene spells every type as a letter beside its colour", () => {
  const graph = graphOf(demoState());
  const { items } = buildScene(graph, placesOf(graph), THEMES.light, calm);
  for (const [type, letter] of [
    ["net", "N"],
    ["user", "R"],
    ["mnt", "M"],
  ])
    assert.ok(
      items.some((item) => item.t === "text" && item.text === letter),
      type,
    );
});

test("hostile names reach the scene as harmless text", () => {
  const state = demoState();
  const process = state.processes.find((one) => one.pid === 1120);
  if (process) process.comm = "<img src=x>\n\u202eevil";
  const graph = graphOf(state);
  const { items } = buildScene(graph, placesOf(graph), THEMES.light, calm);
  assert.ok(items.some((item) => item.text === "<img src=x>·⟨U+202E…"));
});

test("arrow keys follow the chain", () => {
  const graph = graphOf(demoState());
  const places = placesOf(graph);
  const key = (/** @type {number} */ pid) => `5d1c7a90:${pid}:${pid * 10}`;
  assert.equal(nextNode(graph, places, key(1100), "ArrowRight"), key(1120));
  assert.equal(nextNode(graph, places, key(1120), "ArrowLeft"), key(1100));
  assert.ok(nextNode(graph, places, null, "ArrowRight"));
});
