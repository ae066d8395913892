import assert from "node:assert/strict";
import { test } from "node:test";
import { BOX } from "../../../static/dashboard/layout/places.js";
import { THEMES } from "../../../static/dashboard/draw/theme.js";
import { Reheated } from "../../../static/dashboard/layout/force/reheat.js";
import { bondsOf } from "../../../static/dashboard/layout/force/islands.js";
import { buildGraph, defaultOptions } from "../../../static/dashboard/views/graph/graph.js";
import { buildScene } from "../../../static/dashboard/views/graph/scene/scene.js";
import { inputOf, layOut } from "../../../static/dashboard/layout/layout.js";
import { busyState } from "../support/busy-state.mjs";
import { crowdState, demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

/** @typedef {import("../../../static/dashboard/layout/layout.js").LayoutWishes} LayoutWishes */
/** @typedef {import("../../../static/dashboard/layout/places.js").Places} Places */
/** @typedef {import("../../../static/dashboard/views/graph/graph.js").Graph} Graph */
/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */

/** @param {HostState} state @param {Partial<import("../../../static/dashboard/views/graph/graph.js").ViewOptions>} [options] */
const graphOf = (state, options = {}) => buildGraph(stateOf(loaded(state)), { ...defaultOptions(), ...options });
/** @param {Graph} graph @param {LayoutWishes} [wishes] */
const placesOf = (graph, wishes = {}) => layOut(inputOf(graph, 1.4, { arrangement: "force", ...wishes }));

/** The pairs of boxes, or of nodes, that cover each other. @param {Graph} graph @param {Places} places */
function overlapping(graph, places) {
  const focus = { selected: new Set(), near: null, matches: null, arrangement: /** @type {const} */ ("force") };
  const { targets } = buildScene(graph, places, THEMES.light, focus);
  return targets.flatMap((a, index) =>
    targets.slice(index + 1).flatMap((b) => {
      const wide = Math.min(a.rect.x + a.rect.w, b.rect.x + b.rect.w) - Math.max(a.rect.x, b.rect.x);
      const high = Math.min(a.rect.y + a.rect.h, b.rect.y + b.rect.h) - Math.max(a.rect.y, b.rect.y);
      return a.group === b.group && wide > 0.5 && high > 0.5 ? [`${a.key} and ${b.key}`] : [];
    }),
  );
}

/** @param {Places} places @param {string} key of a box or a node */
const placeOf = (places, key) => places[BOX + key] ?? places[key];
/** @param {[number, number]} a @param {[number, number]} b */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

test("the same state gives the same places, in whatever order the facts come", () => {
  const state = busyState(24);
  const shuffled = {
    ...state,
    processes: [...state.processes].reverse(),
    containers: [...state.containers].reverse(),
    chains: [...state.chains].reverse(),
    namespaces: [...state.namespaces].reverse(),
  };
  const places = placesOf(graphOf(state));
  assert.deepEqual(placesOf(graphOf(state)), places);
  assert.deepEqual(placesOf(graphOf(shuffled)), places);
});

test("nothing covers anything, and every place is a number", () => {
  const everything = { host: true, kernel: true, initial: true, single: true };
  const graphs = [
    graphOf(demoState()),
    graphOf(demoState(), everything),
    graphOf(demoState(), { direct: true }),
    ...[1, 40, 100, 250].map((containers) => graphOf(busyState(containers))),
    graphOf(crowdState(1200, 12)),
  ];
  for (const graph of graphs) {
    const places = placesOf(graph);
    for (const node of graph.nodes) assert.ok(places[node.key]?.every(Number.isFinite), node.key);
    assert.deepEqual(overlapping(graph, places), []);
  }
});

test("those that share stand nearer to each other than to those that do not", () => {
  const graph = graphOf(busyState(60));
  const places = placesOf(graph);
  const boxes = [...graph.groups, ...graph.nodes.filter(({ kind }) => kind === "card")].map(({ key }) => key);
  const bonds = bondsOf(inputOf(graph, 1.4)).filter(({ hub, members }) => hub !== "host" && members.length < 6);
  assert.ok(bonds.length > 2);
  for (const { hub, members } of bonds) {
    const own = members.map((key) => distance(placeOf(places, key), placeOf(places, hub)));
    const others = boxes
      .filter((key) => !members.includes(key) && key !== "host")
      .map((key) => distance(placeOf(places, key), placeOf(places, hub)))
      .sort((a, b) => a - b);
    assert.ok(Math.max(...own) < others[Math.floor(others.length / 3)], `${hub}: ${own} against ${others.slice(0, 4)}`);
  }
});

test("a newcomer moves nothing, and covers nothing", () => {
  for (const [few, more] of [
    [24, 26],
    [90, 92],
  ]) {
    const graph = graphOf(busyState(few));
    const places = placesOf(graph);
    const next = graphOf(busyState(more));
    const after = placesOf(next, { before: { graph, places }, unasked: true });
    const old = new Set(graph.nodes.map(({ key }) => key));
    const kept = next.nodes.filter(({ key }) => old.has(key)).map(({ key }) => key);
    const moved = kept.filter((key) => distance(places[key], after[key]) > 0.2);
    assert.deepEqual(moved, []);
    assert.ok(next.nodes.length > kept.length);
    assert.deepEqual(overlapping(next, after), []);
  }
});

test("a box that the reader opens stays where it was, and the others give way", () => {
  const graph = graphOf(busyState(90));
  const card = graph.nodes.find(({ kind, members }) => kind === "card" && members.length > 3);
  assert.ok(card);
  const places = placesOf(graph);
  const opened = graphOf(busyState(90), { open: new Set([card.key]) });
  const after = placesOf(opened, { before: { graph, places } });
  assert.ok(distance(places[BOX + card.key], after[BOX + card.key]) < 60);
  assert.deepEqual(overlapping(opened, after), []);
});

test("what is pinned stands where it was pinned", () => {
  const graph = graphOf(demoState());
  const group = graph.groups.find(({ key }) => key !== "host");
  const node = graph.nodes.find(({ label }) => label === "dockerd");
  assert.ok(group && node);
  /** @type {Places} */
  const pins = { [BOX + group.key]: [700, -300], [node.key]: [-500, 200] };
  const places = placesOf(graph, { pins });
  assert.ok(distance(places[BOX + group.key], [700, -300]) < 0.2);
  assert.deepEqual(places[node.key], [-500, 200]);
});

test("what is dragged draws its neighbours along, and the rest keeps still", () => {
  const graph = graphOf(busyState(60));
  const places = placesOf(graph);
  const input = inputOf(graph, 1.4, { arrangement: "force", before: { graph, places }, still: true });
  const bond = bondsOf(input).find(({ hub, members }) => hub !== "host" && members.length === 2);
  assert.ok(bond);
  const [dragged, sharer] = bond.members;
  const nodes = graph.nodes.filter(({ unit }) => unit === dragged).map(({ key }) => key);
  const reheated = new Reheated(input, nodes);
  const after = { ...places };
  for (let step = 0; step < 30; step++) {
    for (const key of nodes) after[key] = [after[key][0], after[key][1] - 20];
    reheated.move(Object.fromEntries(nodes.map((key) => [key, after[key]])));
    Object.assign(after, reheated.tick());
  }
  Object.assign(after, reheated.cool());
  const moved = graph.nodes.filter(({ key }) => distance(places[key], after[key]) > 0.2);
  const allowed = new Set([dragged, sharer, bond.hub]);
  assert.deepEqual(
    moved.filter(({ key, unit }) => !allowed.has(unit) && !allowed.has(key)),
    [],
  );
  assert.ok(distance(places[bond.hub], after[bond.hub]) > 100, "the hub follows");
  assert.ok(distance(placeOf(places, sharer), placeOf(after, sharer)) > 30, "who shares follows");
});
