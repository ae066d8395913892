import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, defaultOptions } from "../../../../static/dashboard/views/graph/graph.js";
import { countPerView } from "../../../../static/dashboard/page/match-counts.js";
import { findAll, sayFound } from "../../../../static/dashboard/views/graph/found.js";
import { findNamed } from "../../../../static/dashboard/search/find-named.js";
import { demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

const state = stateOf(withDead());
const graph = buildGraph(state, defaultOptions());
const facts = { state, sharing: graph.sharing, loads: new Map() };
const find = (/** @type {string} */ text) => findAll(text, facts, graph);
const names = (/** @type {string} */ text) => find(text).containers.map(({ name }) => name);
const hits = (/** @type {string} */ text) =>
  find(text).hits.map((key) => state.containers.get(key)?.name ?? state.processes.get(key)?.pid);

/** The demo, and three containers without a process. */
function withDead() {
  const raw = demoState();
  for (const [index, [name, run, project]] of [
    ["shop-zookeeper-1", "exited", "data"],
    ["shop-batch-1", "dead", "data"],
    ["isoscope-migrate", "created", "shop"],
  ].entries())
    raw.containers.push({
      ...raw.containers[0],
      id: String(index + 1).repeat(64),
      name,
      image: "registry.example/java:21",
      state: run,
      init_pid: null,
      shim_pid: null,
      labels: { "com.docker.compose.project": project },
      exit_code: run === "created" ? null : 137,
    });
  return loaded(raw);
}

test("containers without a process are found by name, image, label, state and exit code", () => {
  for (const text of [
    "zookeeper",
    "container:zookeeper",
    "state:exited",
    "exited",
    "container=shop-zookeeper-1",
    "111111",
  ])
    assert.deepEqual(names(text), ["shop-zookeeper-1"], text);
  for (const text of ["java", "image:java:21", "state:exited,dead,created"]) assert.equal(names(text).length, 3, text);
  for (const text of [
    "label:project=data",
    "label:com.docker.compose.project=data",
    "exit:137",
    "state:exited|dead",
    "project:data",
  ])
    assert.deepEqual(names(text), text === "label:project=data" ? [] : ["shop-batch-1", "shop-zookeeper-1"], text);
  assert.deepEqual(names("-state:running -container:shop*"), ["isoscope-migrate"]);
});

test("no number of a process is the number of a container without one", () => {
  for (const text of ["pid<5", "ppid<5", "user:root", "pid:0", "nan"])
    assert.ok(!names(text).includes("shop-batch-1"), text);
});

test("the counts say containers and processes", () => {
  assert.equal(sayFound(find("zookeeper")), "1 container");
  assert.equal(sayFound(find("httpd")), "1 container, 4 processes");
  assert.equal(sayFound(find("comm=dockerd")), "1 process");
  assert.equal(sayFound(find("no-such-thing")), "no match");
  assert.deepEqual(countPerView(find("java"), graph, state), { graph: 3, chains: 3, matrix: 3, table: 0 });
});

test("the name of a container leads to the container, not to its processes", () => {
  assert.deepEqual(hits("isoscope-web"), ["isoscope-web"]);
  assert.deepEqual(hits("comm:sh container:isoscope-web"), [1140]);
  assert.deepEqual(hits("pid=1520"), [1520]);
  assert.deepEqual(hits("isoscope"), [
    "isoscope-hostnet",
    "isoscope-init",
    "isoscope-jobs",
    "isoscope-migrate",
    "isoscope-privileged",
    "isoscope-sidecar",
    "isoscope-web",
  ]);
});

test("a container that shares the host's network is one match, with everything in it", () => {
  const found = find("host:net container:*");
  assert.deepEqual(
    found.containers.map(({ name }) => name),
    ["isoscope-hostnet"],
  );
  assert.deepEqual(hits("host:net container:*"), ["isoscope-hostnet"]);
});

test("a container or process is found as a person names it, the one that runs first", () => {
  const [web] = [...state.containers.values()].filter(({ name }) => name === "isoscope-web");
  assert.equal(findNamed(state, "isoscope-web"), web.id);
  assert.equal(findNamed(state, web.id.slice(0, 12)), web.id);
  assert.equal(findNamed(state, "shop-zookeeper-1"), "1".repeat(64));
  assert.equal(findNamed(state, "1520"), [...state.processes.values()].find(({ pid }) => pid === 1520)?.key);
  assert.equal(findNamed(state, "nobody"), null);
  assert.equal(findNamed(state, "1"), [...state.processes.values()].find(({ pid }) => pid === 1)?.key);
  const again = { ...web, id: "f".repeat(64), state: "exited" };
  const twice = { ...state, containers: new Map([[again.id, again], ...state.containers]) };
  assert.equal(findNamed(twice, "isoscope-web"), web.id);
});
