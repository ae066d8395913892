/** Which fields of a fact are known: unknown is not none, so that what was told late did not change. Pure. */

/** @typedef {import("./types.js").Container} Container */

const RUNNING = new Set(["running", "paused"]);
/** The fields that are null where they could not be read. */
const UNREADABLE = new Set(["uid", "cgroup", "ns_id", "owner", "parent", "declared", "shim_pid"]);
/** Of a container: empty where no engine told. */
const TOLD = new Set(["name", "image", "engine", "state"]);

/**
 * Whether a field of a process, namespace or container is known. `inspector/history/queries/known.py` decides the same.
 * @param {Record<string, any>} fact
 * @param {string} field
 */
export function isKnown(fact, field) {
  if (UNREADABLE.has(field)) return (fact[field] ?? null) !== null;
  if (!("image" in fact)) return field !== "container" || fact.container !== null || fact.cgroup !== null;
  const container = /** @type {Container} */ (fact);
  const { state, init_pid, image } = container;
  if (field === "init_pid") return init_pid !== null || !RUNNING.has(state);
  if (field === "limits") return RUNNING.has(state) && init_pid !== null;
  if (field === "labels") return image !== "";
  return !TOLD.has(field) || fact[field] !== "";
}

/**
 * Whether a part of a field is known on both sides: a namespace whose link could not be read is not.
 * @param {import("./field-text.js").FieldChange} change
 */
export const isKnownPart = ({ field, before, after }) =>
  !field.startsWith("namespaces ") || ((before ?? null) !== null && (after ?? null) !== null);
