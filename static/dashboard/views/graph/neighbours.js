/** Neighbours in the graph: where an arrow key leads, and what stays bright with the selection. Pure. */

import { BOX } from "../../layout/places.js";

/**
 * @typedef {"ArrowLeft"|"ArrowRight"|"ArrowUp"|"ArrowDown"} Arrow
 * @typedef {Record<string, [number, number]>} Places
 */

/** @type {Record<Arrow, [number, number]>} */
export const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Where an arrow key leads: along a link that points that way, else to the nearest node there.
 * @param {import("./graph.js").Graph} graph
 * @param {Places} all
 * @param {string|null} from
 * @param {Arrow} arrow
 * @return {string|null}
 */
export function nextNode(graph, all, from, arrow) {
  const boxes = graph.groups.flatMap(({ key }) =>
    all[BOX + key] ? [/** @type {[string, [number, number]]} */ ([key, all[BOX + key]])] : [],
  );
  /** @type {Places} */
  const places = { ...all, ...Object.fromEntries(boxes) };
  const standing = graph.nodes.filter((node) => places[node.key]).map((node) => node.key);
  if (from === null || !places[from]) return first(standing, places);
  const linked = new Set(
    graph.links
      .flatMap((link) => (link.source === from ? [link.target] : link.target === from ? [link.source] : []))
      .filter((key) => places[key]),
  );
  return best([...linked], places, from, arrow, 1.2) ?? best(standing, places, from, arrow, 1);
}

/** The leftmost node: a chain is read from there. @param {string[]} keys @param {Places} places */
function first(keys, places) {
  return keys.reduce(
    (/** @type {string|null} */ found, key) => (found === null || places[key][0] < places[found][0] ? key : found),
    null,
  );
}

/**
 * @param {string[]} keys
 * @param {Places} places
 * @param {string} from
 * @param {Arrow} arrow
 * @param {number} widest the sine of how far aside counts
 */
function best(keys, places, from, arrow, widest) {
  const [wx, wy] = WAYS[arrow];
  const [x, y] = places[from];
  let found = null;
  let least = Infinity;
  for (const key of keys) {
    const [dx, dy] = [places[key][0] - x, places[key][1] - y];
    const along = dx * wx + dy * wy;
    const aside = Math.abs(dx * wy) + Math.abs(dy * wx);
    if (key === from || along < 4 || aside > along * widest * 1.5) continue;
    const cost = along + aside * 1.5;
    if (cost < least) [found, least] = [key, cost];
  }
  return found;
}

/**
 * Everything that stays bright while something is selected: itself, the chain that leads to it, its children, its
 * namespaces, and who else is in those that cross containers.
 * @param {import("./graph.js").Graph} graph @param {Set<string>} selected @return {Set<string>|null}
 */
export function neighbourhood(graph, selected) {
  if (!selected.size) return null;
  const near = new Set(selected);
  const groupOf = new Map(
    graph.groups.flatMap((group) => group.nodes.map((node) => /** @type {[string, string]} */ ([node, group.key]))),
  );
  for (const group of graph.groups)
    if (selected.has(group.key) && group.key !== "host") for (const key of group.nodes) near.add(key);
  addAncestors(graph, near);
  const held = new Set([...near].flatMap((key) => [key, selected.has(key) ? (groupOf.get(key) ?? key) : key]));
  for (const link of graph.links) {
    if (link.kind !== "member" && selected.has(link.source)) near.add(link.target);
    if (link.kind === "shared" && (selected.has(link.target) || held.has(link.target))) near.add(link.source);
    if (link.kind === "shared" && held.has(link.source)) near.add(link.target);
    if (link.kind === "member" && (selected.has(link.target) || (link.across && held.has(link.target))))
      near.add(link.source);
  }
  for (const link of graph.links)
    if (link.kind === "member" && near.has(link.source) && (link.across || selected.has(link.source)))
      near.add(link.target);
  for (const group of graph.groups)
    if (near.has(group.key) && !group.nodes.some((key) => selected.has(key)))
      for (const key of group.nodes) near.add(key);
  return near;
}

/** @param {import("./graph.js").Graph} graph @param {Set<string>} near */
function addAncestors(graph, near) {
  const above = new Map(
    graph.links
      .filter((link) => link.kind === "parent" || link.kind === "runtime")
      .map((link) => [link.target, link.source]),
  );
  for (const start of [...near]) {
    for (let at = above.get(start); at !== undefined && !near.has(at); at = above.get(at)) near.add(at);
  }
}
