import assert from "node:assert/strict";
import { test } from "node:test";
import { OutOfStep, createStore, toHostState } from "../../../static/dashboard/model/store.js";
import { TYPES } from "../../../static/dashboard/model/types.js";
import { demoState } from "../support/make-state.mjs";
import { checksum } from "../../../static/dashboard/model/checksum.js";
import { loaded, randomness, stateOf } from "../support/helpers.mjs";

/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */

/** @param {HostState} state */
const hostOf = (state) => state.host.machine_id;

/** Change a state at random, and say so as a diff. @param {HostState} before @param {() => number} random @param {number} base */
function mutate(before, random, base) {
  const after = structuredClone(before);
  const [gone] = after.processes.splice(Math.floor(random() * after.processes.length), 1);
  const changed = after.processes[Math.floor(random() * after.processes.length)];
  const net = after.namespaces.filter((space) => space.type === "net");
  const set = {
    comm: `renamed-${base}`,
    namespaces: { ...changed.namespaces, net: net[Math.floor(random() * net.length)].key },
  };
  Object.assign(changed, set);
  const added = { ...structuredClone(changed), key: `new:${base}`, pid: 90_000 + base, start_ticks: base };
  after.processes.push(added);
  const space = { ...net[0], key: `boot:net:${base}`, initial: false, inode: base, ns_id: base, processes: 0 };
  if (random() < 0.5) after.namespaces.push(space);
  const fresh = after.namespaces.includes(space);
  if (fresh) added.namespaces = { ...added.namespaces, net: space.key };
  recount(after);
  const diff = {
    type: /** @type {const} */ ("diff"),
    host: hostOf(before),
    base,
    seq: base + 1,
    taken_at: `2026-03-02T09:00:${String(base % 60).padStart(2, "0")}+00:00`,
    duration_ms: base,
    processes: { add: [added], change: [{ key: changed.key, set }], remove: [gone.key] },
    namespaces: fresh ? { add: [{ ...space, processes: 0 }] } : undefined,
    coverage: {
      processes: after.processes.length,
      add: [{ pid: base, what: "ns", why: /** @type {const} */ ("gone") }],
    },
  };
  after.coverage = { processes: after.processes.length, gaps: [...after.coverage.gaps, ...diff.coverage.add] };
  Object.assign(after, { taken_at: diff.taken_at, duration_ms: diff.duration_ms });
  return { after, diff };
}

/** @param {HostState} state */
function recount(state) {
  for (const space of state.namespaces)
    space.processes = state.processes.filter((process) =>
      TYPES.some((type) => process.namespaces[type] === space.key),
    ).length;
}

/** @param {HostState} state */
const canonical = (state) => toHostState(stateOf(loaded(state)));

test("it holds the state it was given, with the counts derived", () => {
  const state = demoState();
  assert.deepEqual(canonical(state), {
    ...state,
    ...canonical(state),
    processes: state.processes,
    chains: state.chains,
  });
  recount(state);
  assert.deepEqual(
    new Map(canonical(state).namespaces.map((space) => [space.key, space.processes])),
    new Map(state.namespaces.map((space) => [space.key, space.processes])),
  );
});

test("a hundred diffs replayed equal the last state", () => {
  const random = randomness(7);
  let state = demoState();
  const store = loaded(state);
  for (let seq = 1; seq <= 100; seq++) {
    const { after, diff } = mutate(state, random, seq);
    store.apply(/** @type {any} */ (diff));
    if (seq % 30 === 0) store.count(() => true);
    state = after;
  }
  assert.ok(store.count(() => false));
  assert.equal(store.checksum, checksum(state));
  assert.deepEqual(toHostState(stateOf(store)), canonical(state));
  assert.equal(stateOf(store).seq, 101);
});

test("a diff that does not fit changes nothing and says so", () => {
  const state = demoState();
  const store = loaded(state, 4);
  const before = structuredClone(toHostState(stateOf(store)));
  const { diff } = mutate(state, randomness(1), 6);
  assert.throws(() => store.apply(/** @type {any} */ (diff)), OutOfStep);
  assert.throws(
    () =>
      store.apply(/** @type {any} */ ({ ...diff, base: 4, processes: { remove: [state.processes[0].key, "nobody"] } })),
    OutOfStep,
  );
  assert.throws(
    () => store.apply(/** @type {any} */ ({ ...diff, base: 4, processes: { add: [state.processes[0]] } })),
    OutOfStep,
  );
  assert.deepEqual(toHostState(stateOf(store)), before);
  assert.equal(stateOf(store).seq, 4);
});

test("a diff that was applied already is ignored", () => {
  const state = demoState();
  const store = loaded(state, 9);
  const { diff } = mutate(state, randomness(1), 7);
  store.apply(/** @type {any} */ (diff));
  assert.equal(stateOf(store).seq, 9);
  assert.deepEqual(toHostState(stateOf(store)).processes, state.processes);
});

test("a diff about another host does not fit", () => {
  const state = demoState();
  const { diff } = mutate(state, randomness(1), 1);
  assert.throws(() => loaded(state).apply(/** @type {any} */ ({ ...diff, host: "another" })), OutOfStep);
});

test("a heartbeat from ahead shows that something was missed", () => {
  const store = loaded(demoState(), 3);
  store.receiveHeartbeat({ type: "heartbeat", seq: 3, taken_at: "2026-03-02T10:00:00+00:00" });
  assert.equal(stateOf(store).taken_at, "2026-03-02T10:00:00+00:00");
  assert.throws(
    () => store.receiveHeartbeat({ type: "heartbeat", seq: 4, taken_at: "2026-03-02T10:00:05+00:00" }),
    OutOfStep,
  );
});

test("the use of CPU is told from two readings", () => {
  const store = createStore();
  const usage = (/** @type {number} */ cpu_usec) => ({ web: { memory_bytes: 1, cpu_usec, pids: 2 } });
  store.measure({ type: "metrics", taken_at: "2026-03-02T10:00:00+00:00", containers: usage(1_000_000) });
  assert.equal(store.loads.get("web")?.cores, null);
  store.measure({ type: "metrics", taken_at: "2026-03-02T10:00:10+00:00", containers: usage(6_000_000) });
  assert.equal(store.loads.get("web")?.cores, 0.5);
  store.measure({ type: "metrics", taken_at: "2026-03-02T10:00:20+00:00", containers: {} });
  assert.equal(store.loads.size, 0);
});

test("listeners are told what changed, by key", () => {
  const state = demoState();
  const store = loaded(state);
  /** @type {string[]} */
  let heard = [];
  store.listen(({ what, keys }) => (heard = [what, ...keys]));
  const { diff } = mutate(state, randomness(3), 1);
  store.apply(/** @type {any} */ (diff));
  assert.equal(heard[0], "changed");
  assert.ok(heard.includes(diff.processes.remove[0]) && heard.includes("new:1"));
});
