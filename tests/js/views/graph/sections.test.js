import assert from "node:assert/strict";
import { test } from "node:test";
import { THEMES } from "../../../../static/dashboard/draw/theme.js";
import { buildGraph, defaultOptions } from "../../../../static/dashboard/views/graph/graph.js";
import { buildScene } from "../../../../static/dashboard/views/graph/scene/scene.js";
import { inputOf, layOut } from "../../../../static/dashboard/layout/layout.js";
import { busyState } from "../../support/busy-state.mjs";
import { Builder } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

/** @param {number} containers @param {Partial<import("../../../../static/dashboard/views/graph/graph.js").ViewOptions>} [options] */
const graphOf = (containers, options = {}) =>
  buildGraph(stateOf(loaded(busyState(containers))), { ...defaultOptions(), ...options });
/** @param {import("../../../../static/dashboard/views/graph/graph.js").Graph} graph */
const titles = (graph) => graph.sections.map(({ title }) => title);

test("the containers of a project stand in a section; who shares across projects in one of their own", () => {
  const graph = graphOf(23);
  assert.deepEqual(titles(graph), ["debug-toolbox + shop", "data", "monitoring", "shop"]);
  const [across, ...own] = graph.sections;
  assert.equal(across.units.length, 2);
  const units = graph.sections.flatMap((section) => section.units);
  assert.equal(new Set(units).size, units.length);
  assert.ok(own.every((section) => !section.across));
});

/** A host with a pod of a sandbox and two containers, and a third one that shares with another pod or not. */
function podState(crossing = false) {
  const builder = new Builder();
  builder.process(1, 0, "systemd");
  const shared = builder.spaces(["uts", "ipc", "net"]);
  for (const [index, name] of ["pause", "app", "cache", "other"].entries()) {
    const id = String(index).repeat(64);
    const pod = name === "other" ? { id: "e".repeat(64), name: "jobs" } : { id: "f".repeat(64), name: "shop" };
    const facts = {
      pod,
      labels: {},
      declared: null,
      state: "running",
      engine: "containerd",
      image: "",
      shim_pid: null,
    };
    const kind = name === "pause" ? "sandbox" : "container";
    builder.containers.push({ ...facts, id, name, kind, init_pid: 100 + index });
    const own =
      name === "other" && !crossing ? builder.spaces(["mnt"]) : { ...shared, mnt: builder.space("mnt", false) };
    builder.process(100 + index, 1, name, { container: id, role: "init", namespaces: own });
  }
  return stateOf(loaded(builder.state()));
}

test("the frame of a pod carries what its containers share, and its sandbox stands first", () => {
  const graph = buildGraph(podState(), defaultOptions(), true);
  const pod = graph.sections.find(({ title }) => title === "shop");
  assert.deepEqual(
    pod?.cells.map(({ type }) => type),
    ["uts", "ipc", "net"],
  );
  assert.equal(pod?.units[0], "0".repeat(64));
  assert.equal(pod?.sub, "2 containers");
  assert.ok(!graph.nodes.some(({ kind }) => kind === "hub"));
});

test("what a pod shares has a hub where the frame cannot carry it", () => {
  const hubs = (/** @type {import("../../../../static/dashboard/views/graph/graph.js").Graph} */ graph) =>
    graph.nodes.filter(({ kind }) => kind === "hub").map(({ types }) => types.join(" "));
  assert.deepEqual(hubs(buildGraph(podState(), defaultOptions())), ["uts ipc net"]);
  assert.deepEqual(hubs(buildGraph(podState(true), defaultOptions(), true)), ["uts ipc net"]);
  assert.deepEqual(hubs(buildGraph(podState(), { ...defaultOptions(), by: "none" }, true)), ["uts ipc net"]);
});

test("containers are grouped by their engine, by a label, or not at all", () => {
  assert.deepEqual(titles(graphOf(23, { by: "engine" })), ["docker"]);
  assert.deepEqual(titles(graphOf(23, { by: "none" })), []);
  const byService = titles(graphOf(23, { by: "label:com.docker.compose.service" }));
  assert.ok(byService.includes("java") && !byService.includes("shop"));
});

test("a closed section is one box that counts what is in it, and shows each of its containers", () => {
  const graph = graphOf(23, { shut: new Set(["section:data"]) });
  const box = graph.nodes.find(({ key }) => key === "section:data");
  assert.equal(box?.sub, "6 containers · 13 processes");
  assert.ok(!titles(graph).includes("data"));
  const kafka = busyState(23).containers.find(({ name }) => name.includes("kafka"));
  assert.equal(graph.nodeOf.get(kafka?.id ?? ""), "section:data");
});

test("many containers begin with their sections closed, and open one by one", () => {
  const all = graphOf(250);
  assert.deepEqual(titles(all), []);
  assert.ok(all.nodes.some(({ key }) => key === "section:shop-3"));
  assert.deepEqual(titles(graphOf(250, { open: new Set(["section:data-3"]) })), ["data-3"]);
});

test("frames cover neither one another nor what is not in them", () => {
  for (const containers of [23, 60, 100]) {
    const graph = graphOf(containers);
    const calm = { selected: new Set(), near: null, matches: null };
    const scene = buildScene(graph, layOut(inputOf(graph, 1.4)), THEMES.light, /** @type {any} */ (calm));
    const inside = new Map(graph.sections.map(({ key, units }) => [key, new Set(units)]));
    const unitOf = new Map(graph.nodes.map(({ key, unit }) => [key, unit]));
    for (const frame of scene.frames)
      for (const other of [...scene.frames, ...scene.targets]) {
        const member = inside.get(frame.key)?.has(unitOf.get(other.key) ?? other.key);
        const hub = unitOf.get(other.key) === other.key && other.key.startsWith("hub:");
        if (other === frame || member || hub) continue;
        const wide =
          Math.min(frame.rect.x + frame.rect.w, other.rect.x + other.rect.w) - Math.max(frame.rect.x, other.rect.x);
        const high =
          Math.min(frame.rect.y + frame.rect.h, other.rect.y + other.rect.h) - Math.max(frame.rect.y, other.rect.y);
        assert.ok(wide < 0.5 || high < 0.5, `${frame.key} and ${other.key}`);
      }
  }
});
