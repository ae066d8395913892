/** Which namespaces are shared, and with whom: with the host, or with other containers and groups. Pure. */

import { visibleName } from "../base/visible.js";
import { TYPES } from "./types.js";
import { isolatesOf } from "./isolation/isolated.js";
import { t } from "../base/i18n.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("./types.js").NamespaceType} NamespaceType
 * @typedef {import("./types.js").NamespaceSet} NamespaceSet
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./store.js").State} State
 * @typedef {import("./isolation/isolated.js").Isolate} Isolate
 * @typedef {"own"|"shared"|"host"|"unknown"} How
 * @typedef {{type: NamespaceType, key: string|null, how: How}} Cell
 *
 * @typedef {object} Sharing
 * @property {Map<string, Set<string>>} owners by namespace key, the owners of the processes in it: container
 *   ids, groups, and "" for the host's other processes
 * @property {Map<string, string>} groupOf  process key → the group it belongs to, outside containers
 * @property {Map<string, Process>} firstOf  group → its topmost process
 * @property {Map<string, Isolate>} isolateOf  what is isolated without a container, by its key and its processes’ keys
 * @property {Map<string, string>} initial  type to the key of the initial namespace
 */

/**
 * The types of which a container has a namespace of its own unless it is told otherwise.
 * @type {readonly NamespaceType[]}
 */
export const ISOLATED = ["mnt", "uts", "ipc", "pid", "net"];

/** @param {State} state @return {Sharing} */
export function findSharing(state) {
  const { groupOf, firstOf, isolateOf } = findGroups(state);
  /** @type {Map<string, Set<string>>} */
  const owners = new Map();
  /** @type {Map<NamespaceSet, Set<string>>} */
  const seen = new Map();
  for (const process of state.processes.values()) {
    const owner = process.container ?? groupOf.get(process.key) ?? "";
    const known = seen.get(process.namespaces);
    if (known?.has(owner)) continue;
    if (known) known.add(owner);
    else seen.set(process.namespaces, new Set([owner]));
    for (const type of TYPES) {
      const key = process.namespaces[type];
      if (key === null) continue;
      const set = owners.get(key);
      if (set) set.add(owner);
      else owners.set(key, new Set([owner]));
    }
  }
  const initial = new Map();
  for (const namespace of state.namespaces.values()) if (namespace.initial) initial.set(namespace.type, namespace.key);
  return { owners, initial, groupOf, firstOf, isolateOf };
}

/**
 * The owner of a process: its container, its group, or "" for the host.
 * @param {Sharing} sharing
 * @param {Process} process
 */
export function ownerOf(sharing, process) {
  return process.container ?? sharing.groupOf.get(process.key) ?? "";
}

/**
 * Isolates of several processes are groups: each is one unit, as a container is.
 * @param {State} state
 */
function findGroups(state) {
  /** @type {Pick<Sharing, "groupOf"|"firstOf"|"isolateOf">} */
  const found = { groupOf: new Map(), firstOf: new Map(), isolateOf: new Map() };
  for (const isolate of isolatesOf(state)) {
    const { key, processes } = isolate;
    found.isolateOf.set(key, isolate);
    for (const process of processes) found.isolateOf.set(process.key, isolate);
    if (processes.length < 2) continue;
    found.firstOf.set(key, processes[0]);
    for (const process of processes) found.groupOf.set(process.key, key);
  }
  return found;
}

/** The key by which an isolate is selected: its group’s, or its only process’s. @param {Isolate} isolate */
export function selectable({ key, processes }) {
  return processes.length > 1 ? key : processes[0].key;
}

/**
 * The eight cells of a set, as seen by `owner` (a container id, a group, or "" for another process of the host).
 * @param {State} state
 * @param {Sharing} sharing
 * @param {NamespaceSet} set
 * @param {string} owner
 * @return {Cell[]}
 */
export function strip(state, sharing, set, owner) {
  return TYPES.map((type) => {
    const key = set[type] ?? null;
    return { type, key, how: standing(state, sharing, key, owner) };
  });
}

/** @param {State} state @param {Sharing} sharing @param {string|null} key @param {string} owner @return {How} */
export function standing(state, sharing, key, owner) {
  if (key === null) return "unknown";
  if (state.namespaces.get(key)?.initial) return "host";
  const owners = sharing.owners.get(key);
  if (!owners || owners.size > 1 || !owners.has(owner)) return "shared";
  return owner === "" && (state.namespaces.get(key)?.processes ?? 0) > 1 ? "shared" : "own";
}

/** Whether every namespace that is known is the host's own. @param {State} state @param {NamespaceSet} set */
export function isInitial(state, set) {
  return TYPES.every((type) => {
    const key = set[type];
    return key === null || state.namespaces.get(key)?.initial === true;
  });
}

/** Whether nothing of the set could be read. @param {NamespaceSet} set */
export function isUnknown(set) {
  return TYPES.every((type) => set[type] === null);
}

/**
 * The namespaces that stand for a container: its init's, or where that is unknown those most of its processes have.
 * @param {State} state
 * @param {string} id
 * @param {Process[]} members
 * @return {NamespaceSet|null}
 */
export function setOfContainer(state, id, members) {
  const init = members.find((process) => process.pid === state.containers.get(id)?.init_pid);
  if (init && init.state !== "zombie" && !isUnknown(init.namespaces)) return init.namespaces;
  /** @type {Map<NamespaceSet, number>} */
  const counts = new Map();
  for (const process of members)
    if (process.state !== "zombie") counts.set(process.namespaces, (counts.get(process.namespaces) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** @param {State} state @param {string} id */
export function titleOf(state, id) {
  return state.containers.get(id)?.name || shortId(id);
}

/**
 * The name of a container, of what is isolated without one, or of the host.
 * @param {State} state
 * @param {Sharing} sharing
 * @param {string} owner
 */
export function ownerTitle(state, sharing, owner) {
  const isolate = sharing.isolateOf.get(owner);
  if (isolate) return visibleName(isolate.name);
  return owner === "" ? t("the host") : titleOf(state, owner);
}

/**
 * The types of the namespaces that a process entered: those that the container has to itself, or shares with others,
 * and not with the host.
 * @param {State} state
 * @param {Process} process
 * @return {NamespaceType[]}
 */
export function typesEntered(state, process) {
  const members = [...state.processes.values()].filter(({ container }) => container === process.entered);
  const home = process.entered ? setOfContainer(state, process.entered, members) : null;
  if (!home) return [];
  return TYPES.filter((type) => home[type] && process.namespaces[type] === home[type] && !isHosts(state, home[type]));
}

/** @param {State} state @param {string|null} key */
const isHosts = (state, key) => state.namespaces.get(key ?? "")?.initial === true;
