import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, defaultOptions } from "../../../static/dashboard/views/graph/graph.js";
import {
  changedFirst,
  changesOf,
  fatesOfNodes,
  hiddenOn,
  replacedIn,
  tallyOf,
  unite,
} from "../../../static/dashboard/model/comparison.js";
import { countsOf } from "../../../static/dashboard/panels/comparison-report.js";
import { fateOf } from "../../../static/dashboard/widgets/pieces.js";
import { inputOf, layOut } from "../../../static/dashboard/layout/layout.js";
import { stateFrom } from "../../../static/dashboard/model/store.js";
import { crowdState, demoState } from "../support/make-state.mjs";
import { makeHistory } from "../support/make-history.mjs";

const history = makeHistory(demoState());
const [first, last] = [history.seqAt(history.start + 8 * 3600_000), history.last];
const before = stateFrom(history.stateAt(first), first);
const after = stateFrom(history.stateAt(last), last);

test("nothing is lost and nothing is made up: the union has what either side has", () => {
  const { state, fates } = unite(before, after);
  for (const name of /** @type {const} */ (["processes", "namespaces", "containers"])) {
    assert.deepEqual(new Set(state[name].keys()), new Set([...before[name].keys(), ...after[name].keys()]));
    for (const key of state[name].keys()) {
      const sides = `${before[name].has(key)}${after[name].has(key)}`;
      const fate = fates.get(key) ?? "same";
      assert.ok(
        sides === "truetrue"
          ? fate === "same" || fate === "changed"
          : fate === (sides === "falsetrue" ? "came" : "went"),
      );
    }
  }
  assert.ok(tallyOf({ state, fates, before, after }).went > 0);
});

test("a state compared with itself shows no difference", () => {
  assert.equal(unite(before, before).fates.size, 0);
});

test("swapped, what came is what went", () => {
  const [there, back] = [tallyOf(unite(before, after)), tallyOf(unite(after, before))];
  assert.deepEqual([there.came, there.went, there.changed], [back.went, back.came, back.changed]);
});

test("how many live in a namespace is no change of the namespace", () => {
  const whole = demoState();
  const web = whole.processes.filter((process) => process.comm === "httpd");
  whole.processes = whole.processes.filter((process) => process !== web.at(-1));
  const { fates } = unite(stateFrom(demoState(), 1), stateFrom(whole, 2));
  assert.deepEqual([...fates], [[web.at(-1)?.key, "went"]]);
});

test("what changed is told field by field, also inside a field", () => {
  const whole = demoState();
  const box = whole.containers[0];
  box.limits = { memory_bytes: 5, cpu_cores: null, pids: null };
  const union = unite(stateFrom(demoState(), 1), stateFrom(whole, 2));
  assert.equal(union.fates.get(box.id), "changed");
  assert.ok(changesOf(union, box.id).some(({ field, after: now }) => field === "limits memory_bytes" && now === 5));
});

test("what one side did not know is no difference", () => {
  const whole = demoState();
  const box = whole.containers[0];
  Object.assign(box, {
    image: "",
    labels: {},
    declared: null,
    init_pid: null,
    limits: { memory_bytes: null, pids: null },
  });
  const [late, told] = [stateFrom(whole, 1), stateFrom(demoState(), 2)];
  assert.deepEqual(changesOf(unite(late, told), box.id), []);
  assert.deepEqual(changesOf(unite(told, late), box.id), []);
  const blind = demoState();
  const process = blind.processes[0];
  process.namespaces = { ...process.namespaces, net: null };
  assert.deepEqual(changesOf(unite(stateFrom(blind, 1), told), process.key), []);
});

test("where a pid was used again, the later process is the parent of others", () => {
  const whole = demoState();
  const victim = whole.processes.find((process) => process.pid === 1120);
  assert.ok(victim);
  victim.key = "5d1c7a90:1120:999999";
  const { state } = unite(stateFrom(demoState(), 1), stateFrom(whole, 2));
  const last = [...state.processes.values()].filter((process) => process.pid === 1120).at(-1);
  assert.equal(last?.key, "5d1c7a90:1120:999999");
  assert.equal([...state.processes.values()].filter((process) => process.pid === 1120).length, 2);
});

test("before, both and after are one layout: a side hides, and moves nothing", () => {
  const union = unite(before, after);
  const graph = buildGraph(union.state, defaultOptions());
  const places = layOut(inputOf(graph, 1.5));
  for (const node of graph.nodes) assert.ok(places[node.key], node.key);
  const [gone, come] = [hiddenOn(union, graph, "after"), hiddenOn(union, graph, "before")];
  assert.equal(hiddenOn(union, graph, "both").size, 0);
  assert.ok(come.size > 0);
  for (const key of come) assert.ok(!gone.has(key));
});

test("a node that stands for many says how many came and went", () => {
  const whole = crowdState(2000, 20);
  const box = whole.containers[3];
  const leaving = whole.processes
    .filter((process) => process.container === box.id && process.role === "child")
    .slice(0, 7);
  const later = structuredClone(whole);
  later.processes = later.processes.filter((process) => !leaving.some(({ key }) => key === process.key));
  const union = unite(stateFrom(whole, 1), stateFrom(later, 2));
  const graph = buildGraph(union.state, defaultOptions());
  assert.deepEqual(fatesOfNodes(union, graph).get(box.id), { fate: "changed", came: 0, went: 7, changed: 0 });
});

test("another moment moves nothing that stayed as it was", () => {
  const [one, two] = [before, after].map((state) => buildGraph(state, defaultOptions()));
  const places = layOut(inputOf(one, 1.5));
  const next = layOut(inputOf(two, 1.5, { before: { graph: one, places }, still: true }));
  const kept = two.nodes.filter(
    (node) => node.kind !== "hub" && one.nodes.some((other) => other.key === node.key && other.unit === node.unit),
  );
  const same = kept.filter(
    (node) => Math.hypot(next[node.key][0] - places[node.key][0], next[node.key][1] - places[node.key][1]) < 1,
  );
  assert.ok(same.length >= kept.length * 0.9, `${same.length} of ${kept.length} stayed`);
});

test("the report's own counts are shown, folded findings included", () => {
  const report = {
    counts: { processes: { appeared: 12, gone: 9 } },
    groups: [{ group: "processes", title: "Processes", findings: [{ group: "processes", kind: "appeared" }] }],
  };
  assert.deepEqual(countsOf(report), [
    {
      group: "processes",
      title: "Processes",
      kinds: [
        ["appeared", 12],
        ["gone", 9],
      ],
    },
  ]);
  assert.deepEqual(["started", "ended", "recreated", "moved"].map(fateOf), ["came", "went", "changed", "changed"]);
});

test("what changed comes first, or alone, and without a comparison nothing moves", () => {
  const union = /** @type {any} */ ({ fates: new Map([["c", "came"]]) });
  const rows = ["a", "b", "c", "d"];
  const changed = (/** @type {string} */ row) => union.fates.has(row);
  assert.deepEqual(changedFirst(rows, { union, view: { changes: false } }, changed), ["c", "a", "b", "d"]);
  assert.deepEqual(changedFirst(rows, { union, view: { changes: true } }, changed), ["c"]);
  assert.deepEqual(changedFirst(rows, { union: null, view: { changes: true } }, changed), rows);
});

test("a container replaces the one that had its name, or its place in a Compose project", () => {
  const made = (/** @type {string} */ id, name = "", labels = {}) =>
    /** @type {any} */ ({ id, name, engine: "docker", labels });
  const place = Object.fromEntries(
    ["project", "service", "container-number"].map((name) => [`com.docker.compose.${name}`, "1"]),
  );
  assert.deepEqual([...replacedIn([made("1", "web")], [made("2", "web")])], [["2", "1"]]);
  assert.deepEqual([...replacedIn([made("1", "a", place)], [made("2", "b", place)])], [["2", "1"]]);
  assert.deepEqual([...replacedIn([made("1", "a")], [made("2", "b")])], []);
  assert.deepEqual([...replacedIn([made("1")], [made("2")])], []);
  const twins = [made("2", "web"), { ...made("3", "web"), engine: "podman" }];
  assert.deepEqual([...replacedIn([made("1", "web")], twins)], [["2", "1"]]);
});
