import assert from "node:assert/strict";
import { test } from "node:test";
import { findNear, joinNeeds, sayReason } from "../../../static/dashboard/model/needs.js";

const MIB = 2 ** 20;
/** @param {string} id @param {any} limits @return {any} */
const box = (id, limits) => ({ id, name: id, state: "running", limits });
/** @param {number} mib @param {number} [pids] @param {number} [cache] @return {any} */
const load = (mib, pids = 1, cache = 0) => ({ now: { memory_bytes: mib * MIB, cache_bytes: cache * MIB, pids } });
/** @param {number[]} mibs @return {any} */
const points = (mibs) => mibs.map((mib, index) => ({ at: index * 1000, memory: mib * MIB, cpu: null, pids: 1 }));

test("a container is near a limit from 90 % on, without the page cache, and since it was seen there", () => {
  const boxes = new Map([
    ["web", box("web", { memory_bytes: 100 * MIB, pids: 10 })],
    ["free", box("free", { memory_bytes: null, pids: null })],
    ["cached", box("cached", { memory_bytes: 100 * MIB, pids: null })],
    ["silent", box("silent", { memory_bytes: 100 * MIB, pids: 1 })],
  ]);
  const loads = new Map([
    ["web", load(95, 9)],
    ["free", load(5000)],
    ["cached", load(95, 1, 40)],
  ]);
  const found = findNear(boxes, loads, () => points([20, 95, 80, 91, 95]));
  assert.deepEqual(
    found.map(({ name, reasons }) => [name, reasons.map(sayReason)]),
    [["web", ["memory at 95% of its limit", "tasks at 90% of their limit"]]],
  );
  assert.equal(found[0].reasons[0].at, new Date(3000).toISOString());
  assert.deepEqual(
    findNear(boxes, new Map([["web", load(89, 8)]]), () => []),
    [],
  );
});

test("a container is named once, by its gravest reason, and the newest of a kind comes first", () => {
  /** @param {string} name @param {any[]} reasons @return {any} */
  const need = (name, ...reasons) => ({ container: name, name, state: "", reasons });
  const [early, late] = ["2026-01-01T03:00:00+00:00", "2026-01-01T05:00:00+00:00"];
  const told = [
    need("a", { kind: "exited", at: early, times: 1, exit_code: 1 }),
    need("b", { kind: "exited", at: late, times: 3, exit_code: 137 }),
    need("c", { kind: "exposed", at: null, exposed: ["network", "privileged", "8080→80/tcp"] }),
  ];
  const near = [
    need("c", { kind: "near-limit", what: "memory", share: 0.914 }),
    need("d", { kind: "near-limit", what: "pids", share: 1 }),
  ];
  const joined = joinNeeds(told, near);
  assert.deepEqual(
    joined.map(({ name, reasons }) => `${name}: ${reasons.map(sayReason).join("; ")}`),
    [
      "b: exited 3 times, exit 137",
      "a: exited, exit 1",
      "c: memory at 91% of its limit; newly exposed: the host’s network, privileged and 8080→80/tcp",
      "d: tasks at 100% of their limit",
    ],
  );
});

test("what recurs says how often, and what is left behind says where", () => {
  assert.equal(sayReason({ kind: "restarting", times: 41, exit_code: 137 }), "restarting, 41 times, exit 137");
  assert.equal(sayReason({ kind: "restarting", times: null }), "restarting");
  assert.equal(sayReason({ kind: "left-behind", where: "web" }), "left behind in a namespace of web");
});
