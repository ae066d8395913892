/** Who shares which namespace: how a set stands to the host and to the others. Pure. */

import { TYPES } from "./shapes.js";

/**
 * @typedef {import("./shapes.js").NamespaceType} NamespaceType
 * @typedef {import("./shapes.js").NamespaceSet} NamespaceSet
 * @typedef {import("./shapes.js").Process} Process
 * @typedef {import("./store.js").State} State
 * @typedef {"own"|"shared"|"host"|"unknown"} How
 * @typedef {{type: NamespaceType, key: string|null, how: How}} Cell
 *
 * @typedef {object} Sharing
 * @property {Map<string, Set<string>>} owners  namespace key to those who live in it: container ids, and "" for the host's processes
 * @property {Map<string, string>} initial  type to the key of the initial namespace
 */

/** @param {State} state @return {Sharing} */
export function findSharing(state) {
  /** @type {Map<string, Set<string>>} */
  const owners = new Map();
  /** @type {Map<NamespaceSet, Set<string>>} */
  const seen = new Map();
  for (const process of state.processes.values()) {
    const owner = process.container ?? "";
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
  for (const space of state.namespaces.values()) if (space.initial) initial.set(space.type, space.key);
  return { owners, initial };
}

/** The eight cells of a set, as seen by `owner` (a container id, or "" for a process of the host). @param {State} state @param {Sharing} sharing @param {NamespaceSet} set @param {string} owner @return {Cell[]} */
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

/** The namespaces that stand for a container: its init's, or where that is unknown those most of its processes have. @param {State} state @param {string} id @param {Process[]} members @return {NamespaceSet|null} */
export function setOfContainer(state, id, members) {
  const init = members.find((process) => process.pid === state.containers.get(id)?.init_pid);
  if (init && !isUnknown(init.namespaces)) return init.namespaces;
  /** @type {Map<NamespaceSet, number>} */
  const counts = new Map();
  for (const process of members) counts.set(process.namespaces, (counts.get(process.namespaces) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
