/** Finds a container as a person names it. Pure. */

import { PictureProblem } from "./options.js";

/**
 * @param {import("../model/store.js").State} state
 * @param {string} name  its name, or the beginning of its id
 * @return {string} its id
 * @throws {PictureProblem}
 */
export function findContainer({ containers }, name) {
  const all = [...containers.values()];
  const found = all.find((one) => one.name === name) ?? all.find(({ id }) => id.startsWith(name));
  if (!found) throw new PictureProblem(`there is no container ${JSON.stringify(name.slice(0, 60))}`);
  return found.id;
}
