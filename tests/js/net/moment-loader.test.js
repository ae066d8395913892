import assert from "node:assert/strict";
import { test } from "node:test";
import { createMomentLoader, whereOf } from "../../../static/dashboard/net/moment-loader.js";

/** A line and a server whose answers come when the test says so. */
function world() {
  /** @type {{seq: number, give: (state?: any) => void, fail: (error: Error) => void}[]} */
  const asked = [];
  /** @type {string[]} */
  const log = [];
  const travel = createMomentLoader({
    connection: { pause: () => log.push("pause"), resume: () => log.push("resume") },
    fetchState: (seq) =>
      new Promise((give, fail) =>
        asked.push({ seq, give: (state = /** @type {any} */ ({ seq })) => give(state), fail }),
      ),
    onArrive: ({ where, states }) => log.push(`${where.mode} ${states.map((state) => state.seq).join(",")}`.trim()),
    onFail: (error) => log.push(`failed: ${error.message}`),
  });
  return { asked, log, travel };
}

const settle = () => new Promise((done) => setImmediate(done));

test("the connection is paused while the page shows the past, and opens again for live", async () => {
  const { asked, log, travel } = world();
  travel.go({ mode: "past", seq: 7 });
  assert.deepEqual(log, ["pause"]);
  asked[0].give();
  await settle();
  travel.go({ mode: "past", seq: 8 });
  asked[1].give();
  await settle();
  travel.go({ mode: "live" });
  assert.deepEqual(log, ["pause", "past 7", "past 8", "resume", "live"]);
});

test("of many moments asked for while one is fetched, only the last is fetched", async () => {
  const { asked, log, travel } = world();
  for (const seq of [1, 2, 3, 4, 5]) travel.go({ mode: "past", seq });
  asked[0].give();
  await settle();
  assert.deepEqual(
    asked.map(({ seq }) => seq),
    [1, 5],
  );
  asked[1].give();
  await settle();
  assert.equal(log.at(-1), "past 5");
});

test("an answer that comes after the reader went back to live changes nothing", async () => {
  const { asked, log, travel } = world();
  travel.go({ mode: "past", seq: 7 });
  travel.go({ mode: "live" });
  asked[0].give();
  await settle();
  assert.deepEqual(log, ["pause", "resume", "live"]);
});

test("a comparison fetches both moments, and one that is known is not fetched again", async () => {
  const { asked, log, travel } = world();
  travel.go({ mode: "past", seq: 3 });
  asked[0].give();
  await settle();
  travel.go({ mode: "compare", from: 3, to: 9 });
  await settle();
  assert.deepEqual(
    asked.map(({ seq }) => seq),
    [3, 9],
  );
  asked[1].give();
  await settle();
  assert.equal(log.at(-1), "compare 3,9");
});

test("a moment that cannot be had is said, and the next one is asked for all the same", async () => {
  const { asked, log, travel } = world();
  travel.go({ mode: "past", seq: 3 });
  asked[0].fail(new Error("pruned"));
  await settle();
  assert.equal(log.at(-1), "failed: pruned");
  travel.go({ mode: "past", seq: 4 });
  asked[1].give();
  await settle();
  assert.equal(log.at(-1), "past 4");
});

test("the address says where in time the page is; a pair goes before a single moment", () => {
  assert.deepEqual(whereOf({ at: null, from: null, to: null }), { mode: "live" });
  assert.deepEqual(whereOf({ at: 4, from: null, to: null }), { mode: "past", seq: 4 });
  assert.deepEqual(whereOf({ at: 4, from: 1, to: 2 }), { mode: "compare", from: 1, to: 2 });
});
