/**
 * Tags of sharers: those that share a namespace with one another have a number in common, and a colour. The same ones
 * have the same tag in each type and each view. Pure.
 */

import { push } from "../../base/lists.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../sharing.js").Sharing} Sharing
 */

export const TAG_COLOURS = 8;

/**
 * The tags of shared namespaces, by key, from 1 in the order in which the namespaces were made: what begins to share
 * later changes no tag that is there. The host's own namespaces have none.
 * @param {State} state
 * @param {Sharing} sharing
 * @return {Map<string, number>}
 */
export function sharerTags({ namespaces }, { owners }) {
  /** The namespaces of each set of sharers. @type {Map<string, string[]>} */
  const clusters = new Map();
  const age = (/** @type {string} */ key) => namespaces.get(key)?.ns_id ?? namespaces.get(key)?.inode ?? 0;
  const shared = [...owners].filter(([key, set]) => set.size > 1 && namespaces.get(key)?.initial === false);
  for (const [key, set] of shared.sort(([a], [b]) => age(a) - age(b) || (a < b ? -1 : 1)))
    push(clusters, [...set].sort().join(" "), key);
  return new Map(
    [...clusters.values()].flatMap((keys, index) => keys.map((key) => /** @type {const} */ ([key, index + 1]))),
  );
}

/** Which of the colours a tag has, from 1. @param {number} tag */
export const colourOf = (tag) => ((tag - 1) % TAG_COLOURS) + 1;
