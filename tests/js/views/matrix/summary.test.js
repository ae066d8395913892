import assert from "node:assert/strict";
import { test } from "node:test";
import { summarise } from "../../../../static/dashboard/views/matrix/summary.js";
import { demoState } from "../../support/make-state.mjs";
import { matrixOf } from "../../support/matrix.mjs";

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
