/** How the steps of the tree relate to what is selected. Pure. */

/** @typedef {import("./tree.js").Step} Step */

/** What a click on a step selects; null: nothing. @param {Step} step */
export function keyOf({ kind, process, container }) {
  if (kind === "process") return process?.key ?? null;
  return kind === "container" ? (container?.id ?? null) : null;
}

/**
 * Whether a step is what is selected: the process, or the init of the container.
 * @param {Step} step
 * @param {string|null} key
 */
export function isSelected({ kind, process, container }, key) {
  return key !== null && kind !== "alike" && (process?.key === key || container?.id === key);
}

/**
 * Whether a step lives in the namespace that is selected.
 * @param {Step} step
 * @param {import("../../model/store.js").State|null} state
 * @param {string|null} key
 */
export function livesIn({ process }, state, key) {
  const space = state?.namespaces.get(key ?? "");
  return Boolean(space && process?.namespaces[space.type] === space.key);
}
