/** Which namespaces are shared, and with whom: with the host, or with other containers and groups. Pure. */

import { visibleName } from "../base/visible.js";
import { TYPES } from "./types.js";
import { t } from "../base/i18n.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("./types.js").NamespaceType} NamespaceType
 * @typedef {import("./types.js").NamespaceSet} NamespaceSet
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./store.js").State} State
 * @typedef {"own"|"shared"|"host"|"unknown"} How
 * @typedef {{type: NamespaceType, key: string|null, how: How}} Cell
 *
 * @typedef {object} Sharing
 * @property {Map<string, Set<string>>} owners by namespace key, the owners of the processes in it: container
 *   ids, groups, and "" for the host's other processes
 * @property {Map<NamespaceSet, string>} groupOf set of a process outside containers → the group of those it shares a
 *   namespace with
 * @property {Map<string, Process>} firstOf  group → its process with the lowest pid
 * @property {Map<string, string>} initial  type to the key of the initial namespace
 */

/**
 * The types of which a container has a namespace of its own unless it is told otherwise.
 * @type {readonly NamespaceType[]}
 */
export const ISOLATED = ["mnt", "uts", "ipc", "pid", "net"];

/** @param {State} state @return {Sharing} */
export function findSharing(state) {
  const { groupOf, firstOf } = findGroups(state);
  /** @type {Map<string, Set<string>>} */
  const owners = new Map();
  /** @type {Map<NamespaceSet, Set<string>>} */
  const seen = new Map();
  for (const process of state.processes.values()) {
    const owner = process.container ?? groupOf.get(process.namespaces) ?? "";
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
  return { owners, initial, groupOf, firstOf };
}

/**
 * The owner of a process: its container, its group, or "" for the host.
 * @param {Sharing} sharing
 * @param {Process} process
 */
export function ownerOf(sharing, process) {
  return process.container ?? sharing.groupOf.get(process.namespaces) ?? "";
}

/**
 * Isolation without containers (sandboxes, services with private mounts): processes of the host that share a namespace
 * which is not the host's form a group, named by the smallest key among its namespaces.
 * @param {State} state
 */
function findGroups(state) {
  /** @type {Map<string, string>} */
  const above = new Map();
  const root = (/** @type {string} */ key) => {
    let at = key;
    for (let next = above.get(at); next !== undefined && next !== at; next = above.get(at)) at = next;
    return at;
  };
  /** @type {Map<NamespaceSet, {count: number, first: Process, keys: string[]}>} */
  const sets = new Map();
  for (const process of state.processes.values()) {
    if (process.container !== null) continue;
    const known = sets.get(process.namespaces);
    if (known) {
      known.count += 1;
      if (process.pid < known.first.pid) known.first = process;
    } else sets.set(process.namespaces, { count: 1, first: process, keys: ownKeys(state, process.namespaces) });
  }
  for (const { keys } of sets.values()) {
    for (const key of keys) {
      const [a, b] = [root(keys[0]), root(key)];
      above.set(a < b ? b : a, a < b ? a : b);
    }
  }
  return namedGroups(sets, root);
}

/**
 * @param {Map<NamespaceSet, {count: number, first: Process, keys: string[]}>} sets
 * @param {(key: string) => string} root
 */
function namedGroups(sets, root) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { keys, count } of sets.values())
    if (keys.length) counts.set(root(keys[0]), (counts.get(root(keys[0])) ?? 0) + count);
  /** @type {Map<NamespaceSet, string>} */
  const groupOf = new Map();
  /** @type {Map<string, Process>} */
  const firstOf = new Map();
  for (const [set, { keys, first }] of sets) {
    if (!keys.length || (counts.get(root(keys[0])) ?? 0) < 2) continue;
    const group = `group:${root(keys[0])}`;
    groupOf.set(set, group);
    const known = firstOf.get(group);
    if (!known || first.pid < known.pid) firstOf.set(group, first);
  }
  return { groupOf, firstOf };
}

/** The namespaces of a set that are not the host's. @param {State} state @param {NamespaceSet} set */
function ownKeys(state, set) {
  return TYPES.map((type) => set[type] ?? "").filter((key) => state.namespaces.get(key)?.initial === false);
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
 * The name of a container, of a group (after its first process), or of the host.
 * @param {State} state
 * @param {Sharing} sharing
 * @param {string} owner
 */
export function ownerTitle(state, sharing, owner) {
  const first = sharing.firstOf.get(owner);
  if (first) return `${visibleName(first.comm)} ${first.pid}`;
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
