/** The legend of a picture: it explains the signs that are drawn, and no others. Pure. */

import { fateEntries, linkEntries, roleEntries, sharingEntries, typeEntries } from "./entries.js";
import { GROUP_WORDS } from "../../model/words.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../views/graph/graph.js").Graph} Graph
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 *
 * @typedef {object} Entry
 * @property {number} sign  the width of the sign
 * @property {(items: Item[], x: number, y: number) => void} draw  draws the sign
 * @property {string} text
 *
 * @typedef {{title: string, entries: Entry[]}} LegendGroup
 */

const HOWS = /** @type {const} */ (["own", "shared", "host", "unknown"]);

/**
 * @param {Graph} graph
 * @param {Theme} theme
 * @param {Set<NamespaceType>} off  types that are left out
 * @param {boolean} compares
 * @return {LegendGroup[]}
 */
export function legendOfGraph(graph, theme, off, compares) {
  const drawn = new Set([...graph.nodes, ...graph.groups].flatMap(({ cells }) => cells.map(({ how }) => how)));
  const groups = [
    { title: GROUP_WORDS.namespaces, entries: typeEntries(theme, off) },
    {
      title: t("Each is"),
      entries: sharingEntries(
        HOWS.filter((how) => drawn.has(how)),
        theme,
      ),
    },
    { title: GROUP_WORDS.processes, entries: roleEntries(graph, theme) },
    { title: t("Links"), entries: linkEntries(graph, theme) },
    ...comparisonGroup(theme, compares),
  ];
  return groups.filter(({ entries }) => entries.length > 0);
}

/**
 * The legend of the other views.
 * @param {Theme} theme
 * @param {Set<NamespaceType>} off  types that are left out
 * @param {boolean} compares
 * @param {Graph|null} chains  the graph, where links of chains are drawn
 * @return {LegendGroup[]}
 */
export function legendOfSheet(theme, off, compares, chains) {
  return [
    { title: GROUP_WORDS.namespaces, entries: typeEntries(theme, off) },
    { title: t("Each is"), entries: sharingEntries(HOWS, theme) },
    ...(chains ? chainGroups(chains, theme) : []),
    ...comparisonGroup(theme, compares),
  ];
}

/** @param {Graph} graph @param {Theme} theme @return {LegendGroup[]} */
function chainGroups(graph, theme) {
  return [
    { title: GROUP_WORDS.processes, entries: roleEntries(graph, theme) },
    { title: t("Links"), entries: linkEntries(graph, theme).slice(0, 2) },
  ];
}

/** @param {Theme} theme @param {boolean} compares @return {LegendGroup[]} */
const comparisonGroup = (theme, compares) => (compares ? [{ title: t("Compared"), entries: fateEntries(theme) }] : []);
