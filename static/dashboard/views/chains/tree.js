/**
 * Who started whom, as a tree: daemon → manager → shim → container init → children, and apart from it the host's other
 * processes. Pure.
 */

import { TYPES } from "../../model/types.js";
import { UNKNOWN } from "../../search/stand-in.js";
import { findKinship } from "./kinship.js";
import { foldAlike } from "./fold-alike.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("./kinship.js").Kinship} Kinship
 *
 * @typedef {object} Step  a process, or what stands for several things
 * @property {string} id  key of the process, or what the fold is known by
 * @property {"process"|"alike"|"host"|"idle"|"container"} kind  `alike`: siblings that look the same; `host`: what
 *   belongs to no chain; `idle`: containers without a process
 * @property {Process|null} process  of `alike`, the first of them
 * @property {Container|null} container  the one that begins here, or that has no process
 * @property {import("./kinship.js").Via|null} via  how it is linked to the step above
 * @property {NamespaceType[]} changes  the types in which it is known to differ from the step above, or the first step
 *   from the host
 * @property {Step[]} children
 * @property {number} size  processes below it
 *
 * @typedef {object} TreeInput
 * @property {State} state
 * @property {{before: State, after: State}|null} [sides]  of a comparison: pids mean something on one side only
 * @property {(process: Process) => boolean} [admits]  what is shown at all
 */

/**
 * The first steps: the chains, by pid; then the host's other processes; then containers without a process. Cost: a few
 * passes over the processes.
 * @param {TreeInput} input
 * @return {Step[]}
 */
export function buildTree(input) {
  const kinship = findKinship(input);
  const initial = initialSet(input.state);
  const stepsOf = (/** @type {Process[]} */ processes) =>
    foldAlike(
      processes.map((process) => stepOf(kinship, process, initial)),
      kinship,
    );
  const chains = kinship.tops.filter(({ key }) => kinship.inChain.has(key));
  const others = kinship.tops.filter(({ key }) => !kinship.inChain.has(key));
  return [
    ...stepsOf(chains),
    ...groupStep("host", stepsOf(others)),
    ...groupStep("idle", idleContainers(input.state, kinship)),
  ];
}

/**
 * Types in which two sets are known to differ; what could not be read does not count.
 * @param {NamespaceSet} before
 * @param {NamespaceSet} after
 */
export function changedTypes(before, after) {
  if (before === after) return [];
  return TYPES.filter((type) => before[type] !== after[type] && before[type] !== null && after[type] !== null);
}

/** @param {State} state @return {NamespaceSet} */
function initialSet(state) {
  const set = { ...UNKNOWN };
  for (const space of state.namespaces.values()) if (space.initial) set[space.type] = space.key;
  return set;
}

/** @param {Kinship} kinship @param {Process} process @param {NamespaceSet} before  of the step above @return {Step} */
function stepOf(kinship, process, before) {
  const below = kinship.below.get(process.key) ?? [];
  const children = foldAlike(
    below.map((child) => stepOf(kinship, child, process.namespaces)),
    kinship,
  );
  return {
    id: process.key,
    kind: "process",
    process,
    container: kinship.begins.get(process.key) ?? null,
    via: kinship.above.get(process.key)?.via ?? null,
    changes: changedTypes(before, process.namespaces),
    children,
    size: sizeOf(children),
  };
}

/** @param {Step[]} steps */
function sizeOf(steps) {
  return steps.reduce((sum, step) => sum + step.size + (step.kind === "process" ? 1 : 0), 0);
}

/** @param {"host"|"idle"} kind @param {Step[]} children @return {Step[]}  none where it has no children */
function groupStep(kind, children) {
  if (!children.length) return [];
  const size = kind === "idle" ? children.length : sizeOf(children);
  return [{ id: kind, kind, process: null, container: null, via: null, changes: [], children, size }];
}

/** Containers without a process. @param {State} state @param {Kinship} kinship */
function idleContainers(state, kinship) {
  const alive = new Set([...kinship.begins.values()].map(({ id }) => id));
  for (const { above } of kinship.above.values()) if (above.container) alive.add(above.container);
  for (const process of state.processes.values()) if (process.container) alive.add(process.container);
  return [...state.containers.values()]
    .filter(({ id }) => !alive.has(id))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1))
    .map(containerStep);
}

/** @param {Container} container @return {Step} */
function containerStep(container) {
  const { id } = container;
  return { id, kind: "container", process: null, container, via: null, changes: [], children: [], size: 0 };
}

/**
 * The steps above a thing that must be open for it to be seen; null where it is not in the tree.
 * @param {Step[]} tree
 * @param {(step: Step) => boolean} isMeant
 * @return {Step[]|null}
 */
export function pathTo(tree, isMeant) {
  for (const step of tree) {
    if (step.kind !== "alike" && isMeant(step)) return [];
    const below = pathTo(step.children, isMeant);
    if (below) return [step, ...below];
  }
  return null;
}
