import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, defaultOptions, sayHidden } from "../../../../static/dashboard/views/graph/graph.js";
import { MOST_DIRECT } from "../../../../static/dashboard/views/graph/hubs.js";
import { crowdState, demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

/** @param {import("../../../../static/dashboard/model/types.js").HostState} state @param {Partial<import("../../../../static/dashboard/views/graph/graph.js").ViewOptions>} [options] */
function graphOf(state, options = {}) {
  return buildGraph(stateOf(loaded(state)), { ...defaultOptions(), ...options });
}

/** @param {import("../../../../static/dashboard/views/graph/graph.js").Graph} graph @param {number} pid */
function nodeOfPid(graph, pid) {
  const node = graph.nodes.find((one) => one.members.some((key) => key.split(":")[1] === String(pid)));
  assert.ok(node, `pid ${pid} is shown`);
  return node;
}

const ids = Object.fromEntries(
  demoState().containers.map((container) => [container.name.replace("isoscope-", ""), container.id]),
);

test("every link joins nodes or groups that are there", () => {
  for (const graph of [
    graphOf(demoState()),
    graphOf(crowdState(2000, 20)),
    graphOf(demoState(), { initial: true, single: true, host: true, kernel: true }),
  ]) {
    const keys = new Set([...graph.nodes.map((node) => node.key), ...graph.groups.map((group) => group.key)]);
    assert.equal(new Set(graph.nodes.map((node) => node.key)).size, graph.nodes.length);
    for (const link of graph.links)
      assert.ok(keys.has(link.source) && keys.has(link.target), `${link.source} to ${link.target}`);
  }
});

test("every process is drawn, stood for, or counted as hidden", () => {
  for (const state of [demoState(), crowdState(3000, 30)]) {
    const graph = graphOf(state);
    assert.equal(graph.nodeOf.size + graph.hidden.kernel, state.processes.length);
  }
});

test("kernel threads are hidden and counted, and shown when asked for", () => {
  assert.equal(graphOf(demoState()).hidden.kernel, 58);
  const graph = graphOf(demoState(), { kernel: true });
  assert.equal(graph.hidden.kernel, 0);
  assert.equal(nodeOfPid(graph, 2).label, "kthreadd");
});

test("the chain runs from daemon to manager by parent, and on to the shim by runtime", () => {
  const graph = graphOf(demoState());
  const kinds = new Map(graph.links.map((link) => [`${link.source}>${link.target}`, link.kind]));
  const [daemon, manager, shim, init] = [812, 820, 1100, 1120].map((pid) => nodeOfPid(graph, pid));
  assert.equal(kinds.get(`${daemon.key}>${manager.key}`), "parent");
  assert.equal(kinds.get(`${manager.key}>${shim.key}`), "runtime");
  assert.equal(kinds.get(`${shim.key}>${init.key}`), "parent");
  assert.equal(shim.unit, ids.web);
  assert.equal(shim.inside, false);
});

test("containers that share namespaces are joined by one hub that says which", () => {
  const graph = graphOf(demoState());
  const hub = graph.nodes.find((node) => node.kind === "hub" && !node.inside);
  assert.deepEqual(hub?.types, ["pid", "net"]);
  const targets = graph.links.filter((link) => link.source === hub?.key).map((link) => link.target);
  assert.deepEqual(targets.sort(), [ids.web, ids.sidecar].sort());
});

test("namespaces with the same members are one hub, and those of one node need none", () => {
  const graph = graphOf(demoState());
  const inner = graph.nodes.filter((node) => node.kind === "hub" && node.unit === ids.init);
  assert.deepEqual(
    inner.map((node) => node.types),
    [["mnt", "uts", "ipc", "pid", "net"]],
  );
  assert.equal(graph.nodes.filter((node) => node.kind === "hub" && node.unit === ids.privileged).length, 0);
  assert.ok(
    graphOf(demoState(), { single: true }).nodes.some((node) => node.kind === "hub" && node.unit === ids.privileged),
  );
});

test("a type that is switched off leaves hubs and strips", () => {
  const graph = graphOf(demoState(), { off: new Set(["net", "pid"]) });
  assert.ok(graph.nodes.every((node) => !node.types.includes("net") && !node.types.includes("pid")));
  assert.ok(graph.groups.every((group) => group.cells.every((cell) => cell.type !== "net")));
  assert.ok(!graph.nodes.some((node) => node.kind === "hub" && !node.inside));
});

test("the host's namespaces are folded, and become hubs when asked for", () => {
  const strip = graphOf(demoState()).groups.find((group) => group.key === ids.hostnet)?.cells ?? [];
  assert.equal(strip.find((cell) => cell.type === "net")?.how, "host");
  assert.equal(strip.find((cell) => cell.type === "mnt")?.how, "own");
  const unfolded = graphOf(demoState(), { initial: true });
  const hub = unfolded.nodes.find(
    (node) => node.kind === "hub" && node.cells.some((cell) => cell.type === "net" && cell.how === "host"),
  );
  assert.deepEqual(
    unfolded.links
      .filter((link) => link.source === hub?.key)
      .map((link) => link.target)
      .sort(),
    [ids.hostnet, "host"].sort(),
  );
});

test("a process that lives in the host's network though its container does not has a badge", () => {
  const state = demoState();
  const process = state.processes.find((one) => one.pid === 1132);
  const initial = state.namespaces.find((space) => space.type === "net" && space.initial)?.key ?? null;
  if (process) process.namespaces = { ...process.namespaces, net: initial };
  assert.deepEqual(
    nodeOfPid(graphOf(state), 1132).cells.map((cell) => [cell.type, cell.how]),
    [["net", "host"]],
  );
});

test("siblings of one name, parent and set fold, and open where the reader opens them", () => {
  const graph = graphOf(demoState());
  const fold = nodeOfPid(graph, 1633);
  assert.equal(fold.label, "worker ×8");
  assert.equal(graph.hidden.folded, 7);
  assert.equal(nodeOfPid(graphOf(demoState(), { open: new Set([fold.key]) }), 1633).label, "worker");
});

test("the host's plain processes are one node, unless each is asked for", () => {
  const crowd = graphOf(demoState()).nodes.find((node) => node.kind === "crowd");
  assert.equal(crowd?.members.length, 10);
  assert.equal(nodeOfPid(graphOf(demoState()), 402).label, "systemd-udevd");
  assert.ok(!graphOf(demoState(), { host: true }).nodes.some((node) => node.kind === "crowd"));
});

test("a large host begins with its containers, and opens one at a time", () => {
  const state = crowdState(10_000, 100);
  const graph = graphOf(state);
  assert.ok(graph.large);
  assert.equal(graph.nodes.filter((node) => node.kind === "card").length, 100);
  assert.ok(graph.hidden.collapsed > 9000);
  const [first] = state.containers;
  const opened = graphOf(state, { open: new Set([first.id]) });
  assert.equal(opened.nodes.filter((node) => node.kind === "card").length, 99);
  assert.ok(opened.groups.some((group) => group.key === first.id));
});

test("the same state in another order gives the same graph", () => {
  const state = demoState();
  const shuffled = {
    ...state,
    processes: [...state.processes].reverse(),
    containers: [...state.containers].reverse(),
    chains: [...state.chains].reverse(),
    namespaces: [...state.namespaces].reverse(),
  };
  const keys = (/** @type {import("../../../../static/dashboard/views/graph/graph.js").Graph} */ graph) => [
    graph.nodes.map((node) => node.key).sort(),
    graph.links.map((link) => `${link.source}>${link.target}`).sort(),
  ];
  assert.deepEqual(keys(graphOf(shuffled)), keys(graphOf(state)));
});

test("a process whose namespaces could not be read is not shown as isolated", () => {
  const state = demoState();
  const process = state.processes.find((one) => one.pid === 321);
  if (process)
    process.namespaces = {
      mnt: null,
      uts: null,
      ipc: null,
      pid: null,
      net: null,
      user: null,
      cgroup: null,
      time: null,
    };
  const crowd = graphOf(state).nodes.find((node) => node.kind === "crowd");
  assert.ok(crowd?.members.includes(process?.key ?? ""));
  assert.match(crowd?.sub ?? "", /1 could not be read/);
});

test("what is hidden is said, and nothing is said where nothing is", () => {
  const words = sayHidden(graphOf(demoState()).hidden).map((part) => part.text);
  assert.deepEqual(words, ["10 host processes", "58 kernel threads", "7 processes in folds"]);
  assert.deepEqual(
    sayHidden({ kernel: 0, host: 0, collapsed: 0, folded: 0, types: 0, single: 3, initial: 8, direct: 0 }),
    [],
  );
});

test("processes that share namespaces without a container are a group of their own", () => {
  const state = demoState();
  const [net] = state.namespaces.filter((space) => space.type === "net" && space.initial);
  state.namespaces.push({ ...net, key: "5d1c7a90:net:9000", ns_id: 9000, inode: 9000, initial: false, processes: 0 });
  for (const pid of [307, 314]) {
    const process = state.processes.find((one) => one.pid === pid);
    if (process) process.namespaces = { ...process.namespaces, net: "5d1c7a90:net:9000" };
  }
  const graph = graphOf(state);
  const group = graph.groups.find((one) => one.key === "group:5d1c7a90:net:9000");
  assert.equal(group?.title, "cron 307");
  assert.equal(group?.cells.find((cell) => cell.type === "net")?.how, "own");
  assert.equal(group?.nodes.length, 3);
  assert.equal(nodeOfPid(graph, 402).unit, "host");
});

test("on a large host, siblings that each have a namespace for themselves fold too", () => {
  const state = crowdState(3000, 100);
  const [user] = state.namespaces.filter((space) => space.type === "user" && space.initial);
  const [model] = state.processes.filter((process) => process.comm === "cron");
  for (let pid = 100_000; pid < 100_050; pid++) {
    const key = `5d1c7a90:user:${pid}`;
    state.namespaces.push({ ...user, key, ns_id: pid, inode: pid, initial: false, processes: 0 });
    state.processes.push({
      ...model,
      key: `5d1c7a90:${pid}:1`,
      pid,
      comm: "sandbox",
      namespaces: { ...model.namespaces, user: key },
    });
  }
  const fold = nodeOfPid(graphOf(state), 100_020);
  assert.equal(fold.label, "sandbox ×50");
  assert.deepEqual(
    fold.cells.map((cell) => [cell.type, cell.how]),
    [["user", "own"]],
  );
});

test("pairwise links join each to each, of all the types that the two share", () => {
  const graph = graphOf(demoState(), { direct: true });
  assert.ok(!graph.nodes.some((node) => node.kind === "hub"));
  const [init, shell] = [1420, 1430].map((pid) => nodeOfPid(graph, pid).key);
  const links = graph.links.filter((link) => link.kind === "shared");
  assert.deepEqual(
    links.find((link) => [link.source, link.target].sort().join() === [init, shell].sort().join())?.types,
    ["mnt", "uts", "ipc", "pid", "net"],
  );
  const across = links.filter((link) => link.across);
  assert.deepEqual(
    across.map((link) => [[link.source, link.target].sort(), link.types]),
    [[[ids.web, ids.sidecar].sort(), ["pid", "net"]]],
  );
});

test("where pairwise links would be too many to read, hubs stay and say for how many links they stand", () => {
  const state = crowdState(300, 2);
  for (const process of state.processes) process.comm = `${process.comm}-${process.pid}`;
  const open = new Set(state.containers.map(({ id }) => id));
  const graph = graphOf(state, { direct: true, open });
  assert.ok(graph.nodes.some((node) => node.kind === "hub"));
  assert.ok(graph.links.filter((link) => link.kind === "shared").length <= MOST_DIRECT);
  assert.ok(graph.hidden.direct > 1000);
});
