/** Finds what a person names: a container by its name or the beginning of its id, a process by its pid. Pure. */

/** A name shorter than this is no beginning of an id. */
const LEAST = 4;

/**
 * @param {import("../model/store.js").State} state
 * @param {string} name
 * @return {string|null} the key of the container or process; null: nothing is called so
 */
export function findNamed(state, name) {
  const named = findContainerNamed(state, name);
  if (named !== null || !/^\d+$/.test(name)) return named;
  return [...state.processes.values()].find(({ pid }) => String(pid) === name)?.key ?? null;
}

/**
 * Of several containers of one name, one that runs comes first.
 * @param {import("../model/store.js").State} state
 * @param {string} name
 * @return {string|null}
 */
export function findContainerNamed({ containers }, name) {
  const all = [...containers.values()];
  const named = all.filter((one) => one.name === name);
  const found = named.find(({ state }) => state === "running") ?? named[0];
  if (found) return found.id;
  if (name.length < LEAST) return null;
  return all.find(({ id }) => id.startsWith(name))?.id ?? null;
}
