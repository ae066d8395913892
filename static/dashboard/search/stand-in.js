/** A process that stands in for a container, so that a search can test the container itself. Pure. */

import { TYPES } from "../model/types.js";

/** Namespaces that are not known. */
export const UNKNOWN = /** @type {import("../model/types.js").NamespaceSet} */ (
  Object.fromEntries(TYPES.map((type) => [type, null]))
);

/**
 * It has what belongs to the container, and nothing that belongs to one process. No number equals its pids.
 * @param {string} id  of the container
 * @param {import("../model/types.js").NamespaceSet|null} [namespaces]  of the container, where it has processes
 * @return {import("../model/types.js").Process}
 */
export function standIn(id, namespaces = null) {
  return {
    key: "",
    pid: Number.NaN,
    ppid: Number.NaN,
    start_ticks: 0,
    comm: "",
    cmdline: [],
    uid: null,
    nspid: [],
    cgroup: null,
    container: id,
    role: null,
    namespaces: namespaces ?? UNKNOWN,
  };
}
