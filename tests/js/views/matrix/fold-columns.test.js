import assert from "node:assert/strict";
import { test } from "node:test";
import { TYPES } from "../../../../static/dashboard/model/types.js";
import { foldColumns, sayFolded } from "../../../../static/dashboard/views/matrix/fold-columns.js";
import { cell, containerOf, matrixOf, rowOf } from "../../support/matrix.mjs";
import { demoState } from "../../support/make-state.mjs";

test("columns in which all rows say the same are folded, and the others keep the order of the types", () => {
  const { types, folded } = foldColumns(matrixOf(demoState()), [...TYPES]);
  assert.deepEqual(types, ["uts", "ipc", "pid", "net"]);
  assert.deepEqual(folded, [
    { how: "own", types: ["mnt"] },
    { how: "host", types: ["user", "cgroup", "time"] },
  ]);
  assert.deepEqual(folded.map(sayFolded), [
    "mount: its own in every row",
    "user, cgroup and time: the host’s in every row",
  ]);
});

test("a column in which one row says more, or another thing, is shown", () => {
  const rows = matrixOf(demoState());
  cell(rowOf(rows, "isoscope-jobs"), "mnt").strays = 1;
  cell(rowOf(rows, "isoscope-jobs"), "user").how = "unknown";
  cell(rowOf(rows, "isoscope-web"), "time").was = { how: "own", key: null };
  assert.deepEqual(foldColumns(rows, [...TYPES]).types, ["mnt", "uts", "ipc", "pid", "net", "user", "time"]);
});

test("containers without a process do not keep a column open, and a single row folds nothing", () => {
  const state = demoState();
  const { container } = containerOf(state, "isoscope-web");
  state.containers.push({ ...container, id: "e".repeat(64), name: "old", state: "exited", init_pid: null });
  assert.equal(foldColumns(matrixOf(state), [...TYPES]).types.length, 4);
  assert.deepEqual(foldColumns(matrixOf(state).slice(0, 1), [...TYPES]), { types: TYPES, folded: [] });
  assert.deepEqual(foldColumns([], [...TYPES]), { types: TYPES, folded: [] });
});
