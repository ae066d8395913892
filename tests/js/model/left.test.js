import assert from "node:assert/strict";
import { test } from "node:test";
import { leftOf, nameOfOther, sayLeft } from "../../../static/dashboard/model/left.js";
import { findSharing } from "../../../static/dashboard/model/sharing.js";
import { readSearch } from "../../../static/dashboard/search/search.js";
import { sayEntry } from "../../../static/dashboard/model/feed.js";
import { sayCell, wordOf } from "../../../static/dashboard/views/matrix/words.js";
import { demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";
import { cell, containerOf, matrixOf, rowOf } from "../support/matrix.mjs";

/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */

/** A sidecar on web's network, and what becomes of it. @param {(state: HostState, web: string) => void} [change] */
function sidecarState(change) {
  const state = demoState();
  const { container } = containerOf(state, "isoscope-web");
  const sidecar = containerOf(state, "isoscope-sidecar");
  sidecar.declared.network = `container:${container.id}`;
  sidecar.declared.pid = "";
  change?.(state, container.id);
  return state;
}

/** @param {HostState} state */
const told = (state) => [...leftOf(stateOf(loaded(state))).values()].flat().map(({ type, how }) => `${type} ${how}`);

/** Give web another network, as its restart does. @param {HostState} state @param {string} web @param {string|null} net */
function moveWeb(state, web, net) {
  for (const process of state.processes)
    if (process.container === web) process.namespaces = { ...process.namespaces, net };
}

/** @param {HostState} state @param {string} web */
function stopWeb(state, web) {
  state.processes = state.processes.filter(({ container }) => container !== web);
  Object.assign(state.containers.find(({ id }) => id === web) ?? {}, { state: "exited", init_pid: null });
}

/** @param {HostState} state @param {string} web */
function removeWeb(state, web) {
  stopWeb(state, web);
  state.containers = state.containers.filter(({ id }) => id !== web);
}

test("a sidecar beside its container is not left behind", () => {
  assert.deepEqual(told(sidecarState()), []);
});

test("it is left behind when the other one is restarted, stopped or removed", () => {
  assert.deepEqual(told(sidecarState((state, web) => moveWeb(state, web, "b:net:99"))), ["net restarted"]);
  assert.deepEqual(told(sidecarState(stopWeb)), ["net stopped"]);
  assert.deepEqual(told(sidecarState(removeWeb)), ["net removed"]);
});

test("a live state that changes in place is judged again", () => {
  const whole = sidecarState();
  const store = loaded(whole);
  assert.equal(leftOf(stateOf(store)).size, 0);
  const web = containerOf(whole, "isoscope-web").container.id;
  const moved = whole.processes.filter(({ container }) => container === web);
  const change = moved.map(({ key, namespaces }) => ({ key, set: { namespaces: { ...namespaces, net: "b:net:99" } } }));
  const host = whole.host.machine_id;
  store.apply({ type: "diff", host, base: 1, seq: 2, taken_at: whole.taken_at, processes: { change } });
  assert.equal(leftOf(stateOf(store)).size, 1);
});

test("what could not be seen is no verdict", () => {
  assert.deepEqual(told(sidecarState((state, web) => moveWeb(state, web, null))), []);
  const silent = sidecarState(removeWeb);
  silent.coverage.gaps.push({ pid: null, what: "docker", why: "gone" });
  assert.deepEqual(told(silent), []);
  const starting = sidecarState((state, web) => moveWeb(state, web, "b:net:99"));
  const sidecar = containerOf(starting, "isoscope-sidecar").container;
  for (const process of starting.processes) if (process.container === sidecar.id) process.comm = "runc:[2:INIT]";
  assert.deepEqual(told(starting), []);
});

test("search, matrix and feed say it", () => {
  const whole = sidecarState((state, web) => moveWeb(state, web, "b:net:99"));
  const state = stateOf(loaded(whole));
  const { test: matches } = readSearch("left:net", { state, sharing: findSharing(state), loads: null });
  const found = [...state.processes.values()].filter((process) => matches?.(process));
  assert.deepEqual(
    new Set(found.map(({ container }) => state.containers.get(container ?? "")?.name)),
    new Set(["isoscope-sidecar"]),
  );
  const net = cell(rowOf(matrixOf(whole), "isoscope-sidecar"), "net");
  assert.equal(
    wordOf(
      net,
      "",
      String,
      () => "",
      () => true,
    ),
    "left by isoscope-web",
  );
  assert.ok(sayCell(net, String).includes("It is in a network namespace that isoscope-web has left."));
  const entry = /** @type {any} */ ({
    kind: "left-behind",
    name: "side",
    types: ["ipc"],
    with: ["x"],
    with_names: ["web"],
    where: "side",
    container: "s",
    times: 1,
  });
  assert.equal(sayEntry(entry), "side is in an IPC namespace that web has left");
});

test("the other one is called by its name, else by what tells its id", () => {
  const left = { type: /** @type {const} */ ("net"), how: /** @type {const} */ ("removed"), target: null };
  assert.equal(nameOfOther({ ...left, other: "a".repeat(64) }), "a".repeat(12));
  assert.equal(nameOfOther({ ...left, other: "web" }), "web");
  assert.equal(sayLeft("pid", "web"), "in a PID namespace that web has left");
});
