import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Tally, checksum, factsOf } from "../../../static/dashboard/model/checksum.js";
import { demoState } from "../support/make-state.mjs";

/** @type {{name: string, checksum: string, state: any}[]} */
const vectors = JSON.parse(readFileSync(new URL("../../fixtures/checksums.json", import.meta.url), "utf8"));

for (const vector of vectors) {
  test(`the checksum equals that of the fixture: ${vector.name}`, () =>
    assert.equal(checksum(vector.state), vector.checksum));
}

test("a tally that is counted in pieces, with changes in between, comes to the same", () => {
  const [before, after] = [demoState(), demoState()];
  const [moved] = after.processes;
  after.processes[0] = { ...moved, comm: "moved" };
  const tally = new Tally(factsOf(before));
  assert.equal(tally.text, null);
  assert.equal(
    tally.count(() => true),
    false,
  );
  tally.replace("process", moved, after.processes[0]);
  while (!tally.count(() => true));
  assert.equal(tally.text, checksum(after));
  assert.notEqual(tally.text, checksum(before));
});

test("what came and went again leaves no trace", () => {
  const state = demoState();
  const tally = new Tally(factsOf(state));
  assert.ok(tally.count(() => false));
  for (const process of state.processes)
    tally.replace("process", undefined, { ...process, key: `${process.key}:again` });
  assert.notEqual(tally.text, checksum(state));
  for (const process of state.processes)
    tally.replace("process", { ...process, key: `${process.key}:again` }, undefined);
  assert.equal(tally.text, checksum(state));
});
