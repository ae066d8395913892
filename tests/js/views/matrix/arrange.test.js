import assert from "node:assert/strict";
import { test } from "node:test";
import { TYPES } from "../../../../static/dashboard/model/types.js";
import { arrange } from "../../../../static/dashboard/views/matrix/arrange.js";
import { crowdState, demoState } from "../../support/make-state.mjs";
import { randomness } from "../../support/helpers.mjs";
import { cell, matrixOf, nameOf } from "../../support/matrix.mjs";

/** @typedef {import("../../../../static/dashboard/views/matrix/matrix.js").MatrixRow} MatrixRow */

/** @param {MatrixRow[]} rows @param {import("../../../../static/dashboard/address/view-query.js").Order} order */
const namesBy = (rows, order) =>
  arrange(
    rows.filter(({ container }) => container),
    order,
    nameOf,
    [...TYPES],
  ).map(nameOf);

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
  const arranged = arrange(rows, "kin", nameOf, [...TYPES]);
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
    again.map(({ key }) => key),
    arranged.map(({ key }) => key),
  );
});
