/** Which places are pinned: of a node, or of a group with its box. Pure. */

import { BOX } from "../../layout/places.js";

/**
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("../../layout/places.js").Places} Places
 */

/**
 * The keys under which a node or a group has places.
 * @param {Graph|null} graph
 * @param {string} key
 * @param {boolean} nodes  of a group, those of its nodes too
 * @return {string[]}
 */
export function placeKeys(graph, key, nodes) {
  const section = graph?.sections.find((one) => one.key === key);
  if (section) return section.units.flatMap((unit) => placeKeys(graph, unit, nodes));
  if (!graph?.groups.some((group) => group.key === key)) {
    const card = graph?.nodes.find((node) => node.key === key)?.kind === "card";
    return card ? [key, BOX + key] : [key];
  }
  const inside = nodes || key === "host" ? graph.nodes.filter(({ unit }) => unit === key) : [];
  return [...inside.map((node) => node.key), BOX + key];
}

/** The pins and these, as the newest. @param {Places} pins @param {string[]} keys @param {Places} places */
export function withPins(pins, keys, places) {
  const added = withoutPins(pins, keys);
  for (const key of keys) if (places[key]) added[key] = places[key];
  return added;
}

/** The pins without these. @param {Places} pins @param {string[]} keys @return {Places} */
export function withoutPins(pins, keys) {
  return Object.fromEntries(Object.entries(pins).filter(([key]) => !keys.includes(key)));
}

/** The nodes and groups that are pinned. @param {Places} pins */
export function pinnedIn(pins) {
  return new Set(Object.keys(pins).map((key) => (key.startsWith(BOX) ? key.slice(BOX.length) : key)));
}
