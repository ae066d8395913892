/**
 * What is isolated without a container: services of systemd, and sandboxes. `inspector/facts/isolation/isolated.py`
 * finds the same; `tests/fixtures/isolated.json` holds both to it. Pure.
 */

import { TYPES } from "../types.js";
import { push } from "../../base/lists.js";

/**
 * @typedef {import("../types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../types.js").NamespaceType} NamespaceType
 * @typedef {import("../types.js").Process} Process
 * @typedef {import("../store.js").State} State
 * @typedef {"service"|"sandbox"} IsolateKind
 *
 * @typedef {object} Isolate  processes in namespaces of their own that belong to no container
 * @property {string} key
 * @property {IsolateKind} kind
 * @property {string} name  nginx.service, machine:db, org.mozilla.firefox; else program and pid of the topmost process
 * @property {string} program  isolates of one kind and program are alike
 * @property {NamespaceType[]} types  in which they have namespaces of their own
 * @property {Process[]} processes  the topmost first, then by pid
 *
 * @typedef {{kind: IsolateKind, name: string, program: string, unit: string}} Place  what a control group says
 * @typedef {{process: Process, own: Map<NamespaceType, string>}} Member
 */

const UNIT = /^.+\.(?:service|scope)$/;
/** What people start in these is not the unit’s. */
const SESSION = /^(?:session-.*|user@.*|init|(?:vte|tmux)-spawn-.*|app-.*)\.(?:service|scope)$/;
const USER = /^user@([0-9]+)\.service$/;
const MACHINE = /^(?:machine-(.+)\.scope|systemd-nspawn@(.+)\.service)$/;
const FLATPAK = /^app-flatpak-(.+)-[0-9]+\.scope$/;
const SNAP = /^snap\.([^.]+)\.([^.]+?)(?:-[0-9a-f-]{36}|\.[0-9a-f-]{36})?\.scope$/;

/**
 * What was found, and at which snapshot: a live state changes in place.
 * @type {WeakMap<State, {seq: number, found: Isolate[]}>}
 */
const kept = new WeakMap();

/** Services first, each kind by the pid of its topmost process. @param {State} state @return {Isolate[]} */
export function isolatesOf(state) {
  const held = kept.get(state);
  if (held?.seq === state.seq) return held.found;
  const found = findIsolates(state);
  kept.set(state, { seq: state.seq, found });
  return found;
}

/** From so many on, those of one kind and program are told together. */
const FOLDED_FROM = 12;

/**
 * Those that are told together. @param {Isolate[]} all @return {Isolate[][]}
 */
export function alikeIn(all) {
  /** @type {Map<string, Isolate[]>} */
  const groups = new Map();
  for (const one of all) push(groups, all.length < FOLDED_FROM ? one.key : `${one.kind}:${one.program}`, one);
  return [...groups.values()];
}

/** @param {State} state @return {Isolate[]} */
function findIsolates(state) {
  const known = new Set([...state.namespaces.values()].filter(({ initial }) => initial).map(({ type }) => type));
  const taken = takenIn(state);
  /** @type {Map<NamespaceSet, Map<NamespaceType, string>>} */
  const sets = new Map();
  /** @type {Member[]} */
  const members = [];
  for (const process of state.processes.values()) {
    if (process.container !== null || process.entered || isKernelThread(process)) continue;
    const set = process.namespaces;
    const own = sets.get(set) ?? new Map(ownIn(set, taken, known));
    sets.set(set, own);
    if (own.size) members.push({ process, own });
  }
  const rank = (/** @type {Isolate} */ { kind }) => Number(kind !== "service");
  return distinct(groupsOf(members)).sort((a, b) => rank(a) - rank(b) || a.processes[0].pid - b.processes[0].pid);
}

/**
 * Whether it is kthreadd or a child of it. kdevtmpfs has a mount namespace on every host: it isolates nothing.
 * @param {Process} process
 */
export function isKernelThread({ pid, ppid, cmdline }) {
  return cmdline.length === 0 && (pid === 2 || ppid === 2);
}

/** The namespaces of the host and of containers. @param {State} state */
function takenIn({ namespaces, processes }) {
  const taken = new Set([...namespaces.values()].filter(({ initial }) => initial).map(({ key }) => key));
  const sets = new Set();
  for (const { container, namespaces: set } of processes.values()) if (container !== null) sets.add(set);
  for (const set of sets) for (const type of TYPES) if (set[type] !== null) taken.add(set[type]);
  return taken;
}

/**
 * @param {NamespaceSet} set
 * @param {Set<string>} taken
 * @param {Set<NamespaceType>} known  the types of which the host’s namespace is known
 * @return {[NamespaceType, string][]}
 */
function ownIn(set, taken, known) {
  return TYPES.flatMap((type) => {
    const key = set[type];
    return key !== null && known.has(type) && !taken.has(key) ? [[type, key]] : [];
  });
}

/** What the path of a control group says; null in a session. @param {string|null} cgroup @return {Place|null} */
export function placeIn(cgroup) {
  const units = (cgroup ?? "").split("/").filter((part) => UNIT.test(part));
  const found = units.map((unit) => USER.exec(unit)).find(Boolean);
  for (const unit of units) {
    const machine = MACHINE.exec(unit);
    const name = machine && `machine:${unescaped(machine[1] ?? machine[2])}`;
    if (name) return { kind: "service", name, program: "machine", unit };
  }
  return units.length ? placeOf(units[units.length - 1], found ? `${found[1]}/` : "") : null;
}

/** @param {string} unit @param {string} user @return {Place|null} */
function placeOf(unit, user) {
  const [flatpak, snap] = [FLATPAK.exec(unit), SNAP.exec(unit)];
  const app = flatpak ? unescaped(flatpak[1]) : snap && (snap[1] === snap[2] ? snap[1] : `${snap[1]}.${snap[2]}`);
  if (app) return { kind: "sandbox", name: app, program: app, unit: user + unit };
  if (SESSION.test(unit)) return null;
  return { kind: "service", name: unit, program: unit.replace(/@.*(?=\.)/, "@"), unit: user + unit };
}

/** A name as systemd escaped it. @param {string} text */
function unescaped(text) {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** By their units; and outside of units, those that share a namespace. @param {Member[]} members @return {Isolate[]} */
function groupsOf(members) {
  /** @type {Map<string, Member[]>} */
  const groups = new Map();
  /** @type {Map<string, Place>} */
  const places = new Map();
  /** @type {Member[]} */
  const loose = [];
  for (const member of members) {
    const place = placeIn(member.process.cgroup);
    const key = `group:unit:${place?.unit}`;
    if (!place) loose.push(member);
    else push(groups, key, member);
    if (place && !places.has(key)) places.set(key, place);
  }
  const root = rootsOf(loose);
  for (const member of loose) push(groups, `group:${root([...member.own.values()][0])}`, member);
  return [...groups].map(([key, list]) => isolate(key, places.get(key), list));
}

/** The smallest key among the namespaces that members share, by the key of one of them. @param {Member[]} members */
function rootsOf(members) {
  /** @type {Map<string, string>} */
  const above = new Map();
  const root = (/** @type {string} */ key) => {
    let at = key;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  for (const { own } of members) {
    const [least, ...others] = [...new Set([...own.values()].map(root))].sort();
    for (const other of others) above.set(other, least);
  }
  return root;
}

/** @param {string} key @param {Place|undefined} place @param {Member[]} members @return {Isolate} */
function isolate(key, place, members) {
  const processes = members
    .map(({ process }) => process)
    .sort((a, b) => a.pid - b.pid || a.start_ticks - b.start_ticks);
  const pids = new Set(processes.map(({ pid }) => pid));
  const heads = processes.filter(({ ppid }) => !pids.has(ppid));
  const [first] = (heads.length ? heads : [...processes]).sort(
    (a, b) => a.start_ticks - b.start_ticks || a.pid - b.pid,
  );
  const types = TYPES.filter((type) => members.some(({ own }) => own.has(type)));
  const { kind, name, program } = place ?? {
    kind: /** @type {const} */ ("sandbox"),
    name: `${first.comm} ${first.pid}`,
    program: first.comm,
  };
  return { key, kind, name, program, types, processes: [first, ...processes.filter((one) => one !== first)] };
}

/** With their pids where several have one name. @param {Isolate[]} all */
function distinct(all) {
  /** @type {Map<string, number>} */
  const names = new Map();
  for (const { name } of all) names.set(name, (names.get(name) ?? 0) + 1);
  return all.map((one) =>
    (names.get(one.name) ?? 0) > 1 ? { ...one, name: `${one.name} ${one.processes[0].pid}` } : one,
  );
}
