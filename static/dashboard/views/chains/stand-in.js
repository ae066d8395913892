/** A process that stands in for a container without one, so that a search can test the container. Pure. */

import { TYPES } from "../../model/types.js";

/** Namespaces that are not known. */
export const UNKNOWN = /** @type {import("../../model/types.js").NamespaceSet} */ (
  Object.fromEntries(TYPES.map((type) => [type, null]))
);

/**
 * It is known by the name, image and state of its container alone.
 * @param {string} id  of the container
 * @return {import("../../model/types.js").Process}
 */
export function standIn(id) {
  return {
    key: "",
    pid: -1,
    ppid: -1,
    start_ticks: 0,
    comm: "",
    cmdline: [],
    uid: null,
    nspid: [],
    cgroup: null,
    container: id,
    role: null,
    namespaces: UNKNOWN,
  };
}
