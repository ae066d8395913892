import assert from "node:assert/strict";
import { test } from "node:test";
import { sayEnd, sayHealth, sayPort, sayRun, servedBy } from "../../../static/dashboard/model/field-text.js";
import { sayEntry } from "../../../static/dashboard/model/feed.js";
import { demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

const PORT = { host_ip: "0.0.0.0", host_port: 8080, container_port: 80, protocol: "tcp", proxy: 7 };

/** @param {any} facts @return {any} */
const container = (facts) => ({ id: "c", state: "exited", ...facts });

/** @param {any} facts @return {any} */
const entry = (facts) => ({
  seq: 2,
  name: "web",
  where: "web",
  types: [],
  with: [],
  with_names: [],
  times: 1,
  ...facts,
});

test("an end is told by exit code and reason, and what is not known is left out", () => {
  assert.equal(sayEnd({ exit_code: 137, oom_killed: true }), "exit 137, out of memory");
  assert.equal(sayEnd({ exit_code: 0, oom_killed: false }), "exit 0");
  assert.equal(sayEnd({ exit_code: null }), "");
  assert.equal(sayRun(container({ exit_code: 3 })), "exited, exit 3");
  assert.equal(sayRun(container({ state: "running", health: "unhealthy" })), "running, unhealthy");
  assert.equal(sayHealth(container({ health: "none" })), null);
});

test("a port is told with its address where it is not every one", () => {
  assert.equal(sayPort(PORT), "8080→80/tcp");
  assert.equal(sayPort({ ...PORT, host_ip: "127.0.0.1" }), "127.0.0.1:8080→80/tcp");
  assert.equal(sayPort({ ...PORT, host_ip: "::1" }), "[::1]:8080→80/tcp");
});

test("a docker-proxy is known by what it serves", () => {
  const raw = demoState();
  Object.assign(raw.containers[0], { ports: [PORT] });
  const state = stateOf(loaded(raw));
  assert.equal(servedBy(state, 7)?.container.id, raw.containers[0].id);
  assert.equal(servedBy(state, 8), null);
});

test("the feed says how a container ended, and of what field a change is", () => {
  const stopped = { kind: "container-stopped", exit_code: 137, oom_killed: true };
  assert.equal(sayEntry(entry(stopped)), "web stopped, exit 137, out of memory");
  assert.equal(sayEntry(entry({ kind: "container-stopped", exit_code: null, oom_killed: null })), "web stopped");
  const sick = { kind: "container-changed", field: "health", from: "healthy", to: "unhealthy" };
  assert.equal(sayEntry(entry(sick)), "web: health healthy → unhealthy");
  assert.equal(sayEntry(entry({ ...sick, field: "state", from: "running", to: "paused" })), "web: running → paused");
});
