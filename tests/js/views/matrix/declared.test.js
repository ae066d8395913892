import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedOf } from "../../../../static/dashboard/views/matrix/declared.js";
import { demoState } from "../../support/make-state.mjs";
import { cell, containerOf, matrixOf, nameOf, rowOf } from "../../support/matrix.mjs";

test("what was declared and is observed is not marked", () => {
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
