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
  });
});
