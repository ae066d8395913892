/**
 * What of a state the graph is about: which process lives in which unit, what is left out, what stands for each
 * container. Pure.
 */

import { TYPES } from "../../model/types.js";
import { groupOf } from "../../model/grouping/groups.js";
import { prefixesOf } from "../../model/grouping/projects.js";
import { isKernelThread } from "../../model/isolation/isolated.js";
import { findSharing, isInitial, ownerOf, setOfContainer } from "../../model/sharing.js";

/**
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("./graph.js").ViewOptions} ViewOptions
 *
 * @typedef {object} Facts
 * @property {State} state
 * @property {ViewOptions} options
 * @property {import("../../model/sharing.js").Sharing} sharing
 * @property {Map<number, Process>} byPid
 * @property {Map<string, import("../../model/types.js").ChainLink>} inChain  process key → its step of a chain
 * @property {Map<string, string>} unitOf  process key → container or group, of processes and their shims
 * @property {Map<string, Process[]>} members  container or group → its processes
 * @property {Map<string, NamespaceSet|null>} around  container or group → the set that stands for it
 * @property {Process[]} crowd  the host's processes that live in the initial namespaces only
 * @property {Map<string, Process[]>} shown  unit (a container, a group, or "host") → its processes that may be drawn
 * @property {number} kernel
 * @property {Map<string, string>} sections  container → the name of its group
 * @property {Map<string, string>} prefixes  what the names of a container's project begin with, by container
 */

/** Cost: two passes over the processes. @param {State} state @param {ViewOptions} options @return {Facts} */
export function gatherFacts(state, options) {
  const ordered = inOrder(state);
  const byPid = new Map(ordered.map((process) => [process.pid, process]));
  /** @type {Facts} */
  const facts = {
    state,
    options,
    sharing: findSharing(state),
    byPid,
    inChain: new Map(),
    unitOf: new Map(),
    members: new Map(),
    around: new Map(),
    crowd: [],
    shown: new Map(),
    kernel: 0,
    sections: groupsIn(state, options.by),
    prefixes: prefixesOf(state.containers.values()),
  };
  readChains(facts);
  const kthreadd = byPid.get(2)?.comm === "kthreadd";
  for (const process of ordered) admit(facts, process, kthreadd);
  for (const [id, processes] of facts.members) facts.around.set(id, setOfContainer(state, id, processes));
  return facts;
}

/** @param {State} state @param {import("../../model/grouping/groups.js").By} by */
function groupsIn(state, by) {
  /** @type {Map<string, string>} */
  const groups = new Map();
  for (const container of state.containers.values()) {
    const group = groupOf(container, by);
    if (group !== null) groups.set(container.id, group);
  }
  return groups;
}

/** By pid; a state comes in this order, and what was added to it since stands at its end. @param {State} state */
function inOrder(state) {
  return [...state.processes.values()].sort((a, b) => a.pid - b.pid || a.start_ticks - b.start_ticks);
}

/** @param {Facts} facts @param {Process} process @param {boolean} kthreadd  whether pid 2 is the kernel's */
function admit(facts, process, kthreadd) {
  const { state, options, inChain, unitOf } = facts;
  const link = inChain.get(process.key);
  const owner = link ? process.container : ownerOf(facts.sharing, process);
  if (owner) {
    unitOf.set(process.key, owner);
    push(facts.members, owner, process);
  }
  const kernel = kthreadd && isKernelThread(process);
  if (kernel) facts.kernel += 1;
  if (kernel && !options.kernel) return;
  const plain = process.container === null && !link && process.role === null && isInitial(state, process.namespaces);
  if (plain && !options.host && !kernel) facts.crowd.push(process);
  else push(facts.shown, unitOf.get(process.key) ?? "host", process);
}

/** @param {Facts} facts */
function readChains({ state, byPid, inChain, unitOf }) {
  for (const chain of [...state.chains.values()].sort((a, b) => (a.container < b.container ? -1 : 1))) {
    for (const link of chain.links) {
      const process = byPid.get(link.pid);
      if (!process) continue;
      if (!inChain.has(process.key)) inChain.set(process.key, link);
      if (link.role === "shim" && !unitOf.has(process.key)) unitOf.set(process.key, chain.container);
    }
  }
}

/**
 * Which types of a set are the host's (h), not the host's (o) or unknown (u).
 * @param {State} state
 * @param {NamespaceSet} set
 */
export function patternOf(state, set) {
  return TYPES.map((type) =>
    set[type] === null ? "u" : state.namespaces.get(set[type] ?? "")?.initial ? "h" : "o",
  ).join("");
}

/** @type {WeakMap<NamespaceSet, string>} */
const setNames = new WeakMap();

/**
 * A short name for a set, the same for equal sets; remembered, as thousands of processes share few sets.
 * @param {NamespaceSet} set
 */
export function nameOfSet(set) {
  const known = setNames.get(set);
  if (known) return known;
  const name = hash(TYPES.map((type) => set[type] ?? "").join("|"));
  setNames.set(set, name);
  return name;
}

/** @param {string} text */
function hash(text) {
  let value = 0;
  for (let index = 0; index < text.length; index++) value = (value * 31 + text.charCodeAt(index)) | 0;
  return (value >>> 0).toString(36);
}

/**
 * Add to the list that is kept under a key.
 * @template V
 * @param {Map<string, V[]>} map
 * @param {string} key
 * @param {V} value
 */
export function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
