import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum } from "../../../static/dashboard/model/checksum.js";
import { LiveState } from "../../../static/dashboard/net/live-state.js";
import { createStore, toHostState } from "../../../static/dashboard/model/store.js";
import { randomness, stateOf } from "../support/helpers.mjs";
import { makeLife } from "../support/make-life.mjs";

/** @typedef {{from: any, data: string, back: boolean}} Letter  one message on its way; `back`: from the page */

const STEPS = 400;

/** A host, a server, a page, and a network between them that does what it likes. @param {number} seed */
function world(seed) {
  const random = randomness(seed);
  const life = makeLife(random);
  const store = createStore();
  let now = 0;
  let up = true;
  /** @type {{run: () => void, at: number}[]} */
  const timers = [];
  /** @type {Letter[]} */
  const letters = [];
  /** @type {any} */
  let socket = null;
  /** @type {any[]} */
  const fetches = [];
  /** @type {string[]} */
  const steps = [];

  const link = new LiveState({
    stateUrl: "/state",
    socketUrl: "ws://x/ws",
    store,
    onStep: (step) => steps.push(step),
    around: {
      fetch: () => new Promise((done, fail) => fetches.push({ done, fail })),
      open(/** @type {string} */ url) {
        const made = {
          url,
          readyState: 0,
          send: (/** @type {string} */ data) => letters.push({ from: made, data, back: true }),
          close: () => (made.readyState = 3),
        };
        socket = made;
        return /** @type {any} */ (made);
      },
      after: (run, ms) => timers.push({ run, at: now + ms }),
      cancel: () => {},
      random,
      now: () => now,
    },
  });

  /** @param {any} to @param {any} message */
  const post = (to, message) => letters.push({ from: to, data: JSON.stringify(message), back: false });
  const announce = (/** @type {any} */ message) => socket?.readyState === 1 && post(socket, message);

  /** What a page missed. @param {any} to @param {number} seq */
  function catchUp(to, seq) {
    if (seq === life.seq) post(to, life.heartbeat(new Date(now).toISOString()));
    else if (seq < 1 || seq > life.seq || life.seq - seq > 20) post(to, { type: "reset", seq: life.seq });
    else post(to, life.diff(seq, life.seq));
  }

  const open = () => {
    if (socket?.readyState !== 0) return;
    if (!up) return drop();
    socket.readyState = 1;
    socket.onopen?.();
    catchUp(socket, Number(/seq=(\d+)/.exec(socket.url)?.[1]));
  };
  const drop = () => {
    const lost = socket;
    if (!lost || lost.readyState === 3) return;
    lost.readyState = 3;
    lost.onclose?.({ code: 1006 });
  };
  /** @param {Letter} letter */
  const deliver = ({ from, data, back }) => {
    if (from.readyState !== 1) return;
    if (back) catchUp(from, JSON.parse(data).seq);
    else from.onmessage?.({ data });
  };
  const answer = async () => {
    const { done, fail } = fetches.shift() ?? {};
    if (!done) return;
    if (up)
      done({
        ok: true,
        status: 200,
        redirected: false,
        headers: new Headers({ "X-Isoscope-Seq": String(life.seq), "Content-Type": "application/json" }),
        json: async () => structuredClone(life.state(life.seq)),
      });
    else fail(new TypeError("no route"));
    await settle();
  };
  const tick = async (/** @type {number} */ ms) => {
    now += ms;
    for (const timer of timers.splice(0)) timer.at <= now ? timer.run() : timers.push(timer);
    link.check();
    await settle();
  };
  const live = () => {
    const base = life.seq;
    life.live();
    announce(life.diff(base, base + 1));
  };
  const place = () => Math.floor(random() * letters.length);

  /** @type {(() => any)[]} */
  const mischief = [
    live,
    live,
    live,
    () => announce(life.heartbeat(new Date(now).toISOString())),
    () => letters.length && deliver(letters.splice(0, 1)[0]),
    () => letters.length && deliver(letters.splice(0, 1)[0]),
    () => letters.length && deliver(letters.splice(place(), 1)[0]), // out of order
    () => letters.length && deliver(letters[place()]), // and once more later
    () => letters.splice(place(), 1), // lost
    () => letters.length && spoil(letters[place()]),
    open,
    open,
    answer,
    answer,
    drop,
    () => (up = random() < 0.7), // the server goes, or comes back
    () => link.pause(),
    () => link.resume(),
    () => link.nudge(),
    () => tick(20),
    () => tick(2000),
    () => tick(70_000),
  ];

  /** A page that falls asleep, a proxy that mangles: a fact arrives as another. @param {Letter} letter */
  function spoil(letter) {
    letter.data = letter.data.replace(/renamed-(\d+)/, "spoilt-$1");
  }

  return {
    life,
    store,
    link,
    steps,
    async step() {
      await mischief[Math.floor(random() * mischief.length)]();
      await settle();
    },
    /** From here on everything works, and nothing more happens on the host. */
    async calm() {
      up = true;
      link.resume();
      for (let round = 0; round < 60; round++) {
        open();
        await answer();
        while (letters.length) deliver(letters.splice(0, 1)[0]);
        await tick(5000);
        announce(life.heartbeat(new Date(now).toISOString()));
      }
    },
  };
}

const settle = () => new Promise((done) => setImmediate(done));

/** Order does not matter here, nor do the moments. @param {any} state */
function facts(state) {
  const { processes, namespaces, containers, chains, coverage, host } = state;
  const sorted = (/** @type {any[]} */ list) =>
    list
      .map((fact) =>
        JSON.stringify(fact, (key, value) => (key === "processes" && typeof value === "number" ? undefined : value)),
      )
      .sort();
  return {
    host,
    covered: coverage.processes,
    gaps: sorted(coverage.gaps),
    processes: sorted(processes),
    namespaces: sorted(namespaces),
    containers: sorted(containers),
    chains: sorted(chains),
  };
}

for (let seed = 1; seed <= 12; seed++) {
  test(`whatever is lost, repeated, reordered, delayed or mangled, in the end the page holds the host's state (${STEPS} steps, seed ${seed})`, async () => {
    const made = world(seed);
    made.link.start();
    for (let step = 0; step < STEPS; step++) await made.step();
    await made.calm();
    const { life, store, link } = made;
    assert.equal(stateOf(store).seq, life.seq);
    assert.deepEqual(facts(toHostState(stateOf(store))), facts(life.state(life.seq)));
    assert.deepEqual(link.agreed, { seq: life.seq, checksum: checksum(life.state(life.seq)) });
    assert.equal(made.steps.at(-1), "live");
  });
}
