import assert from "node:assert/strict";
import { test } from "node:test";
import { buildMatrix } from "../../../../static/dashboard/views/matrix/matrix.js";
import { unite } from "../../../../static/dashboard/model/comparison.js";
import { uniteRows } from "../../../../static/dashboard/views/matrix/unite-rows.js";
import { demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";
import { cell, containerOf, rowOf } from "../../support/matrix.mjs";

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

test("a container that was recreated under its name is one row, with what each cell was", () => {
  const before = demoState();
  const after = structuredClone(before);
  const { container } = containerOf(after, "isoscope-jobs");
  const initial = after.processes[0].namespaces;
  const id = "f".repeat(64);
  for (const process of after.processes)
    if (process.container === container.id) {
      process.container = id;
      process.namespaces = { ...process.namespaces, net: initial.net };
    }
  after.containers = after.containers.map((one) => (one.id === container.id ? { ...one, id } : one));
  const union = unite(stateOf(loaded(before, 1)), stateOf(loaded(after, 2)));
  const rows = uniteRows(buildMatrix(union.before), buildMatrix(union.after), union.fates);
  const named = rows.filter((row) => row.container?.name === "isoscope-jobs");
  assert.deepEqual(
    named.map(({ key, fate }) => [key, fate]),
    [[id, "changed"]],
  );
  assert.equal(cell(named[0], "net").how, "host");
  assert.equal(cell(named[0], "net").was?.how, "own");
});
