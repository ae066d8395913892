import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isolatesOf } from "../../../../static/dashboard/model/isolation/isolated.js";
import { loaded, stateOf } from "../../support/helpers.mjs";

/** What the server finds: `python -m tests.fixtures.isolated` writes it. */
const cases = JSON.parse(readFileSync(new URL("../../../fixtures/isolated.json", import.meta.url), "utf8"));

test("the page finds isolated without a container what the server finds", () => {
  for (const { state, found } of cases) {
    const seen = isolatesOf(stateOf(loaded(state))).map((one) => ({
      ...one,
      processes: one.processes.map(({ key }) => key),
    }));
    assert.deepEqual(seen, found);
  }
});
