import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "../../../../static/dashboard/views/matrix/arrange.js";
import { buildMatrix } from "../../../../static/dashboard/views/matrix/matrix.js";
import { expectedOf } from "../../../../static/dashboard/views/matrix/declared.js";
import { summarise } from "../../../../static/dashboard/views/matrix/summary.js";
import { uniteRows } from "../../../../static/dashboard/views/matrix/unite-rows.js";
import { TYPES } from "../../../../static/dashboard/model/types.js";
import { unite } from "../../../../static/dashboard/model/comparison.js";
import { crowdState, demoState } from "../../support/make-state.mjs";
import { loaded, randomness, stateOf } from "../../support/helpers.mjs";

/** @typedef {import("../../../../static/dashboard/views/matrix/matrix.js").MatrixRow} MatrixRow */
/** @typedef {import("../../../../static/dashboard/model/types.js").HostState} HostState */

/** @param {HostState} state */
const matrixOf = (state) => buildMatrix(stateOf(loaded(state)));
const nameOf = (/** @type {MatrixRow} */ row) => row.container?.name ?? row.first?.comm ?? row.key;
/** @param {MatrixRow[]} rows @param {string} name @return {MatrixRow} */
function rowOf(rows, name) {
  const row = rows.find((one) => nameOf(one) === name);
  assert.ok(row, name);
  return row;
}
/** @param {MatrixRow} row @param {import("../../../../static/dashboard/model/types.js").NamespaceType} type */
const cell = (row, type) => row.cells[TYPES.indexOf(type)];
/** @param {HostState} state @param {string} name */
function containerOf(state, name) {
  const container = state.containers.find((one) => one.name === name);
  assert.ok(container?.declared, name);
  return { container, declared: container.declared };
}

test("a cell says own, shared with whom, or the host's", () => {
  const state = demoState();
  const rows = matrixOf(state);
  const web = rowOf(rows, "isoscope-web");
  assert.equal(cell(web, "mnt").how, "own");
  assert.deepEqual(
    [cell(web, "net").how, cell(web, "net").others],
    ["shared", [containerOf(state, "isoscope-sidecar").container.id]],
  );
  assert.equal(cell(web, "user").how, "host");
  assert.equal(cell(rowOf(rows, "isoscope-hostnet"), "net").how, "host");
});

test("what could not be read is unknown, and a container without a process has nothing", () => {
  const state = demoState();
  const init = state.processes.find(({ pid }) => pid === 1520);
  assert.ok(init);
  init.namespaces = { ...init.namespaces, ipc: null };
  state.containers.push({ ...state.containers[0], id: "e".repeat(64), name: "old", state: "exited", init_pid: null });
  const rows = matrixOf(state);
  assert.equal(cell(rowOf(rows, "isoscope-privileged"), "ipc").how, "unknown");
  assert.deepEqual(new Set(rowOf(rows, "old").cells.map(({ how }) => how)), new Set(["none"]));
});

test("a process with namespaces of its own outside containers has a row, and the host's other processes have none", () => {
  const outside = matrixOf(demoState()).filter(({ container }) => !container);
  assert.deepEqual(
    outside.map((row) => [nameOf(row), cell(row, "mnt").how, cell(row, "net").how]),
    [["systemd-udevd", "own", "host"]],
  );
});

test("a process that left its container's namespace is counted beside the cell", () => {
  const state = demoState();
  const other = state.processes.find(({ pid }) => pid === 1520);
  const worker = state.processes.find(({ pid }) => pid === 1131);
  assert.ok(other && worker);
  worker.namespaces = { ...worker.namespaces, net: other.namespaces.net };
  const web = rowOf(matrixOf(state), "isoscope-web");
  assert.deepEqual([cell(web, "net").strays, cell(web, "pid").strays], [1, 0]);
});

/* ---- declared against observed ---- */

test("what was declared and is observed is no news", () => {
  for (const row of matrixOf(demoState()))
    assert.deepEqual(
      row.cells.filter(({ declared }) => declared),
      [],
      nameOf(row),
    );
});

test("the host's network that was not asked for, and one of its own that was not, are marked", () => {
  const state = demoState();
  containerOf(state, "isoscope-hostnet").declared.network = "bridge";
  containerOf(state, "isoscope-jobs").declared.network = "host";
  const rows = matrixOf(state);
  assert.deepEqual(cell(rowOf(rows, "isoscope-hostnet"), "net").declared, { field: "network", value: "bridge" });
  assert.deepEqual(cell(rowOf(rows, "isoscope-jobs"), "net").declared, { field: "network", value: "host" });
});

test("a network declared as another container's must be that one's", () => {
  const state = demoState();
  const jobs = containerOf(state, "isoscope-jobs");
  const web = containerOf(state, "isoscope-web").container;
  for (const named of [web.id, web.name]) {
    jobs.declared.network = `container:${named}`;
    assert.ok(cell(rowOf(matrixOf(state), "isoscope-jobs"), "net").declared, named);
    containerOf(state, "isoscope-sidecar").declared.network = `container:${named}`;
    assert.equal(cell(rowOf(matrixOf(state), "isoscope-sidecar"), "net").declared, null, named);
  }
  jobs.declared.network = "container:of-which-nothing-is-known";
  assert.equal(cell(rowOf(matrixOf(state), "isoscope-jobs"), "net").declared, null);
});

test("modes lead to what Docker documents, and nothing is claimed where that depends on more", () => {
  /** @type {[Parameters<typeof expectedOf>[0], string, string][]} */
  const cases = [
    ["network", "default", "own"],
    ["network", "none", "own"],
    ["network", "shop_backend", "own"],
    ["network", "host", "host"],
    ["network", "container:abc", "joined"],
    ["network", "ns:/run/netns/x", "unknown"],
    ["pid", "", "own"],
    ["pid", "host", "host"],
    ["pid", "container:abc", "joined"],
    ["ipc", "", "own"],
    ["ipc", "shareable", "own"],
    ["ipc", "private", "own"],
    ["ipc", "none", "own"],
    ["ipc", "host", "host"],
    ["uts", "", "own"],
    ["uts", "host", "host"],
    ["userns", "", "unknown"],
    ["userns", "host", "host"],
    ["cgroupns", "", "unknown"],
    ["cgroupns", "private", "own"],
    ["cgroupns", "host", "host"],
  ];
  for (const [field, value, expected] of cases) assert.equal(expectedOf(field, value), expected, `${field}=${value}`);
});

test("capabilities are named as they are added", () => {
  const state = demoState();
  Object.assign(containerOf(state, "isoscope-init").declared, {
    cap_add: ["CAP_NET_ADMIN", "sys_ptrace"],
    cap_drop: ["ALL"],
  });
  assert.deepEqual(rowOf(matrixOf(state), "isoscope-init").rights, {
    privileged: false,
    added: ["NET_ADMIN", "SYS_PTRACE"],
    dropped: ["ALL"],
  });
});

/* ---- order ---- */

/** @param {MatrixRow[]} rows @param {import("../../../../static/dashboard/address/view-query.js").Order} order */
const namesBy = (rows, order) =>
  arrange(
    rows.filter(({ container }) => container),
    order,
    nameOf,
    [...TYPES],
  ).rows.map(nameOf);

test("sharers stand together, by name they stand by name, and the least isolated stand first", () => {
  const rows = matrixOf(demoState());
  const kin = namesBy(rows, "kin");
  assert.equal(Math.abs(kin.indexOf("isoscope-web") - kin.indexOf("isoscope-sidecar")), 1);
  assert.deepEqual(namesBy(rows, "name"), [...namesBy(rows, "name")].sort());
  assert.deepEqual(namesBy(rows, "least").slice(0, 2), ["isoscope-privileged", "isoscope-hostnet"]);
});

test("every sharer of one namespace stands beside another, whatever the groups and in whatever order the facts come", () => {
  const state = crowdState(1200, 60);
  const random = randomness(7);
  const inits = state.processes.filter(({ role }) => role === "init");
  for (const init of inits) {
    const other = inits[Math.floor(random() * 12)];
    for (const process of state.processes)
      if (process.container === init.container)
        process.namespaces = { ...process.namespaces, net: other.namespaces.net };
  }
  const rows = matrixOf(state);
  const { rows: arranged } = arrange(rows, "kin", nameOf, [...TYPES]);
  const runs = new Map();
  for (const [index, row] of arranged.entries()) {
    const { how, key } = cell(row, "net");
    if (how === "shared" && (index === 0 || cell(arranged[index - 1], "net").key !== key))
      runs.set(key, (runs.get(key) ?? 0) + 1);
  }
  assert.ok(runs.size > 3);
  for (const [key, count] of runs) assert.equal(count, 1, `${key} stands in ${count} places`);
  const again = arrange([...rows].reverse(), "kin", nameOf, [...TYPES]);
  assert.deepEqual(
    again.rows.map(({ key }) => key),
    arranged.map(({ key }) => key),
  );
});

test("columns that are switched off are left out, in every order", () => {
  const rows = matrixOf(demoState());
  for (const order of /** @type {const} */ (["kin", "name", "least"]))
    assert.deepEqual(new Set(arrange(rows, order, nameOf, ["net", "pid"]).types), new Set(["net", "pid"]));
});

/* ---- two moments ---- */

test("a comparison says what each cell was, what came and what went", () => {
  const before = demoState();
  const after = structuredClone(before);
  const hostnet = containerOf(after, "isoscope-hostnet").container.id;
  const jobs = containerOf(after, "isoscope-jobs").container.id;
  const initial = after.processes[0].namespaces;
  for (const process of after.processes)
    if (process.container === hostnet) process.namespaces = { ...process.namespaces, pid: initial.pid };
  after.processes = after.processes.filter(({ container }) => container !== jobs);
  after.containers = after.containers.filter(({ id }) => id !== jobs);
  const union = unite(stateOf(loaded(before, 1)), stateOf(loaded(after, 2)));
  const rows = uniteRows(buildMatrix(union.before), buildMatrix(union.after), union.fates);
  assert.equal(rowOf(rows, "isoscope-jobs").fate, "went");
  assert.equal(rowOf(rows, "isoscope-hostnet").fate, "changed");
  assert.equal(cell(rowOf(rows, "isoscope-hostnet"), "pid").was?.how, "own");
  assert.equal(cell(rowOf(rows, "isoscope-hostnet"), "mnt").was, null);
  assert.equal(rowOf(rows, "isoscope-web").fate, null);
});

test("the summary counts what runs", () => {
  const state = demoState();
  state.containers.push({ ...state.containers[0], id: "e".repeat(64), name: "old", state: "exited", init_pid: null });
  assert.deepEqual(summarise(matrixOf(state)), {
    containers: 6,
    host: [
      { type: "ipc", count: 1 },
      { type: "net", count: 1 },
    ],
    shared: [
      { type: "pid", count: 2 },
      { type: "net", count: 2 },
    ],
    privileged: 1,
    differing: 0,
    unknown: 0,
  });
});
