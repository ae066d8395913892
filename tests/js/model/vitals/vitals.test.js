import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NO_VITALS,
  pointOf,
  sayAccount,
  sayAge,
  sayPercent,
  sayRate,
  topOf,
  vitalsAfter,
} from "../../../../static/dashboard/model/vitals/vitals.js";
import { createUsage } from "../../../../static/dashboard/model/usage.js";

/** @param {string} key */
const process = (key) => /** @type {any} */ ({ key, comm: key, pid: 1 });
const alive = new Map(["a", "b", "c"].map((key) => [key, process(key)]));

/** @param {number} second @param {Record<string, object>} processes @param {object|null} [host] */
const metrics = (second, processes, host = null) =>
  /** @type {any} */ ({
    type: "metrics",
    taken_at: `2026-03-02T10:00:${String(second).padStart(2, "0")}+00:00`,
    containers: {},
    processes,
    host,
  });

test("a process keeps what it used until it is read again or has ended", () => {
  const first = vitalsAfter(NO_VITALS, metrics(0, { a: { cpu: 5, rss_bytes: 10 }, gone: { cpu: 1 } }), alive);
  assert.deepEqual([...first.processes.keys()], ["a"]);
  const second = vitalsAfter(first, metrics(10, { b: { threads: 3, age_s: 2 } }, { cores: 4 }), alive);
  assert.equal(second.host?.cores, 4);
  assert.equal(sayAge(/** @type {any} */ (second.processes.get("a")), second), "read 10 s ago");
  assert.equal(sayAge(/** @type {any} */ (second.processes.get("b")), second), "read 2 s ago");
  assert.deepEqual(
    { ...second.processes.get("b"), at: 0 },
    { at: 0, cpu: null, rss: null, threads: 3, files: null },
    "what was not told is not known, never 0",
  );
  const third = vitalsAfter(second, metrics(13, { b: { cpu: 1 } }), new Map([["b", process("b")]]));
  assert.deepEqual([...third.processes.keys()], ["b"]);
  assert.equal(third.processes.get("b")?.threads, null);
});

test("an agent that tells no vitals leaves nothing of the last one", () => {
  const first = vitalsAfter(NO_VITALS, metrics(0, {}, { cores: 4 }), alive);
  const old = /** @type {any} */ ({ type: "metrics", taken_at: "2026-03-02T10:00:03+00:00", containers: {} });
  assert.equal(vitalsAfter(first, old, alive).host, null);
});

test("those that use most come first, by processors and then by memory", () => {
  const read = { a: { cpu: 0, rss_bytes: 5 }, b: { cpu: 0, rss_bytes: 9 }, c: { rss_bytes: 99 } };
  const vitals = vitalsAfter(NO_VITALS, metrics(0, read), alive);
  assert.deepEqual(
    topOf(alive.values(), vitals, 8).map((one) => one.process.key),
    ["b", "a", "c"],
  );
  assert.equal(topOf(alive.values(), vitals, 1).length, 1);
  assert.deepEqual(topOf(alive.values(), NO_VITALS, 8), []);
});

test("shares, rates and accounts are said", () => {
  assert.deepEqual([3.14159, 42.5, 250].map(sayPercent), ["3.1%", "43%", "250%"]);
  assert.deepEqual([sayRate(1536), sayRate(null)], ["1.5 KiB/s", "not known"]);
  const host = { names: { 1000: "ada" } };
  assert.deepEqual([sayAccount(1000, host), sayAccount(7, host), sayAccount(0, null)], ["1000 (ada)", "7", "0 (root)"]);
});

test("the host is charted in cores and bytes, for five minutes", () => {
  assert.deepEqual(pointOf({ cpu: 25, cores: 8, memory_total: 10, memory_available: 4 }, 7), {
    at: 7,
    cpu: 2,
    memory: 6,
    pids: null,
  });
  assert.equal(pointOf({ cores: 8 }, 7).cpu, null);
  const usage = createUsage();
  for (let at = 0; at <= 600_000; at += 3000) usage.noteHost(pointOf({ cpu: 1, cores: 1 }, at));
  assert.ok(usage.ofHost()[0].at > 299_999 && usage.ofHost().length <= 101);
  usage.forget();
  assert.deepEqual(usage.ofHost(), []);
});
