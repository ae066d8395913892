import assert from "node:assert/strict";
import { test } from "node:test";
import { createUsage, fillsOf, plot, sayUse } from "../../../static/dashboard/model/usage.js";

const MIB = 2 ** 20;
/** @param {number|null} memory @param {number|null} [cores] @param {number|null} [pids] */
const load = (memory, cores = 0.5, pids = 3) => ({
  now: { memory_bytes: memory, cpu_usec: 1, pids },
  cores,
  taken_at: "",
});
/** @param {string} id @param {object} [limits] */
const container = (id, limits) => /** @type {any} */ ({ id, name: id, limits });

test("the last five minutes are kept, and no more than so many points", () => {
  const usage = createUsage();
  for (let at = 0; at <= 600_000; at += 3000) usage.note(new Map([["web", load(at)]]), at);
  const points = usage.of("web");
  assert.equal(points.at(-1)?.at, 600_000);
  assert.ok(points[0].at > 300_000 - 1 && points.length <= 101);
  for (let at = 600_001; at < 602_000; at++) usage.note(new Map([["web", load(1)]]), at);
  assert.ok(usage.of("web").length <= 200);
});

test("of a container that is not measured any more nothing is kept", () => {
  const usage = createUsage();
  usage.note(
    new Map([
      ["web", load(1)],
      ["db", load(2)],
    ]),
    1000,
  );
  usage.note(new Map([["db", load(2)]]), 4000);
  assert.deepEqual(usage.of("web"), []);
  assert.equal(usage.of("db").length, 2);
});

test("all containers are summed at each moment, and what is unknown counts nothing", () => {
  const usage = createUsage();
  usage.note(
    new Map([
      ["web", load(1, null)],
      ["db", load(2, 0.25)],
    ]),
    1000,
  );
  assert.deepEqual(usage.sum(), [{ at: 1000, memory: 3, cpu: 0.25, pids: 6 }]);
});

test("usage that did not arrive for a while is stale, and usage that never arrived is not", () => {
  const usage = createUsage();
  assert.equal(usage.staleSince(10), null);
  usage.note(new Map(), 1000);
  assert.equal(usage.staleSince(10_000), null);
  assert.equal(usage.staleSince(20_000), 1000);
});

test("use is said with its limit, or that there is none", () => {
  assert.equal(sayUse(32 * MIB, 128 * MIB, "memory"), "32 MiB of 128 MiB, 25%");
  assert.equal(sayUse(0.25, null, "cpu"), "0.25 cores, no limit");
  assert.equal(sayUse(null, 100, "pids"), "limit 100");
  assert.equal(sayUse(7, undefined, "pids"), "7");
});

test("a container is shaded by the share of its limit, and without a limit relative to the largest", () => {
  const containers = new Map([
    ["web", container("web", { memory_bytes: 100 * MIB })],
    ["db", container("db", { memory_bytes: null })],
    ["big", container("big")],
    ["off", container("off")],
  ]);
  const fills = fillsOf(
    containers,
    new Map([
      ["web", load(95 * MIB)],
      ["db", load(50 * MIB)],
      ["big", load(200 * MIB)],
    ]),
    "memory",
  );
  assert.deepEqual(
    [...fills].map(([id, { share, limited, words }]) => [id, share, limited, words]),
    [
      ["web", 0.95, true, "95%"],
      ["db", 0.25, false, "50 MiB"],
      ["big", 1, false, "200 MiB"],
    ],
  );
});

test("a shade is never higher than its box", () => {
  const fills = fillsOf(new Map([["web", container("web", { pids: 10 })]]), new Map([["web", load(1, 1, 14)]]), "pids");
  assert.deepEqual([fills.get("web")?.share, fills.get("web")?.words], [1, "140%"]);
});

test("a chart ends at now on the right, and shows the limit where that is near", () => {
  const points = [
    { at: 0, memory: 50, cpu: null, pids: null },
    { at: 300_000, memory: 100, cpu: null, pids: null },
  ];
  const near = plot(points, "memory", { width: 300, height: 36, limit: 120, now: 300_000 });
  assert.deepEqual(
    near.spots.map(({ x }) => x),
    [0, 300],
  );
  assert.ok(near.spots[0].y > near.spots[1].y && near.limitAt !== null && near.limitAt < near.spots[1].y);
  assert.equal(plot(points, "memory", { width: 300, height: 36, limit: 1e6, now: 300_000 }).limitAt, null);
  assert.deepEqual(plot(points, "cpu", { width: 300, height: 36, limit: null, now: 300_000 }).spots, []);
});
