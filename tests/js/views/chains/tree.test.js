import assert from "node:assert/strict";
import { test } from "node:test";
import { sayStepCommand } from "../../../../static/dashboard/views/chains/words.js";
import { buildTree, pathTo } from "../../../../static/dashboard/views/chains/tree.js";
import { rowsOf } from "../../../../static/dashboard/views/chains/rows.js";
import { unite } from "../../../../static/dashboard/model/comparison.js";
import { crowdState, demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

/** @typedef {import("../../../../static/dashboard/views/chains/tree.js").Step} Step */

const demo = () => stateOf(loaded(demoState()));
const isUser = (/** @type {import("../../../../static/dashboard/model/types.js").Process} */ process) =>
  process.cmdline.length > 0;

/** @param {Step[]} tree @return {Step[]} */
const all = (tree) => tree.flatMap((step) => [step, ...all(step.children)]);

/** @param {Step[]} tree @param {string} comm @return {Step} */
function find(tree, comm) {
  const step = all(tree).find((one) => one.kind === "process" && one.process?.comm === comm);
  assert.ok(step, `${comm} is in the tree`);
  return step;
}

/** @param {Step[]} tree @param {number} pid */
const names = (tree, pid) =>
  [
    ...(pathTo(tree, (step) => step.process?.pid === pid) ?? []),
    all(tree).find((step) => step.process?.pid === pid),
  ].map((step) => step?.process?.comm);

test("a chain leads from the daemon to the container's processes, though the kernel says otherwise", () => {
  const tree = buildTree({ state: demo() });
  assert.deepEqual(names(tree, 1131), ["dockerd", "containerd", "containerd-shim", "httpd", "httpd"]);
  assert.equal(find(tree, "containerd-shim").via, "runtime");
  assert.equal(find(tree, "httpd").via, "parent");
  assert.equal(find(tree, "httpd").container?.name, "isoscope-web");
});

test("a process of exec is a child of the shim, beside the init, which comes first", () => {
  const tree = buildTree({ state: demo() });
  assert.deepEqual(
    find(tree, "containerd-shim").children.map((step) => step.process?.role),
    ["init", "exec"],
  );
  assert.deepEqual(names(tree, 1141), ["dockerd", "containerd", "containerd-shim", "sh", "sleep"]);
});

test("docker-proxy is below the daemon, and what docker-init started is below docker-init", () => {
  const tree = buildTree({ state: demo() });
  assert.deepEqual(names(tree, 903), ["dockerd", "docker-proxy"]);
  assert.deepEqual(names(tree, 1431).slice(-3), ["docker-init", "sh", "sleep"]);
});

test("a step names the types in which it differs from the one above, and no more", () => {
  const tree = buildTree({ state: demo() });
  assert.deepEqual(find(tree, "dockerd").changes, []);
  assert.deepEqual(find(tree, "httpd").changes, ["mnt", "uts", "ipc", "pid", "net"]);
  assert.deepEqual(find(tree, "httpd").children[0].changes, []);
  const onHost = all(tree).find((step) => step.container?.name === "isoscope-hostnet");
  assert.deepEqual(onHost?.changes, ["mnt", "uts", "pid"]);
});

test("what could not be read is not a change", () => {
  const state = demoState();
  for (const process of state.processes)
    if (process.comm === "httpd") process.namespaces = { ...process.namespaces, net: null };
  assert.deepEqual(find(buildTree({ state: stateOf(loaded(state)) }), "httpd").changes, ["mnt", "uts", "ipc", "pid"]);
});

test("every process is in the tree once, whatever its parent is", () => {
  const state = demoState();
  state.processes.push(
    { ...state.processes[0], key: "b:7777:1", pid: 7777, ppid: 7778, comm: "a" },
    { ...state.processes[0], key: "b:7778:1", pid: 7778, ppid: 7777, comm: "b" },
  );
  for (const built of [stateOf(loaded(state)), stateOf(loaded(crowdState(3000, 40)))]) {
    const keys = all(buildTree({ state: built }))
      .filter((step) => step.kind === "process")
      .map((step) => step.id);
    assert.equal(new Set(keys).size, keys.length);
    assert.deepEqual(keys.sort(), [...built.processes.keys()].sort());
  }
});

test("what belongs to no chain is apart, with its own tree", () => {
  const tree = buildTree({ state: demo(), admits: isUser });
  const host = tree.find((step) => step.kind === "host");
  assert.deepEqual(
    host?.children.map((step) => step.process?.comm),
    ["systemd"],
  );
  assert.equal(host?.size, 11);
  assert.deepEqual(find(tree, "systemd-udevd").changes, ["mnt"]);
});

test("many alike siblings are one step, and only those that look the same", () => {
  const tree = buildTree({ state: demo() });
  const jobs = find(tree, "supervise");
  assert.deepEqual(
    jobs.children.map((step) => [step.kind, step.children.length]),
    [["alike", 8]],
  );
  assert.equal(jobs.size, 8);
  const threads = find(tree, "kthreadd");
  assert.deepEqual(
    threads.children.map((step) => [step.kind, step.children.length]),
    [["alike", 57]],
  );
});

test("a container that does not run stands apart", () => {
  const state = demoState();
  state.containers.push({
    ...state.containers[0],
    id: "e".repeat(64),
    name: "old",
    state: "exited",
    init_pid: null,
    shim_pid: null,
  });
  const idle = buildTree({ state: stateOf(loaded(state)) }).find((step) => step.kind === "idle");
  assert.deepEqual(
    idle?.children.map((step) => step.container?.name),
    ["old"],
  );
});

test("the same facts in another order give the same tree", () => {
  const state = demoState();
  const [tree, other] = [
    state,
    { ...state, processes: [...state.processes].reverse(), containers: [...state.containers].reverse() },
  ].map((one) => JSON.stringify(buildTree({ state: stateOf(loaded(one)) })));
  assert.equal(other, tree);
});

test("a chain of parents without an end does not break the tree", () => {
  const state = demoState();
  for (let pid = 100_000; pid < 106_000; pid++)
    state.processes.push({ ...state.processes[0], key: `b:${pid}:1`, pid, ppid: pid - 1, comm: "deep" });
  const deep = all(buildTree({ state: stateOf(loaded(state)) })).filter(
    (step) => step.kind === "process" && step.process?.comm === "deep",
  );
  assert.equal(deep.length, 6000);
});

/* ---- rows ---- */

test("a small container begins open; the host, and many alike, begin closed", () => {
  const rows = rowsOf(buildTree({ state: demo() }), new Set());
  const of = (/** @type {string} */ comm) => rows.filter((row) => row.step.process?.comm === comm);
  assert.equal(of("httpd").length, 4);
  assert.equal(of("worker").length, 1);
  assert.equal(rows.find((row) => row.step.kind === "host")?.expanded, false);
  assert.equal(of("cron").length, 0);
});

test("what the reader turns is the other way", () => {
  const tree = buildTree({ state: demo() });
  const manager = find(tree, "containerd").id;
  assert.equal(
    rowsOf(tree, new Set([manager])).some((row) => row.step.process?.comm === "httpd"),
    false,
  );
  assert.equal(
    rowsOf(tree, new Set(["host"])).some((row) => row.step.process?.comm === "systemd"),
    true,
  );
});

test("rows know their level, their place among their siblings and the row above", () => {
  const rows = rowsOf(buildTree({ state: demo() }), new Set());
  const shims = rows.filter((row) => row.step.process?.role === "shim");
  assert.deepEqual(
    shims.map((row) => [row.level, row.position, row.siblings]),
    shims.map((_, index) => [3, index + 1, 6]),
  );
  for (const row of shims) assert.equal(rows[row.parent].step.process?.comm, "containerd");
});

test("a search leaves what matches and the way to it, open", () => {
  const rows = rowsOf(buildTree({ state: demo() }), new Set(), (step) => step.process?.pid === 1633);
  assert.deepEqual(
    rows.map((row) => [row.step.process?.comm, row.step.kind, row.match]),
    [
      ["dockerd", "process", false],
      ["containerd", "process", false],
      ["containerd-shim", "process", false],
      ["supervise", "process", false],
      ["worker", "alike", false],
      ["worker", "process", true],
    ],
  );
});

test("in a comparison what went stays below its old parent, though that pid is another's now", () => {
  const before = demoState();
  const after = structuredClone(before);
  const supervise = after.processes.find(({ comm }) => comm === "supervise");
  assert.ok(supervise);
  after.processes = after.processes.filter(({ comm, key }) => comm !== "worker" && key !== supervise.key);
  after.processes.push({
    ...supervise,
    key: "b:1620:99",
    start_ticks: 99,
    ppid: 1,
    comm: "thief",
    role: null,
    container: null,
    nspid: [1620],
  });
  const union = unite(stateOf(loaded(before, 1)), stateOf(loaded(after, 2)));
  const tree = buildTree({ state: union.state, sides: union });
  assert.deepEqual(
    find(tree, "supervise").children.map((step) => step.process?.comm),
    ["worker"],
  );
  assert.deepEqual(find(tree, "thief").children, []);
});

test("in a comparison what came is not folded with what stayed", () => {
  const before = demoState();
  const after = structuredClone(before);
  const worker = after.processes.find(({ comm }) => comm === "worker");
  assert.ok(worker);
  for (let pid = 1700; pid < 1707; pid++) after.processes.push({ ...worker, key: `b:${pid}:1`, pid });
  const union = unite(stateOf(loaded(before, 1)), stateOf(loaded(after, 2)));
  const tree = buildTree({ state: union.state, sides: union });
  assert.deepEqual(
    find(tree, "supervise").children.map((step) => [step.kind, step.children.length]),
    [
      ["alike", 8],
      ["alike", 7],
    ],
  );
});

test("the command line of a shim is its program alone, that of others is whole", () => {
  const id = "ab".repeat(32);
  const shim = /** @type {any} */ ({
    role: "shim",
    cmdline: ["/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", id],
  });
  assert.equal(sayStepCommand(shim), "containerd-shim-runc-v2 …");
  assert.equal(sayStepCommand({ ...shim, cmdline: ["containerd-shim"] }), "containerd-shim");
  assert.equal(sayStepCommand({ ...shim, role: "child", cmdline: ["run", "-id", id] }), "run -id abababababab…");
});
