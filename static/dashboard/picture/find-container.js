/** Finds a container as a person names it. Pure. */

import { PictureProblem } from "./options.js";
import { findContainerNamed } from "../search/find-named.js";

/**
 * @param {import("../model/store.js").State} state
 * @param {string} name  its name, or the beginning of its id
 * @return {string} its id
 * @throws {PictureProblem}
 */
export function findContainer(state, name) {
  const found = findContainerNamed(state, name);
  if (found === null) throw new PictureProblem(`there is no container ${JSON.stringify(name.slice(0, 60))}`);
  return found;
}
