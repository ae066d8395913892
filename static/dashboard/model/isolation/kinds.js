/** How many containers, pods, machines, services and sandboxes a state has. Pure. */

import { isolatesOf } from "./isolated.js";

/**
 * @typedef {object} Kinds
 * @property {number} containers  without the sandboxes of pods, and without machines
 * @property {number} pods
 * @property {number} machines  containers with an init system inside: LXC, systemd-nspawn
 * @property {number} services
 * @property {number} sandboxes  isolated without a container
 */

/** @param {import("../store.js").State} state @return {Kinds} */
export function countKinds(state) {
  const all = [...state.containers.values()];
  const isolates = isolatesOf(state);
  const of = (/** @type {string} */ kind) => all.filter((one) => (one.kind ?? "container") === kind).length;
  return {
    containers: of("container"),
    pods: new Set(all.flatMap(({ pod }) => pod?.id ?? [])).size,
    machines: of("system"),
    services: isolates.filter(({ kind }) => kind === "service").length,
    sandboxes: isolates.filter(({ kind }) => kind === "sandbox").length,
  };
}
