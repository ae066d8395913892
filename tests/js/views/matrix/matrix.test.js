import assert from "node:assert/strict";
import { test } from "node:test";
import { demoState } from "../../support/make-state.mjs";
import { cell, containerOf, matrixOf, nameOf, rowOf } from "../../support/matrix.mjs";

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
    held: null,
  });
});

const DOCKER = 0xa80425fb; // what Docker gives without being asked
const HOST = 2 ** 41 - 1 - 2 ** 24; // all but one, which this host has not

/** The rights of a container whose processes have these bounding sets, its init first. */
function rightsWith(/** @type {object} */ declared, /** @type {number[]} */ bounds, user = "") {
  const state = demoState();
  const { container, declared: theirs } = containerOf(state, "isoscope-web");
  Object.assign(theirs, declared);
  const rest = { permitted: 0, effective: 0, inheritable: 0, ambient: 0, seccomp: "none", no_new_privs: true };
  const confined = (/** @type {number} */ bounding) => ({ ...rest, bounding, euid: 7, suid: 7 });
  let next = 1;
  for (const process of state.processes) {
    if (!process.container) process.confinement = confined(HOST);
    if (process.container !== container.id) continue;
    const at = process.pid === container.init_pid ? 0 : next++;
    process.confinement = at < bounds.length ? confined(bounds[at]) : null;
    if (user) process.namespaces = { ...process.namespaces, user };
  }
  return rowOf(matrixOf(state), "isoscope-web").rights?.held;
}

test("the rights say where a container may do more or less than was declared", () => {
  const none = { beyond: [], lacking: [], inside: false };
  assert.deepEqual(rightsWith({}, [DOCKER]), none);
  assert.deepEqual(rightsWith({ privileged: true }, [HOST]), none, "all that this host has");
  assert.deepEqual(rightsWith({}, [HOST]), { ...none, beyond: ["ALL"] }, "privileged, and not declared so");
  assert.deepEqual(rightsWith({ privileged: true }, [DOCKER])?.lacking.length, 40 - 14, "declared, and not held");
  assert.deepEqual(rightsWith({ privileged: true }, [0]), { ...none, lacking: ["ALL"] });
  assert.deepEqual(rightsWith({ cap_add: ["NET_ADMIN"], cap_drop: ["CAP_MKNOD"] }, [DOCKER]), {
    ...none,
    beyond: ["MKNOD"],
    lacking: ["NET_ADMIN"],
  });
  assert.deepEqual(rightsWith({ cap_drop: ["ALL"], cap_add: ["chown"] }, [1]), none);
  assert.deepEqual(rightsWith({ cap_add: ["ALL"], cap_drop: ["sys_admin"] }, [HOST - 2 ** 21]), none);
  assert.deepEqual(rightsWith({}, [DOCKER, DOCKER + 2 ** 12])?.beyond, ["NET_ADMIN"], "one that was executed in it");
});

test("what a container may do is not compared where one side is unknown", () => {
  assert.equal(rightsWith({}, []), null);
  const state = demoState();
  Object.assign(containerOf(state, "isoscope-web").container, { engine: "another" });
  assert.equal(rowOf(matrixOf(state), "isoscope-web").rights?.held, null);
});
