/** What is emphasised in a scene, and what is dimmed: by the selection, the search and the comparison. Pure. */

/**
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../model/comparison.js").Fate} Fate
 *
 * @typedef {object} Focus
 * @property {Set<string>} selected  keys of nodes and groups
 * @property {Set<string>|null} near  what stays in full colour; null: everything
 * @property {Map<string, number>|null} matches  node key → processes that match the search; null: no search
 * @property {import("../../../layout/layout.js").Arrangement} [arrangement]
 * @property {Set<string>} [pinned]  nodes and groups that the reader placed
 * @property {Map<string, NodeFate>|null} [fates]  what became of nodes and groups, in a comparison
 * @property {import("../../../model/comparison.js").Side} [side]  which of the two is shown
 * @property {Set<string>|null} [hidden]  nodes and groups that the shown side does not have; their room stays
 * @property {Map<string, import("../../../model/usage.js").Fill>|null} [fills]  how full containers are, by the key
 *   of node or group
 *
 * @typedef {{fate: Fate, came: number, went: number, changed: number}} NodeFate
 */

/** How strongly a node or a group is drawn: its opacity, at most 1. @param {Focus} focus @param {string} key */
export function strength(focus, key) {
  if (focus.near && !focus.near.has(key) && !focus.fates?.has(key)) return 0.22; // a selection hides no change
  if (focus.matches && !focus.matches.has(key)) return 0.28;
  return focus.fates ? strengthBeside(focus, key) : 1;
}

/** In a comparison, what did not change is dimmed. @param {Focus} focus @param {string} key */
function strengthBeside({ fates, selected }, key) {
  const fate = fates?.get(key)?.fate;
  if (fate === "went") return 0.62;
  return fate || selected.has(key) ? 1 : 0.55;
}

/**
 * How strongly a link is drawn: as its weaker end.
 * @param {Focus} focus
 * @param {{source: string, target: string}} link
 */
export function strengthOfLink(focus, { source, target }) {
  return Math.min(strength(focus, source), strength(focus, target));
}

/** Whether one end of a link is selected. @param {Focus} focus @param {{source: string, target: string}} link */
export function isChosen({ selected }, { source, target }) {
  return selected.has(source) || selected.has(target);
}

/**
 * How many of a node's processes are there on the shown side.
 * @param {Focus} focus
 * @param {GraphNode} node
 */
export function countOf(focus, node) {
  return node.members.length - absentOf(focus, node);
}

/**
 * The label of a node; where it holds a count, that of the shown side.
 * @param {Focus} focus
 * @param {GraphNode} node
 */
export function labelOf(focus, node) {
  if (!absentOf(focus, node)) return node.label;
  const count = countOf(focus, node).toLocaleString("en");
  if (node.kind === "fold") return node.label.replace(/×[\d,]+$/, `×${count}`);
  return node.kind === "crowd" ? node.label.replace(/^[\d,]+/, count) : node.label;
}

/** @param {Focus} focus @param {GraphNode} node */
function absentOf({ fates, side }, node) {
  const found = fates?.get(node.key);
  if (side === "before") return found?.came ?? 0;
  return side === "after" ? (found?.went ?? 0) : 0;
}
