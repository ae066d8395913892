/**
 * Containers left behind: each runs in a namespace that the container it was to share it with has left, because that
 * one was restarted, stopped or removed. What cannot be seen is neither. `inspector/facts/left.py` decides the same.
 * Pure.
 */

import { push } from "../base/lists.js";
import { t } from "../base/i18n.js";
import { visibleName } from "../base/visible.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("./types.js").NamespaceType} NamespaceType
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./store.js").State} State
 *
 * @typedef {object} Left
 * @property {NamespaceType} type
 * @property {string} other  the other container, as declared: an id or a name
 * @property {Container|null} target  that container, if it is there
 * @property {"restarted"|"stopped"|"removed"} how
 */

/** Of each type that can be another container's, the field of `declared` that says whose. */
const FIELDS = /** @type {const} */ ({ net: "network", ipc: "ipc", pid: "pid" });
const JOINED = "container:";
const RUNNING = new Set(["running", "paused"]);
const RUNTIMES = new Set(["runc", "crun", "youki", "exe"]);

/**
 * What was found, and at which snapshot: a live state changes in place.
 * @type {WeakMap<State, {seq: number, found: Map<string, Left[]>}>}
 */
const known = new WeakMap();

/** By container, the namespaces that it was left behind in. @param {State} state @return {Map<string, Left[]>} */
export function leftOf(state) {
  const held = known.get(state);
  if (held?.seq === state.seq) return held.found;
  const found = findLeft(state);
  known.set(state, { seq: state.seq, found });
  return found;
}

/** @param {State} state */
function findLeft(state) {
  const wanted = [...state.containers.values()].flatMap(wantedOf);
  const homes = wanted.length ? homesOf(state) : new Map();
  const complete = ![...state.gaps.values()].some(({ pid, what }) => pid === null && what === "docker");
  /** @type {Map<string, Left[]>} */
  const found = new Map();
  for (const { id, type, other } of wanted) {
    const own = spaceOf(homes.get(id), type);
    const target = own === null ? null : targetOf(state, other);
    const how = own === null ? null : fateOf(target, homes, type, own, complete);
    if (how) push(found, id, { type, other, target, how });
  }
  return found;
}

/** @param {Container} container @return {{id: string, type: NamespaceType, other: string}[]} */
function wantedOf({ id, declared }) {
  const types = /** @type {("net"|"ipc"|"pid")[]} */ (Object.keys(FIELDS));
  return types.flatMap((type) => {
    const mode = declared?.[FIELDS[type]] ?? "";
    return mode.startsWith(JOINED) ? [{ id, type, other: mode.slice(JOINED.length) }] : [];
  });
}

/** @param {Container} container */
const isUp = ({ init_pid, state }) => init_pid !== null || RUNNING.has(state);

/** The process that stands for each running container: its init, else its oldest. @param {State} state */
function homesOf(state) {
  /** @type {Map<string, Process>} */
  const homes = new Map();
  for (const process of state.processes.values()) {
    const container = state.containers.get(process.container ?? "");
    if (!container || !isUp(container)) continue;
    const home = homes.get(container.id);
    if (!home || process.pid === container.init_pid || (home.pid !== container.init_pid && isOlder(process, home)))
      homes.set(container.id, process);
  }
  return homes;
}

/** @param {Process} a @param {Process} b */
const isOlder = (a, b) => a.start_ticks < b.start_ticks || (a.start_ticks === b.start_ticks && a.pid < b.pid);

/**
 * The namespace of a home; null where it is unknown, or is still being set up.
 * @param {Process|undefined} home
 * @param {NamespaceType} type
 */
function spaceOf(home, type) {
  return !home || RUNTIMES.has(home.comm.split(":")[0]) ? null : home.namespaces[type];
}

/** @param {State} state @param {string} other @return {Container|null} */
function targetOf({ containers }, other) {
  return containers.get(other) ?? [...containers.values()].find(({ name }) => name === other) ?? null;
}

/**
 * What became of the other container; null: both are together, or it is not known.
 * @param {Container|null} target
 * @param {Map<string, Process>} homes
 * @param {NamespaceType} type
 * @param {string} own
 * @param {boolean} complete  whether an engine listed all containers
 * @return {Left["how"]|null}
 */
function fateOf(target, homes, type, own, complete) {
  if (!target) return complete ? "removed" : null;
  if (!isUp(target)) return "stopped";
  const space = spaceOf(homes.get(target.id), type);
  return space === null || space === own ? null : "restarted";
}

/** What the other container is called. @param {Left} left */
export const nameOfOther = ({ target, other }) => visibleName(target?.name || shortId(other));

/** "in a network namespace that web has left". @param {string} type @param {string} other */
export function sayLeft(type, other) {
  if (type === "net") return t("in a network namespace that {container} has left", { container: other });
  if (type === "ipc") return t("in an IPC namespace that {container} has left", { container: other });
  return t("in a PID namespace that {container} has left", { container: other });
}
