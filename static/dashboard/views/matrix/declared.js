/** The namespaces that a container was declared to have, against those that are observed. Pure. */

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("./matrix.js").Standing} Standing
 *
 * @typedef {"network"|"pid"|"ipc"|"uts"|"userns"|"cgroupns"} Field  of what an engine declares
 * @typedef {{field: Field, value: string}} Declared
 * @typedef {"host"|"own"|"joined"|"unknown"} Expected
 */

const FIELD_OF = /** @type {Partial<Record<NamespaceType, Field>>} */ ({
  net: "network",
  pid: "pid",
  ipc: "ipc",
  uts: "uts",
  user: "userns",
  cgroup: "cgroupns",
});

/**
 * What was declared, where something else is observed; null where they agree or nothing can be told.
 * @param {State} state
 * @param {Container} container
 * @param {Standing} standing
 * @return {Declared|null}
 */
export function differingDeclaration(state, container, standing) {
  const field = FIELD_OF[standing.type];
  if (!field || !container.declared || standing.key === null) return null;
  const value = container.declared[field];
  return agrees(state, expectedOf(field, value), value, standing) ? null : { field, value };
}

/** @param {State} state @param {Expected} expected @param {string} value @param {Standing} standing */
function agrees(state, expected, value, { type, key, how }) {
  if (expected === "host") return how === "host";
  if (expected === "own") return how !== "host";
  if (expected === "joined") return joins(state, type, key, value.slice(value.indexOf(":") + 1));
  return true;
}

/**
 * What a mode of `docker create` leads to. `unknown`: it depends on the daemon or on the version of cgroups.
 * An empty `userns` follows the daemon's userns-remap; an empty `cgroupns` is private with cgroup v2 and the host's
 * with v1.
 * @param {Field} field
 * @param {string} value
 * @return {Expected}
 */
export function expectedOf(field, value) {
  if (value === "host") return "host";
  if (value.startsWith("container:")) return "joined";
  if (value.includes(":")) return "unknown"; // podman's ns:/path
  if (field === "network") return "own"; // default, bridge, none, or the name of a network
  if (value === "") return field === "userns" || field === "cgroupns" ? "unknown" : "own";
  return value === "private" || value === "shareable" || value === "none" ? "own" : "unknown";
}

/**
 * Whether a namespace is that of another container; true where that one is not known.
 * @param {State} state
 * @param {NamespaceType} type
 * @param {string|null} key
 * @param {string} other  the id or the name of the other container
 */
function joins(state, type, key, other) {
  const { containers, processes } = state;
  const target =
    containers.get(other) ?? [...containers.values()].find(({ name, id }) => name === other || id.startsWith(other));
  const init =
    target && [...processes.values()].find(({ pid, container }) => pid === target.init_pid && container === target.id);
  const known = init?.namespaces[type] ?? null;
  return known === null || known === key;
}
