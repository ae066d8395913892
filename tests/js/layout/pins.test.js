import assert from "node:assert/strict";
import { test } from "node:test";
import { FEW, createPinBoard, readPins, writePins } from "../../../static/dashboard/layout/pins.js";
import { BOX } from "../../../static/dashboard/layout/places.js";
import { buildGraph, defaultOptions } from "../../../static/dashboard/views/graph/graph.js";
import { defaultView, fromQuery, toQuery } from "../../../static/dashboard/address/view-query.js";
import { inputOf, layOut } from "../../../static/dashboard/layout/layout.js";
import { buildScene } from "../../../static/dashboard/views/graph/scene/scene.js";
import { THEMES } from "../../../static/dashboard/draw/theme.js";
import { crowdState, demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

const KEY = "5d1c7a90:812:8120";

/** A storage as browsers have it. */
function storageOf() {
  const kept = new Map();
  return {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => void kept.set(name, text),
    removeItem: (/** @type {string} */ name) => void kept.delete(name),
    size: () => kept.size,
  };
}

test("pins survive the way through text, whatever their keys hold", () => {
  const pins = {
    [KEY]: /** @type {[number, number]} */ ([-12.5, 40]),
    "fold:a@b;c,d": /** @type {[number, number]} */ ([0, 1.1]),
    [`${BOX}e5&=`]: /** @type {[number, number]} */ ([3, 4]),
  };
  assert.deepEqual(readPins(writePins(pins)), pins);
});

test("text that is not a pin is left out", () => {
  assert.deepEqual(readPins("a@1;@1,2;b@1,x;%E0@1,2;c@1,2;d@1.2.3,4"), { c: [1, 2] });
});

test("few pins are in the address, many are not", () => {
  const view = defaultView();
  for (let index = 0; index < FEW; index++) view.pins[`k${index}`] = [index, 9 - index];
  assert.deepEqual(fromQuery(`?${toQuery(view)}`), view);
  view.pins.more = [1, 1];
  assert.equal(new URLSearchParams(toQuery(view)).has("pin"), false);
});

test("each host has its own pins, and none leave no trace", () => {
  const storage = storageOf();
  const board = createPinBoard(storage);
  board.write("a", { x: [1, 2] });
  assert.deepEqual(board.read("a"), { x: [1, 2] });
  assert.deepEqual(board.read("b"), {});
  board.write("a", {});
  assert.equal(storage.size(), 0);
});

/** @param {import("../../../static/dashboard/model/types.js").HostState} state @param {import("../../../static/dashboard/layout/places.js").Places} pins */
function laidOut(state, pins) {
  const graph = buildGraph(stateOf(loaded(state)), defaultOptions());
  return { graph, places: layOut(inputOf(graph, 1.4, { pins })) };
}

test("what is pinned stays to the digit, and nothing covers it", () => {
  const state = demoState();
  const [web] = state.containers.filter((container) => container.name === "isoscope-web");
  for (const pins of [
    { [KEY]: [-900, 333.3] },
    { [`${BOX}${web.id}`]: [50, 60.5] },
    { "5d1c7a90:1131:11310": [10, 20] },
  ]) {
    const { graph, places } = laidOut(state, /** @type {any} */ (pins));
    for (const [key, at] of Object.entries(pins)) assert.deepEqual(places[key], at);
    const boxes = buildScene(graph, places, THEMES.light, {
      selected: new Set(),
      near: null,
      matches: null,
    }).targets.filter((target) => target.group);
    for (const [index, { rect: a }] of boxes.entries()) {
      for (const { rect: b } of boxes.slice(index + 1))
        assert.ok(a.x + a.w < b.x + 1 || b.x + b.w < a.x + 1 || a.y + a.h < b.y + 1 || b.y + b.h < a.y + 1);
    }
  }
});

test("a pin of a large host moves nothing that is not in its way", () => {
  const state = crowdState(10_000, 100);
  const plain = laidOut(state, {});
  const [first] = state.containers;
  const { places } = laidOut(state, { [`${BOX}${first.id}`]: [-3000, -3000] });
  const moved = state.containers.filter(({ id }) => String(places[id]) !== String(plain.places[id]));
  assert.deepEqual(
    moved.map(({ id }) => id),
    [first.id],
  );
});

test("a pinned node shows a pin", () => {
  const { graph, places } = laidOut(demoState(), {});
  const scene = (/** @type {Set<string>} */ pinned) =>
    buildScene(graph, places, THEMES.light, { selected: new Set(), near: null, matches: null, pinned }).items;
  const more = scene(new Set([KEY])).filter((item) => item.t === "circle" && item.fill === THEMES.light.accent);
  assert.equal(more.length, 1);
  assert.equal(scene(new Set()).filter((item) => item.t === "circle" && item.fill === THEMES.light.accent).length, 0);
});
