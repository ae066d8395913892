/** What keeps namespaces alive beside the processes in them. Pure. */

import { visible, visibleName } from "../base/visible.js";
import { mark, plural, t } from "../base/i18n.js";
import { push } from "../base/lists.js";

/**
 * @typedef {import("./types.js").Namespace} Namespace
 * @typedef {import("./types.js").Holder} Holder
 * @typedef {import("./types.js").HolderKind} HolderKind
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./store.js").State} State
 *
 * @typedef {object} Held  one thing that holds a namespace, in words
 * @property {string} text
 * @property {string|null} key  of the process or namespace that it is, or that has it
 */

/** @type {Record<HolderKind, string>} */
const KIND_WORDS = {
  thread: mark("thread {name} of {process}"),
  descriptor: mark("descriptor {name} of {process}"),
  socket: mark("socket {name} of {process}"),
  mount: mark("bind mount {name}"),
  pid_for_children: mark("{process}, for its children"),
  time_for_children: mark("{process}, for its children"),
};

/** What can be searched for. */
export const HOLDER_KINDS = Object.keys(KIND_WORDS);

/** The namespaces that no process lives in, in their order. @param {State} state */
export function orphansOf({ namespaces }) {
  return [...namespaces.values()].filter(({ processes, initial }) => processes === 0 && !initial);
}

/**
 * What holds a namespace beside its processes: holders, then the namespaces that it owns or contains.
 * @param {State} state
 * @param {Namespace} namespace
 * @return {Held[]}
 */
export function heldBy(state, namespace) {
  const held = (namespace.holders ?? []).flatMap(({ kind, count, some }) => {
    const named = some.map((holder) => say(state, kind, holder));
    const more = count - some.length;
    return more > 0 ? [...named, { text: t("and {count} more", { count: more }), key: null }] : named;
  });
  return [...held, ...namespacesIn(state, namespace)];
}

const NAMED = 5;

/** @param {State} state @param {Namespace} namespace @return {Held[]} */
function namespacesIn({ namespaces }, { key }) {
  const inside = [...namespaces.values()].filter((one) => one.key !== key && (one.parent === key || one.owner === key));
  const named = inside.slice(0, NAMED).map((one) => ({ text: `${one.type}:[${one.inode}]`, key: one.key }));
  if (inside.length <= NAMED) return named;
  const more = { count: inside.length - NAMED };
  return [
    ...named,
    { text: plural(more.count, "and {count} more namespace", "and {count} more namespaces"), key: null },
  ];
}

/** @param {State} state @param {HolderKind} kind @param {Holder} holder @return {Held} */
function say(state, kind, { pid, mount_namespace: within, name }) {
  const process = pid === null ? viewerOf(state, within) : findPid(state, pid);
  const words = t(KIND_WORDS[kind], { name: visible(name), process: nameOf(process, pid) });
  const space = within === null ? undefined : state.namespaces.get(within);
  if (kind !== "mount" || !space || space.initial) return { text: words, key: process?.key ?? null };
  const where = process ? nameOf(process, null) : `${space.type}:[${space.inode}]`;
  return { text: t("{what}, seen by {process}", { what: words, process: where }), key: process?.key ?? space.key };
}

/** @param {Process|undefined} process @param {number|null} pid */
const nameOf = (process, pid) => (process ? `${visibleName(process.comm)} (${process.pid})` : String(pid));

/** @param {State} state @param {number} pid */
function findPid({ processes }, pid) {
  for (const process of processes.values()) if (process.pid === pid) return process;
  return undefined;
}

/** The first process in a mount namespace; none for the host's own. @param {State} state @param {string|null} key */
function viewerOf({ processes, namespaces }, key) {
  if (key === null || namespaces.get(key)?.initial) return undefined;
  for (const process of processes.values()) if (process.namespaces.mnt === key) return process;
  return undefined;
}

/** "thread, bind mount ×2" of a value that history or a comparison holds. @param {Namespace["holders"]} holders */
export function sayHolders(holders) {
  if (!holders?.length) return t("none");
  return holders
    .map(({ kind, count, some }) => {
      const name = kind === "mount" && some.length ? visible(some[0].name) : kind.replaceAll("_", " ");
      return count > 1 ? `${name} ×${count}` : name;
    })
    .join(", ");
}

/** What a search reads of a namespace: kinds, paths. @param {Namespace} namespace @return {string[]} */
export function wordsOfHolders({ holders }) {
  return (holders ?? []).flatMap(({ kind, some }) => [kind, ...(kind === "mount" ? some.map(({ name }) => name) : [])]);
}

/** @type {WeakMap<State["namespaces"], Map<number, Namespace[]>>} */
const known = new WeakMap();

/**
 * The namespaces without a process that each process keeps alive, by pid. A bind mount counts for the first process of
 * the mount namespace that it is in.
 * @param {State} state
 */
export function orphansByPid(state) {
  const before = known.get(state.namespaces);
  if (before) return before;
  /** @type {Map<number, Namespace[]>} */
  const found = new Map();
  const orphans = orphansOf(state);
  const firsts = orphans.length ? firstsIn(state) : new Map();
  for (const orphan of orphans)
    for (const { pid, mount_namespace: within } of (orphan.holders ?? []).flatMap(({ some }) => some)) {
      const keeper = pid ?? firsts.get(within);
      if (keeper !== undefined && !found.get(keeper)?.includes(orphan)) push(found, keeper, orphan);
    }
  known.set(state.namespaces, found);
  return found;
}

/** The lowest pid in each mount namespace. @param {State} state */
function firstsIn({ processes }) {
  /** @type {Map<string|null, number>} */
  const firsts = new Map();
  for (const { pid, namespaces } of processes.values())
    firsts.set(namespaces.mnt, Math.min(pid, firsts.get(namespaces.mnt) ?? pid));
  firsts.delete(null);
  return firsts;
}

/**
 * Who lived in it last, by the newest stay that has ended; null: history knows of nobody.
 * @param {import("../net/api.js").Life} life
 */
export function lastOwner(life) {
  const ended = life.members.filter((member) => member.until_at !== null);
  if (!ended.length) return null;
  const last = ended.reduce((one, other) => ((other.until_seq ?? 0) > (one.until_seq ?? 0) ? other : one));
  return { name: last.name || last.container?.slice(0, 12) || last.comm, until: last.until_at ?? "" };
}
