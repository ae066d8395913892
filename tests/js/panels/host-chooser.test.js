/** What the list of hosts says of each agent. */

import assert from "node:assert/strict";
import test from "node:test";
import { sayAgent } from "../../../static/dashboard/panels/host-chooser.js";

/** @param {any} agent */
const say = (agent) => sayAgent(/** @type {any} */ ({ agent }));

test("the list of hosts says the version of an agent, and that an early one says none", () => {
  assert.equal(say({ version: "0.1.0", schema: 2, age: "same" }), "agent 0.1.0");
  assert.equal(say({ version: null, schema: 1, age: "older" }), "agent of an unknown version");
});

test("an imported host has no agent", () => {
  assert.equal(say(null), "");
});
