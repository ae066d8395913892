/**
 * The state of one host as the page holds it: facts by key. A diff is applied only if it fits the state. No DOM, no
 * network.
 */

import { Tally, factsOf } from "./checksum.js";
import { SCHEMA, TYPES } from "./types.js";
import { NO_VITALS, vitalsAfter } from "./vitals/vitals.js";

/**
 * @typedef {import("./types.js").HostState} HostState
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./types.js").Namespace} Namespace
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Chain} Chain
 * @typedef {import("./types.js").Gap} Gap
 * @typedef {import("./types.js").Diff} Diff
 * @typedef {import("./types.js").Section} Section
 * @typedef {import("./types.js").NamespaceSet} NamespaceSet
 * @typedef {import("./types.js").Usage} Usage
 *
 * @typedef {object} State
 * @property {number} seq
 * @property {string} taken_at
 * @property {string|null} [whole_at]  when the last full scan was, if the agent also scans partially
 * @property {number} duration_ms
 * @property {import("./types.js").HostInfo} host
 * @property {number} covered  processes the scan counted
 * @property {Map<string, Gap>} gaps
 * @property {Map<string, Namespace>} namespaces
 * @property {Map<string, Process>} processes
 * @property {Map<string, Container>} containers
 * @property {Map<string, Chain>} chains
 *
 * @typedef {{now: Usage, cores: number|null, taken_at: string}} Load
 * @typedef {import("./vitals/vitals.js").Vitals} Vitals
 *
 * @typedef {object} StoreEvent
 * @property {"loaded"|"changed"|"heartbeat"|"usage"} what
 * @property {Set<string>} keys  of the processes, namespaces and containers touched by a change
 */

/** A change does not fit the state that is held. */
export class OutOfStep extends Error {}

const SECTIONS = /** @type {const} */ (["processes", "namespaces", "containers", "chains"]);
/** @type {Record<typeof SECTIONS[number], (fact: any) => string>} */
const KEY_OF = {
  processes: (fact) => fact.key,
  namespaces: (fact) => fact.key,
  containers: (fact) => fact.id,
  chains: (fact) => fact.container,
};

/** @type {Record<typeof SECTIONS[number], import("./checksum.js").Kind>} */
const KIND_OF = { processes: "process", namespaces: "namespace", containers: "container", chains: "chain" };

/** @param {Gap} gap */
const gapKey = (gap) => `${gap.pid ?? ""}|${gap.what}|${gap.why}`;

export function createStore() {
  return new Store();
}

export class Store {
  /** @type {State|null} */
  #state = null;
  /** @type {Tally|null} */
  #tally = null;
  /** What each container uses now. @type {Map<string, Load>} */
  loads = new Map();
  /** What the host and its processes use now. @type {Vitals} */
  vitals = NO_VITALS;
  /** @type {Map<string, NamespaceSet>} */
  #sets = new Map();
  /** @type {Set<(event: StoreEvent) => void>} */
  #listeners = new Set();

  get state() {
    return this.#state;
  }

  /** The checksum of the state; null until it is computed. */
  get checksum() {
    return this.#tally?.text ?? null;
  }

  /**
   * Go on computing the checksum of the state that was loaded.
   * @param {() => boolean} isEnough  whether to stop for now
   * @return {boolean} whether it is known
   */
  count(isEnough) {
    return this.#tally?.count(isEnough) ?? false;
  }

  /** @param {(event: StoreEvent) => void} listener */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {StoreEvent["what"]} what @param {Set<string>} [keys] */
  #notify(what, keys = new Set()) {
    for (const listener of this.#listeners) listener({ what, keys });
  }

  forget() {
    this.#state = this.#tally = null;
    this.loads.clear();
    this.vitals = NO_VITALS;
    this.#sets.clear();
  }

  /** Take a whole state, numbered `seq`. @param {HostState} whole @param {number} seq */
  load(whole, seq) {
    this.#sets.clear();
    const state = {
      seq,
      taken_at: whole.taken_at,
      duration_ms: whole.duration_ms,
      host: whole.host,
      covered: whole.coverage.processes,
      gaps: new Map(whole.coverage.gaps.map((gap) => [gapKey(gap), gap])),
      namespaces: new Map(whole.namespaces.map((namespace) => [namespace.key, { ...namespace, processes: 0 }])),
      processes: new Map(whole.processes.map((process) => [process.key, this.#admit(process)])),
      containers: new Map(whole.containers.map((container) => [container.id, container])),
      chains: new Map(whole.chains.map((chain) => [chain.container, chain])),
    };
    this.#state = state;
    this.#tally = new Tally(factsOf(whole));
    for (const process of state.processes.values()) count(state, process, 1);
    this.#notify("loaded");
  }

  /**
   * Apply a diff. A diff that was applied already changes nothing; one that does not fit leaves the state as it is.
   * @param {Diff} diff
   * @throws {OutOfStep}
   */
  apply(diff) {
    const [state, tally] = [this.#state, this.#tally];
    if (!state || !tally) throw new OutOfStep("there is no state to change yet");
    if (diff.host !== state.host.machine_id) throw new OutOfStep("the diff is about another host");
    if (diff.seq <= state.seq) return;
    if (diff.base !== state.seq) throw new OutOfStep(`the diff fits on ${diff.base}, we hold ${state.seq}`);
    for (const name of SECTIONS) verify(state[name], diff[name], KEY_OF[name]);
    for (const process of touched(state, diff.processes)) count(state, process, -1);
    const keys = this.#change(state, tally, diff);
    for (const process of touched(state, diff.processes)) count(state, process, 1);
    if (diff.coverage) coverage(state, diff.coverage, tally);
    if (diff.host_info) {
      tally.replace("host", state.host, diff.host_info);
      state.host = diff.host_info;
    }
    state.seq = diff.seq;
    state.taken_at = diff.taken_at;
    state.duration_ms = diff.duration_ms ?? 0;
    recount(state, diff.namespaces);
    this.#notify("changed", keys);
  }

  /**
   * Change every section, and the checksum with it.
   * @param {State} state
   * @param {Tally} tally
   * @param {Diff} diff
   * @return {Set<string>} the keys that were touched
   */
  #change(state, tally, diff) {
    /** @type {Set<string>} */
    const keys = new Set();
    for (const name of SECTIONS) {
      const admit = name === "processes" ? (/** @type {Process} */ fact) => this.#admit(fact) : fresh[name];
      for (const [key, before, after] of change(state[name], diff[name], KEY_OF[name], admit)) {
        tally.replace(KIND_OF[name], before, after);
        keys.add(key);
      }
    }
    return keys;
  }

  /** @param {Process} process @return {Process} */
  #admit(process) {
    return { ...process, namespaces: this.#intern(process.namespaces) };
  }

  /**
   * Equal namespace sets become one object, so that sharing is a comparison of identities.
   * @param {NamespaceSet} set
   */
  #intern(set) {
    const text = TYPES.map((type) => set[type] ?? "").join("|");
    const known = this.#sets.get(text);
    if (known) return known;
    this.#sets.set(text, set);
    return set;
  }

  /** The host was scanned again, and nothing had changed. @param {import("./types.js").Heartbeat} heartbeat */
  receiveHeartbeat(heartbeat) {
    const state = this.#state;
    if (!state) return;
    if (heartbeat.seq > state.seq) throw new OutOfStep(`the host is at ${heartbeat.seq}, we hold ${state.seq}`);
    if (heartbeat.taken_at === state.taken_at) return; // an answer to a resync: the host was not scanned again
    state.taken_at = heartbeat.taken_at;
    state.whole_at = heartbeat.whole_at ?? null;
    this.#notify("heartbeat");
  }

  /**
   * Take what the containers, the host and its processes use now. A container's use of CPU follows from the
   * difference to the message before.
   * @param {import("./types.js").Metrics} metrics
   */
  measure(metrics) {
    const { loads } = this;
    const { containers, taken_at } = metrics;
    this.vitals = vitalsAfter(this.vitals, metrics, this.#state?.processes ?? new Map());
    for (const [id, now] of Object.entries(containers))
      loads.set(id, { now, cores: cores(loads.get(id), now, taken_at), taken_at });
    for (const id of loads.keys()) if (!(id in containers)) loads.delete(id);
    this.#notify("usage");
  }
}

/** @type {Record<string, (fact: any) => any>} */
const fresh = {
  namespaces: (fact) => ({ ...fact, processes: 0 }),
  containers: (fact) => fact,
  chains: (fact) => fact,
};

/** A whole state as the page holds it, numbered `seq`. @param {HostState} whole @param {number} seq @return {State} */
export function stateFrom(whole, seq) {
  const store = createStore();
  store.load(whole, seq);
  return /** @type {State} */ (store.state);
}

/** @param {State} state @param {Process} process @param {1|-1} by */
function count(state, process, by) {
  for (const type of TYPES) {
    const namespace = state.namespaces.get(process.namespaces[type] ?? "");
    if (namespace) namespace.processes += by;
  }
}

/** Count the processes of the namespaces that were added. @param {State} state @param {Section|undefined} section */
function recount(state, section) {
  const added = new Set((section?.add ?? []).map((namespace) => namespace.key));
  if (!added.size) return;
  for (const key of added) {
    const namespace = state.namespaces.get(key);
    if (namespace) namespace.processes = 0;
  }
  for (const process of state.processes.values()) {
    for (const type of TYPES) {
      const key = process.namespaces[type] ?? "";
      const namespace = added.has(key) ? state.namespaces.get(key) : undefined;
      if (namespace) namespace.processes += 1;
    }
  }
}

/** The processes a section names that are there. @param {State} state @param {Section|undefined} section */
function touched(state, section) {
  if (!section) return [];
  const keys = [
    ...(section.remove ?? []),
    ...(section.change ?? []).map((patch) => patch.key),
    ...(section.add ?? []).map((fact) => fact.key),
  ];
  return keys.map((key) => state.processes.get(key)).filter((process) => process !== undefined);
}

/** @param {Map<string, any>} facts @param {Section|undefined} section @param {(fact: any) => string} keyOf */
function verify(facts, section, keyOf) {
  for (const key of section?.remove ?? [])
    if (!facts.has(key)) throw new OutOfStep(`${key} cannot go: it is not there`);
  for (const patch of section?.change ?? []) {
    if (!facts.has(patch.key)) throw new OutOfStep(`${patch.key} cannot change: it is not there`);
  }
  for (const fact of section?.add ?? []) {
    if (facts.has(keyOf(fact))) throw new OutOfStep(`${keyOf(fact)} cannot come: it is there already`);
  }
}

/**
 * Make the changes. Each is yielded by its key, with the fact before and the fact now.
 * @param {Map<string, any>} facts
 * @param {Section|undefined} section
 * @param {(fact: any) => string} keyOf
 * @param {(fact: any) => any} admit
 * @return {Generator<[string, any, any]>}
 */
function* change(facts, section, keyOf, admit) {
  for (const key of section?.remove ?? []) {
    const before = facts.get(key);
    facts.delete(key);
    yield [key, before, undefined];
  }
  for (const patch of section?.change ?? []) {
    const before = facts.get(patch.key);
    const after = admit({ ...before, ...patch.set });
    facts.set(patch.key, "processes" in before ? { ...after, processes: before.processes } : after);
    yield [patch.key, before, facts.get(patch.key)];
  }
  for (const fact of section?.add ?? []) {
    const key = keyOf(fact);
    facts.set(key, admit(fact));
    yield [key, undefined, facts.get(key)];
  }
}

/** @param {State} state @param {NonNullable<Diff["coverage"]>} moved @param {Tally} tally */
function coverage(state, moved, tally) {
  tally.replace("coverage", { processes: state.covered }, { processes: moved.processes });
  state.covered = moved.processes;
  for (const gap of moved.remove ?? []) {
    tally.replace("gap", state.gaps.get(gapKey(gap)), undefined);
    state.gaps.delete(gapKey(gap));
  }
  for (const gap of moved.add ?? []) {
    tally.replace("gap", state.gaps.get(gapKey(gap)), gap);
    state.gaps.set(gapKey(gap), gap);
  }
}

/**
 * Cores in use between two readings; null until there are two.
 * @param {Load|undefined} before
 * @param {Usage} now
 * @param {string} at
 */
function cores(before, now, at) {
  if (!before || before.now.cpu_usec === null || now.cpu_usec === null) return null;
  const elapsed = (Date.parse(at) - Date.parse(before.taken_at)) * 1000;
  if (!(elapsed > 0) || now.cpu_usec < before.now.cpu_usec) return before.cores;
  return (now.cpu_usec - before.now.cpu_usec) / elapsed;
}

/** The state as the public `HostState`, in canonical order. @param {State} state @return {HostState} */
export function toHostState(state) {
  const byKey = (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : a > b ? 1 : 0);
  return {
    schema: SCHEMA,
    taken_at: state.taken_at,
    duration_ms: state.duration_ms,
    host: state.host,
    coverage: {
      processes: state.covered,
      gaps: [...state.gaps.values()].sort(
        (a, b) => (a.pid ?? -1) - (b.pid ?? -1) || byKey(a.what, b.what) || byKey(a.why, b.why),
      ),
    },
    namespaces: [...state.namespaces.values()].sort(
      (a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type) || byKey(a.key, b.key),
    ),
    processes: [...state.processes.values()].sort((a, b) => a.pid - b.pid || a.start_ticks - b.start_ticks),
    containers: [...state.containers.values()].sort((a, b) => byKey(a.id, b.id)),
    chains: [...state.chains.values()].sort((a, b) => byKey(a.container, b.container)),
  };
}
