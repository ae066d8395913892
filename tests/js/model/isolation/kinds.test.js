import assert from "node:assert/strict";
import { test } from "node:test";
import { countKinds } from "../../../../static/dashboard/model/isolation/kinds.js";
import { loaded, stateOf } from "../../support/helpers.mjs";
import { demoState } from "../../support/make-state.mjs";

test("containers, pods, machines and what is isolated without a container are counted apart", () => {
  const state = demoState();
  const pod = { id: "f".repeat(64), name: "shop/web" };
  const [pause, app, machine] = state.containers;
  Object.assign(pause, { kind: "sandbox", pod });
  Object.assign(app, { pod });
  Object.assign(machine, { kind: "system" });
  const others = state.containers.length - 2;
  assert.deepEqual(countKinds(stateOf(loaded(state))), {
    containers: others,
    pods: 1,
    machines: 1,
    services: 0,
    sandboxes: 1,
  });
});
