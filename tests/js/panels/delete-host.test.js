/** Deleting a host: it says how far it is, and what went wrong. */

import assert from "node:assert/strict";
import test from "node:test";

import { deleteHost } from "../../../static/dashboard/panels/snapshots/delete-host.js";

/** @param {number[]} lefts @param {string} [refusal] */
function around(lefts, refusal) {
  /** @type {string[]} */
  const said = [];
  return {
    said,
    api: {
      forget: async () => {
        if (refusal) throw new Error(refusal);
        return { rows: lefts[0] };
      },
      left: async () => lefts.shift() ?? 0,
    },
    say: (/** @type {string} */ text) => void said.push(text),
    onDeleted: async () => void said.push("gone"),
    wait: async () => {},
  };
}

test("the host is gone from the list at once, and its rows are counted down", async () => {
  const here = around([1000, 750, 0]);
  await deleteHost({ id: "b", hostname: "orchid" }, here);
  assert.deepEqual(here.said, [
    "gone",
    "Deleting orchid: 0 % is done",
    "Deleting orchid: 0 % is done",
    "Deleting orchid: 25 % is done",
    "orchid is deleted.",
  ]);
});

test("a refusal is said, and nothing is taken for deleted", async () => {
  const here = around([1000], "the agent of orchid reports: stop it first");
  await deleteHost({ id: "b", hostname: "orchid" }, here);
  assert.deepEqual(here.said, ["the agent of orchid reports: stop it first"]);
});
