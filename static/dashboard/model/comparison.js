/** The union of two states of one host: everything that is in either, and whether it came, went or changed. Pure. */

import { isEqual, spread } from "./field-text.js";
import { stateFrom, toHostState } from "./store.js";

/**
 * @typedef {import("./store.js").State} State
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("../views/graph/graph.js").GraphNode} GraphNode
 * @typedef {"came"|"went"|"changed"} Fate
 * @typedef {"before"|"both"|"after"} Side
 * @typedef {import("./field-text.js").FieldChange} FieldChange
 *
 * @typedef {object} Union
 * @property {State} state  of what is in both, the later facts
 * @property {State} before
 * @property {State} after
 * @property {Map<string, Fate>} fates  by key of process, namespace and container; a key that is missing did not change
 */

const SECTIONS = /** @type {const} */ (["processes", "namespaces", "containers", "chains"]);
const DERIVED = new Set(["processes"]); // follows from other facts
const RUNNING = new Set(["running", "paused"]);
/** The fields that are null where no engine told, or they could not be read. */
const OF_ENGINE = ["declared", "oom_killed", "restarts", "health", "ports", "health_check", "pod"];
const UNREADABLE = new Set(["uid", "cgroup", "ns_id", "owner", "parent", "shim_pid", ...OF_ENGINE]);
/** Of a container: empty where no engine told. */
const TOLD = new Set(["name", "image", "engine", "state"]);

/** @param {State} before @param {State} after @return {Union} */
export function unite(before, after) {
  const [old, whole] = [toHostState(before), toHostState(after)];
  /** @type {Map<string, Fate>} */
  const fates = new Map();
  for (const name of SECTIONS) {
    if (name !== "chains") compareFacts(before[name], after[name], fates);
    const gone = old[name].filter((/** @type {any} */ fact) => !after[name].has(fact.key ?? fact.id ?? fact.container));
    // What went comes first, so that a pid that was used again belongs to the later process.
    /** @type {any} */ (whole)[name] = [...gone, ...whole[name]];
  }
  const state = stateFrom(whole, after.seq);
  for (const [id, chain] of before.chains) {
    const later = after.chains.get(id);
    if (later && !isEqual(chain, later)) state.chains.set(`${id}|before`, chain);
  }
  return { state, before, after, fates };
}

/** @param {Map<string, any>} before @param {Map<string, any>} after @param {Map<string, Fate>} fates */
function compareFacts(before, after, fates) {
  for (const [key, fact] of after) {
    const old = before.get(key);
    if (!old) fates.set(key, "came");
    else if (!isEqual(old, fact)) fates.set(key, "changed");
  }
  for (const key of before.keys()) if (!after.has(key)) fates.set(key, "went");
}

/**
 * The fields of one thing that differ between the two states. Both must know them.
 * @param {Union} union
 * @param {string} key
 * @return {FieldChange[]}
 */
export function changesOf({ before, after }, key) {
  for (const name of /** @type {const} */ (["processes", "containers", "namespaces"])) {
    const [old, now] = [/** @type {any} */ (before[name].get(key)), /** @type {any} */ (after[name].get(key))];
    if (!old || !now) continue;
    return Object.keys({ ...old, ...now })
      .filter((field) => !DERIVED.has(field) && !isEqual(old[field], now[field]))
      .filter((field) => isKnown(old, field) && isKnown(now, field))
      .flatMap((field) => spread(field, old[field], now[field]))
      .filter(isKnownPart);
  }
  return [];
}

/**
 * Whether each node of the union's graph came, went or changed; a node that is missing did not change.
 * @param {Union} union
 * @param {Graph} graph
 * @return {Map<string, {fate: Fate, came: number, went: number, changed: number}>}
 */
export function fatesOfNodes({ fates, state }, graph) {
  const found = new Map();
  for (const node of graph.nodes) {
    const keys = node.kind === "hub" ? node.spaces : node.members;
    const tally = { came: 0, went: 0, changed: 0 };
    for (const key of keys) {
      const fate = fates.get(key);
      if (fate) tally[fate] += 1;
    }
    const own = node.kind === "card" ? fates.get(node.key) : undefined;
    const fate = own === "came" || own === "went" ? own : fateOfTally(tally, keys.length, own);
    if (fate) found.set(node.key, { fate, ...tally });
  }
  for (const { key } of graph.groups) {
    const fate = state.containers.has(key) ? fates.get(key) : undefined;
    if (fate) found.set(key, { fate, came: 0, went: 0, changed: 0 });
  }
  return found;
}

/**
 * @param {{came: number, went: number, changed: number}} tally
 * @param {number} all
 * @param {Fate|undefined} own
 * @return {Fate|undefined}
 */
function fateOfTally({ came, went, changed }, all, own) {
  if (all > 0 && came === all) return "came";
  if (all > 0 && went === all) return "went";
  return came || went || changed || own ? "changed" : undefined;
}

/**
 * The nodes and groups that one side does not have. Both sides have everything.
 * @param {Union} union
 * @param {Graph} graph
 * @param {Side} side
 * @return {Set<string>}
 */
export function hiddenOn(union, graph, side) {
  const absent = side === "before" ? "came" : "went";
  const hidden = new Set();
  if (side === "both") return hidden;
  for (const [key, { fate }] of fatesOfNodes(union, graph)) if (fate === absent) hidden.add(key);
  return hidden;
}

/** How many things came, went and changed. @param {Union} union */
export function tallyOf({ fates, state }) {
  const tally = { came: 0, went: 0, changed: 0 };
  for (const [key, fate] of fates)
    if (state.processes.has(key) || state.containers.has(key) || state.namespaces.has(key)) tally[fate] += 1;
  return tally;
}

/** The two moments, by number and time in milliseconds. @param {Union} union */
export function endsOf({ before, after }) {
  return {
    before: { seq: before.seq, at: Date.parse(before.taken_at) },
    after: { seq: after.seq, at: Date.parse(after.taken_at) },
  };
}

/**
 * Whether a field of a process, namespace or container is known. `inspector/history/queries/known.py` decides the same.
 * @param {Record<string, any>} fact
 * @param {string} field
 */
function isKnown(fact, field) {
  if (UNREADABLE.has(field)) return (fact[field] ?? null) !== null;
  if (!("image" in fact)) return field !== "container" || fact.container !== null || fact.cgroup !== null;
  const container = /** @type {Container} */ (fact);
  const { state, init_pid, image } = container;
  if (field === "init_pid") return init_pid !== null || !RUNNING.has(state);
  if (field === "exit_code") return (fact.exit_code ?? null) !== null || init_pid !== null || RUNNING.has(state);
  if (field === "limits") return RUNNING.has(state) && init_pid !== null;
  if (field === "labels") return image !== "";
  return !TOLD.has(field) || fact[field] !== "";
}

/**
 * Whether a part of a field is known on both sides: a namespace whose link could not be read is not.
 * @param {import("./field-text.js").FieldChange} change
 */
const isKnownPart = ({ field, before, after }) =>
  !field.startsWith("namespaces ") || ((before ?? null) !== null && (after ?? null) !== null);

/**
 * Rows with those first that changed between the two moments, or only those; as they are without a comparison.
 * @template T
 * @param {T[]} rows
 * @param {{union: Union|null, view: {changes: boolean}}} page
 * @param {(row: T) => boolean} changed
 * @return {T[]}
 */
export function changedFirst(rows, { union, view }, changed) {
  if (!union) return rows;
  const first = rows.filter(changed);
  return view.changes ? first : [...first, ...rows.filter((row) => !changed(row))];
}

/**
 * The containers that took the place of others: under the same name, or in the same place of a Compose project.
 * `inspector/analysis/compare/headlines/replaced.py` decides the same.
 * @param {Iterable<Container>} gone
 * @param {Iterable<Container>} came
 * @return {Map<string, string>} the later one → the earlier one
 */
export function replacedIn(gone, came) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const rule of [nameOf, placeOf]) {
    const earlier = new Set(found.values());
    const old = soleOf(
      [...gone].filter(({ id }) => !earlier.has(id)),
      rule,
    );
    const now = soleOf(
      [...came].filter(({ id }) => !found.has(id)),
      rule,
    );
    for (const [place, id] of now) if (id && old.get(place)) found.set(id, /** @type {string} */ (old.get(place)));
  }
  return found;
}

/** @param {Container} container */
const nameOf = ({ engine, name }) => (name ? JSON.stringify([engine, name]) : null);

/** @param {Container} container */
function placeOf({ labels }) {
  const place = ["project", "service", "container-number"].map((name) => labels[`com.docker.compose.${name}`] ?? "");
  return place.every(Boolean) ? JSON.stringify(place) : null;
}

/**
 * Name or place → the container; null where several have it.
 * @param {Container[]} containers
 * @param {(container: Container) => string|null} rule
 */
function soleOf(containers, rule) {
  /** @type {Map<string, string|null>} */
  const found = new Map();
  for (const container of containers) {
    const place = rule(container);
    if (place !== null) found.set(place, found.has(place) ? null : container.id);
  }
  return found;
}
