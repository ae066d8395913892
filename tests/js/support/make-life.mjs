/** The life of a host as a server tells it: states under their numbers, each with its checksum, and diffs between any two. */

import { checksum } from "../../../static/dashboard/model/checksum.js";
import { demoState } from "./make-state.mjs";

/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */

const KEYS = /** @type {const} */ ({ processes: "key", namespaces: "key", containers: "id", chains: "container" });

/** @param {() => number} random */
export function makeLife(random) {
  /** @type {HostState[]} */
  const states = [demoState()]; // states[0] has the number 1
  const any = (/** @type {any[]} */ list) => list[Math.floor(random() * list.length)];

  /** Something happens: processes come, go and change, a namespace is made, a gap opens, the host is renamed. */
  function live() {
    const after = structuredClone(states[states.length - 1]);
    const number = states.length + 1;
    if (after.processes.length > 5) after.processes.splice(Math.floor(random() * after.processes.length), 1);
    const space = {
      ...any(after.namespaces),
      key: `made:uts:${number}`,
      type: "uts",
      initial: false,
      inode: number,
      ns_id: number,
    };
    if (random() < 0.5) after.namespaces.push(space);
    const parent = any(after.processes);
    after.processes.push({
      ...structuredClone(parent),
      key: `made:${number}`,
      pid: 90_000 + number,
      start_ticks: number,
      namespaces: { ...parent.namespaces, uts: any(after.namespaces.filter((one) => one.type === "uts")).key },
    });
    any(after.processes).comm = `renamed-${number} \u{1f600}`;
    if (random() < 0.3) any(after.containers).limits = { memory_bytes: null, cpu_cores: random(), pids: number };
    if (random() < 0.2) after.coverage.gaps = [{ pid: number, what: "ns", why: "gone" }];
    if (random() < 0.1) after.host = { ...after.host, hostname: `orchid-${number}` };
    after.coverage.processes = after.processes.length;
    after.taken_at = new Date(Date.UTC(2026, 2, 2) + number * 1000).toISOString();
    for (const one of after.namespaces) one.processes = 0;
    states.push(after);
  }

  return {
    live,
    get seq() {
      return states.length;
    },
    /** @param {number} seq */
    state: (seq) => states[seq - 1],
    /** @param {number} base @param {number} seq */
    diff: (base, seq) => makeDiff(states[base - 1], base, states[seq - 1], seq),
    /** @param {string} taken_at */
    heartbeat: (taken_at) => ({
      type: "heartbeat",
      seq: states.length,
      taken_at,
      checksum: checksum(states[states.length - 1]),
    }),
  };
}

/** @param {HostState} before @param {number} base @param {HostState} after @param {number} seq */
function makeDiff(before, base, after, seq) {
  const sections = Object.entries(KEYS).map(([name, key]) => [
    name,
    makeSection(/** @type {any} */ (before)[name], /** @type {any} */ (after)[name], key),
  ]);
  const [old, now] = [before, after].map(
    ({ coverage }) => new Map(coverage.gaps.map((gap) => [JSON.stringify(gap), gap])),
  );
  const gaps = {
    add: [...now].filter(([key]) => !old.has(key)).map(([, gap]) => gap),
    remove: [...old].filter(([key]) => !now.has(key)).map(([, gap]) => gap),
  };
  return {
    type: "diff",
    host: after.host.machine_id,
    base,
    seq,
    taken_at: after.taken_at,
    checksum: checksum(after),
    ...Object.fromEntries(sections),
    host_info: isSame(before.host, after.host) ? undefined : after.host,
    coverage: { processes: after.coverage.processes, ...gaps },
  };
}

/** @param {any} a @param {any} b */
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {any[]} before @param {any[]} after @param {string} key */
function makeSection(before, after, key) {
  const [old, now] = [before, after].map((facts) => new Map(facts.map((fact) => [fact[key], fact])));
  const changed = after.filter((fact) => old.has(fact[key]) && !isSame(old.get(fact[key]), fact));
  return {
    add: after.filter((fact) => !old.has(fact[key])),
    remove: before.filter((fact) => !now.has(fact[key])).map((fact) => fact[key]),
    change: changed.map((fact) => ({
      key: fact[key],
      set: Object.fromEntries(Object.entries(fact).filter(([name, value]) => !isSame(value, old.get(fact[key])[name]))),
    })),
  };
}
