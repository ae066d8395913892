/** Makes a stretch of history around a state: what a host might go through in a day. Deterministic but for its end. */

import { TYPES } from "../../../static/dashboard/model/types.js";

/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */
/** @typedef {{at: number, added: number, changed: number, removed: number, event: {kind: string, id: string, name: string}|null, apply: (state: any) => void}} Step */

const HOUR = 3600_000;

/** @param {any} state @param {number} pid @param {string} container @param {string} comm */
function addProcess(state, pid, container, comm) {
  const owner = state.containers.find((/** @type {any} */ one) => one.id === container);
  const init = state.processes.find((/** @type {any} */ one) => one.pid === owner?.init_pid);
  if (!init) return;
  const boot = state.processes[0].key.split(":")[0];
  state.processes.push({
    ...init,
    key: `${boot}:${pid}:${pid * 10}`,
    pid,
    ppid: init.pid,
    start_ticks: pid * 10,
    comm,
    cmdline: [comm, "--once"],
    role: "child",
    nspid: [pid, pid % 500],
  });
}

/** @param {any} state @param {number} pid */
function removeProcess(state, pid) {
  state.processes = state.processes.filter((/** @type {any} */ one) => one.pid !== pid);
}

/** @param {any} state @param {string} name @param {number} pid */
function startContainer(state, name, pid) {
  const boot = state.processes[0].key.split(":")[0];
  const initial = state.processes.find((/** @type {any} */ one) => one.pid === 1).namespaces;
  const id = name
    .split("")
    .map((letter) => letter.charCodeAt(0).toString(16))
    .join("")
    .padEnd(64, "b")
    .slice(0, 64);
  const namespaces = { ...initial };
  for (const type of /** @type {const} */ (["mnt", "uts", "ipc", "pid", "net"])) {
    namespaces[type] = `${boot}:${type}:${pid * 10 + TYPES.indexOf(type)}`;
    state.namespaces.push({
      key: namespaces[type],
      type,
      inode: 4026540000 + pid + TYPES.indexOf(type),
      ns_id: pid * 10 + TYPES.indexOf(type),
      initial: false,
      owner: initial.user,
      parent: null,
      processes: 1,
    });
  }
  const shared = { ppid: 1, uid: 0, cgroup: `/docker/${id}`, start_ticks: pid * 10 };
  state.processes.push({
    ...shared,
    key: `${boot}:${pid - 1}:${pid * 10 - 10}`,
    pid: pid - 1,
    comm: "containerd-shim",
    cmdline: ["containerd-shim-runc-v2", "-id", id],
    role: "shim",
    container: null,
    nspid: [pid - 1],
    namespaces: initial,
    cgroup: "/",
  });
  state.processes.push({
    ...shared,
    key: `${boot}:${pid}:${pid * 10}`,
    pid,
    ppid: pid - 1,
    comm: name.split("-")[0],
    cmdline: [name.split("-")[0], "run"],
    role: "init",
    container: id,
    nspid: [pid, 1],
    namespaces,
  });
  state.containers.push({ ...state.containers[0], id, name, init_pid: pid, shim_pid: pid - 1, labels: {} });
  state.chains.push({
    container: id,
    links: [
      { pid: 812, role: "daemon", via: null },
      { pid: 820, role: "manager", via: "parent" },
      { pid: pid - 1, role: "shim", via: "runtime" },
      { pid, role: "init", via: "parent" },
    ],
  });
  return id;
}

/** @param {any} state @param {string} name */
function stopContainer(state, name) {
  const gone = state.containers.find((/** @type {any} */ one) => one.name === name);
  if (!gone) return;
  state.containers = state.containers.filter((/** @type {any} */ one) => one !== gone);
  state.chains = state.chains.filter((/** @type {any} */ one) => one.container !== gone.id);
  state.processes = state.processes.filter(
    (/** @type {any} */ one) => one.container !== gone.id && one.pid !== gone.shim_pid,
  );
  const held = new Set(state.processes.flatMap((/** @type {any} */ one) => Object.values(one.namespaces)));
  state.namespaces = state.namespaces.filter((/** @type {any} */ one) => one.initial || held.has(one.key));
}

/**
 * Everything that was ever there, by key, as it was last.
 * @param {any} state  the first one; it is changed
 * @param {Step[]} steps
 */
function factsOf(state, steps) {
  /** @type {Map<string, any>} */
  const facts = new Map();
  for (const step of steps) {
    step.apply(state);
    for (const fact of [...state.processes, ...state.namespaces, ...state.containers])
      facts.set(fact.key ?? fact.id, fact);
  }
  return facts;
}

/** @param {HostState} base @param {number} [end] milliseconds */
export function makeHistory(base, end = Date.parse(base.taken_at)) {
  const start = end - 26 * HOUR;
  const away = { from: start + 17 * HOUR, to: start + 17.5 * HOUR };
  /** @type {Step[]} */
  const steps = [
    {
      at: start,
      added: base.processes.length,
      changed: 0,
      removed: 0,
      event: { kind: "boot", id: base.host.boot_id, name: base.host.hostname },
      apply: () => {},
    },
  ];
  const web = base.containers.find((one) => one.name.endsWith("web")) ?? base.containers[0];
  const put = (/** @type {number} */ at, /** @type {Partial<Step>} */ step) =>
    steps.push({ at, added: 0, changed: 0, removed: 0, event: null, apply: () => {}, ...step });
  for (let index = 0; index < 150; index++) {
    const at = start + 60_000 + (((index * 37) % 149) * (26 * HOUR)) / 150 + (index % 7) * 41_000;
    if (at > away.from && at < away.to) continue;
    const pid = 31_000 + index * 3;
    put(at, { added: 1, apply: (state) => addProcess(state, pid, web.id, index % 4 ? "curl" : "logrotate") });
    if (index % 9) put(at + 20_000 + (index % 5) * 90_000, { removed: 1, apply: (state) => removeProcess(state, pid) });
  }
  for (const [index, hour] of [1.2, 4, 9, 15.5, 20.4, 23.5, 25.2].entries()) {
    const name = `batch-${index + 1}`;
    const id = { value: "" };
    put(start + hour * HOUR, {
      added: 9,
      event: { kind: "container-started", id: name, name },
      apply: (state) => (id.value = startContainer(state, name, 40_000 + index * 20)),
    });
    if (index < 6)
      put(start + (hour + 0.6) * HOUR, {
        removed: 9,
        event: { kind: "container-stopped", id: name, name },
        apply: (state) => stopContainer(state, name),
      });
  }
  put(start + 24.4 * HOUR, {
    changed: 3,
    added: 2,
    removed: 2,
    event: { kind: "container-restarted", id: web.id, name: web.name },
    apply: (state) => {
      const [first, last] = [
        state.containers.find((/** @type {any} */ one) => one.id === web.id),
        state.processes.find((/** @type {any} */ one) => one.container === web.id && one.role === "init"),
      ];
      if (!first || !last) return;
      const pid = 52_000;
      const boot = last.key.split(":")[0];
      const fresh = { ...last, key: `${boot}:${pid}:${pid * 10}`, pid, start_ticks: pid * 10, nspid: [pid, 1] };
      state.processes = [...state.processes.filter((/** @type {any} */ one) => one !== last), fresh];
      first.init_pid = pid;
      for (const process of state.processes) if (process.ppid === last.pid) process.ppid = pid;
      for (const link of state.chains.find((/** @type {any} */ one) => one.container === web.id)?.links ?? [])
        if (link.pid === last.pid) link.pid = pid;
    },
  });
  put(start + 25.6 * HOUR, {
    changed: 1,
    apply: (state) => (state.containers[0].limits = { memory_bytes: 256 * 2 ** 20, cpu_cores: 1, pids: 100 }),
  });
  steps.sort((a, b) => a.at - b.at);

  /** @param {number} seq @return {HostState} */
  function stateAt(seq) {
    const state = structuredClone(base);
    for (const step of steps.slice(0, seq)) step.apply(state);
    state.taken_at = new Date(steps[Math.min(steps.length, seq) - 1].at).toISOString();
    state.processes.sort((a, b) => a.pid - b.pid);
    state.coverage.processes = state.processes.length;
    return state;
  }

  /** @type {Map<string, any>|undefined} */
  let facts;

  /** The last facts of a process, namespace or container that was ever there. @param {string} key */
  function factOf(key) {
    facts ??= factsOf(structuredClone(base), steps);
    return facts.get(key);
  }

  return {
    steps,
    away,
    start,
    end,
    last: steps.length,
    stateAt,
    factOf,
    seqAt: (/** @type {number} */ at) => Math.max(1, steps.filter((step) => step.at <= at).length),
  };
}
