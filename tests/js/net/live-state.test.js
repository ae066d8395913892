import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveState } from "../../../static/dashboard/net/live-state.js";
import { waitBefore } from "../../../static/dashboard/net/retry.js";
import { checksum } from "../../../static/dashboard/model/checksum.js";
import { SCHEMA } from "../../../static/dashboard/model/types.js";
import { createStore } from "../../../static/dashboard/model/store.js";
import { demoState } from "../support/make-state.mjs";

/** A world with a server that can be told what to do; time passes when it is told to. @param {(trouble: import("../../../static/dashboard/model/types.js").Trouble) => void} [onTrouble] */
function world(onTrouble) {
  const made = {
    seq: 5,
    status: 200,
    down: false,
    /** @type {any[]} */ sockets: [],
    /** @type {string[]} */ steps: [],
    /** @type {(() => void)[]} */ timers: [],
    fetches: 0,
    now: 0,
    served: demoState(),
    /** @type {string[]} */ caches: [],
    /** @type {number[]} */ waits: [],
    store: createStore(),
  };
  const around = {
    fetch: async (/** @type {string} */ _url, /** @type {any} */ init) => {
      made.fetches += 1;
      made.caches.push(init.cache);
      if (made.down) throw new TypeError("no route");
      const { seq, status } = made;
      return /** @type {any} */ ({
        ok: status === 200,
        status,
        redirected: false,
        headers: new Headers({ "X-Isoscope-Seq": String(seq), "Content-Type": "application/json" }),
        json: async () => structuredClone(made.served),
      });
    },
    open: (/** @type {string} */ url) => {
      /** @type {any} */
      const socket = {
        url,
        readyState: 1,
        sent: [],
        send: (/** @type {string} */ text) => socket.sent.push(JSON.parse(text)),
        close: () => {},
        onopen: null,
        onmessage: null,
        onclose: null,
      };
      made.sockets.push(socket);
      return socket;
    },
    after: (/** @type {() => void} */ run, /** @type {number} */ ms) => {
      made.waits.push(ms);
      return made.timers.push(run);
    },
    cancel: () => {},
    random: () => 0.5,
    now: () => made.now,
  };
  const link = new LiveState({
    stateUrl: "/state",
    socketUrl: "ws://x/ws",
    store: made.store,
    onStep: (step) => made.steps.push(step),
    onTrouble,
    around,
  });
  return { made, link };
}

/** Let everything that is promised happen. */
const settle = () => new Promise((done) => setImmediate(done));
/** @param {any} socket @param {any} message */
const deliver = (socket, message) => socket.onmessage({ data: JSON.stringify(message) });
/** @param {number} base @param {number} seq */
const diff = (base, seq) => ({
  type: "diff",
  host: demoState().host.machine_id,
  base,
  seq,
  taken_at: "2026-03-02T09:00:05+00:00",
});

async function live() {
  const { made, link } = world();
  link.start();
  await settle();
  made.sockets[0].onopen();
  return { made, link };
}

test("it fetches the state and subscribes from there", async () => {
  const { made } = await live();
  assert.equal(made.store.state?.seq, 5);
  assert.equal(made.sockets[0].url, "ws://x/ws?seq=5");
  assert.equal(made.steps.at(-1), "live");
});

test("diffs are applied in order", async () => {
  const { made } = await live();
  deliver(made.sockets[0], diff(5, 6));
  assert.equal(made.store.state?.seq, 6);
  assert.deepEqual(made.sockets[0].sent, []);
});

test("a gap asks once for what is missing, and one diff fills it", async () => {
  const { made } = await live();
  deliver(made.sockets[0], diff(7, 8));
  deliver(made.sockets[0], diff(8, 9));
  assert.deepEqual(made.sockets[0].sent, [{ type: "resync", seq: 5 }]);
  deliver(made.sockets[0], diff(5, 9));
  assert.equal(made.store.state?.seq, 9);
  deliver(made.sockets[0], { type: "heartbeat", seq: 11, taken_at: "2026-03-02T09:00:05+00:00" });
  assert.equal(made.sockets[0].sent.length, 2);
});

test("a reset fetches the state again, and diffs that come meanwhile are kept", async () => {
  const { made } = await live();
  made.seq = 20;
  deliver(made.sockets[0], { type: "reset", seq: 20 });
  deliver(made.sockets[0], diff(20, 21));
  await settle();
  assert.equal(made.store.state?.seq, 21);
  assert.equal(made.fetches, 2);
  assert.equal(made.sockets.length, 1);
});

test("a lost connection is opened again from the held state, without a reload", async () => {
  const { made } = await live();
  deliver(made.sockets[0], diff(5, 6));
  made.sockets[0].onclose({ code: 1006 });
  assert.equal(made.steps.at(-1), "reconnecting");
  made.timers.at(-1)?.();
  assert.equal(made.sockets[1].url, "ws://x/ws?seq=6");
  made.sockets[1].onopen();
  assert.equal(made.steps.at(-1), "live");
});

test("a server that stays away is tried until it answers", async () => {
  const { made, link } = world();
  made.down = true;
  link.start();
  await settle();
  assert.equal(made.steps.at(-1), "reconnecting");
  made.down = false;
  made.timers.at(-1)?.();
  await settle();
  assert.equal(made.store.state?.seq, 5);
});

test("someone signed out is told, and not tried again", async () => {
  const { made, link } = world();
  made.status = 401;
  link.start();
  await settle();
  assert.equal(made.steps.at(-1), "signed-out");
  assert.equal(made.timers.length, 0);
  const second = await live();
  second.made.sockets[0].onclose({ code: 4401 });
  assert.equal(second.made.steps.at(-1), "signed-out");
});

test("waits double up to a limit, with jitter", () => {
  assert.ok(waitBefore(0, 0) >= 200 && waitBefore(0, 1) <= 400);
  assert.ok(waitBefore(3, 0) > waitBefore(0, 1));
  assert.ok(waitBefore(1000, 1) <= 4_000);
  assert.notEqual(waitBefore(4, 0.1), waitBefore(4, 0.9));
});

test("a paused connection is closed, receives nothing, and opens again from the held state", async () => {
  const { made, link } = await live();
  const first = made.sockets[0];
  let closed = false;
  first.close = () => (closed = true);
  link.pause();
  assert.ok(closed);
  deliver(first, diff(5, 6));
  first.onclose({ code: 1000 });
  assert.equal(made.store.state?.seq, 5);
  assert.equal(made.sockets.length, 1);
  link.nudge();
  assert.equal(made.sockets.length, 1);
  link.resume();
  assert.equal(made.sockets.length, 2);
  assert.equal(made.sockets[1].url, "ws://x/ws?seq=5");
  assert.equal(made.fetches, 1);
});

test("a page that begins in the past fetches the state of now only when it goes live", async () => {
  const { made, link } = world();
  link.pause();
  link.start();
  await settle();
  assert.equal(made.fetches, 0);
  link.resume();
  await settle();
  assert.equal(made.fetches, 1);
  assert.equal(made.sockets.length, 1);
});

test("trouble with the recording is handed on, and does not disturb the state", async () => {
  /** @type {any[]} */
  const heard = [];
  const { made, link } = world((trouble) => heard.push(trouble.text));
  link.start();
  await settle();
  made.sockets[0].onopen();
  deliver(made.sockets[0], { type: "trouble", text: "the disk is full", since: "2026-03-02T09:00:00+00:00" });
  deliver(made.sockets[0], { type: "trouble", text: null });
  assert.deepEqual(heard, ["the disk is full", null]);
  assert.equal(made.store.state?.seq, 5);
});

const SUM = checksum(demoState()) ?? "";
/** Let every timer that is set come due. @param {{timers: (() => void)[]}} made */
async function wait(made) {
  for (const run of made.timers.splice(0)) run();
  await settle();
}
/** @param {number} seq @param {string} [sum] */
const beat = (seq, sum = SUM) => ({ type: "heartbeat", seq, taken_at: "2026-03-02T09:00:05+00:00", checksum: sum });

test("a state is agreed on once the host's checksum is its own", async () => {
  const { made, link } = await live();
  deliver(made.sockets[0], beat(5));
  assert.equal(link.agreed, null, "nothing is counted yet");
  await wait(made);
  assert.deepEqual(link.agreed, { seq: 5, checksum: SUM });
  deliver(made.sockets[0], { ...diff(5, 6), checksum: SUM });
  assert.deepEqual(link.agreed, { seq: 6, checksum: SUM });
  assert.equal(made.steps.at(-1), "live");
});

test("a checksum of a schema newer than the page's is ignored", async () => {
  const { made, link } = await live();
  await wait(made);
  deliver(made.sockets[0], { ...beat(5, "0".repeat(16)), schema: SCHEMA + 1 });
  assert.equal(made.steps.at(-1), "live");
  assert.equal(made.fetches, 1);
  deliver(made.sockets[0], { ...beat(5), schema: SCHEMA });
  assert.deepEqual(link.agreed, { seq: 5, checksum: SUM });
});

test("a state that drifted is fetched again, past the cache, and the page says so until it agrees", async () => {
  const { made, link } = await live();
  made.served.processes[0].comm = "drifted";
  link.pause();
  link.resume();
  made.store.load(structuredClone(made.served), 5);
  await wait(made);
  made.served = demoState();
  deliver(/** @type {any} */ (made.sockets.at(-1)), beat(5));
  assert.equal(made.steps.at(-1), "out-of-step");
  await settle();
  assert.deepEqual([made.fetches, made.caches.at(-1)], [2, "reload"]);
  await wait(made);
  deliver(/** @type {any} */ (made.sockets.at(-1)), beat(5));
  assert.equal(made.steps.at(-1), "live");
  assert.equal(link.agreed?.seq, 5);
});

test("where fetching again does not help, it is not done all the time", async () => {
  const { made } = await live();
  await wait(made);
  for (let round = 0; round < 20; round++) {
    deliver(made.sockets[0], beat(5, "0".repeat(16)));
    await settle();
  }
  assert.equal(made.fetches, 2, "once at once; the next one waits");
  assert.equal(made.timers.length, 1);
  assert.equal(made.steps.at(-1), "out-of-step");
});

test("a silent connection is asked for an answer, and opened again where none comes", async () => {
  const { made, link } = await live();
  const [first] = made.sockets;
  made.now = 59_000;
  link.check();
  assert.deepEqual(first.sent, []);
  made.now = 61_000;
  link.check();
  assert.deepEqual(first.sent, [{ type: "resync", seq: 5 }]);
  deliver(first, beat(5));
  made.now = 100_000;
  link.check();
  assert.equal(made.sockets.length, 1, "it answered");
  made.now = 122_000;
  link.check();
  made.now = 132_000;
  link.check();
  assert.equal(made.sockets.length, 2);
});

test("what was asked is asked again where the answer is lost", async () => {
  const { made } = await live();
  deliver(made.sockets[0], diff(7, 8));
  deliver(made.sockets[0], diff(8, 9));
  made.now = 11_000;
  deliver(made.sockets[0], diff(9, 10));
  assert.equal(made.sockets[0].sent.length, 2);
});

test("a server that accepts a connection only to close it is not asked too often", async () => {
  const { made } = await live();
  for (let round = 0; round < 4; round++) {
    made.sockets.at(-1).onclose({ code: 1011 });
    made.timers.pop()?.();
    await settle();
    made.sockets.at(-1).onopen();
  }
  assert.ok((made.waits.at(-1) ?? 0) > (made.waits.at(-3) ?? 0), String(made.waits));
  made.sockets.at(-1).onclose({ code: 4429 });
  assert.equal(made.steps.at(-1), "crowded");
  assert.ok((made.waits.at(-1) ?? 0) > 7000);
});
