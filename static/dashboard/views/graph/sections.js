/**
 * Sections: the units of one group stand in one frame. Those who share across groups stand in a frame of their own.
 * Pure.
 */

import { MOST_TOGETHER } from "../../layout/clusters.js";
import { counted } from "../../model/words.js";
import { push } from "../../base/lists.js";

/**
 * @typedef {import("./units.js").Facts} Facts
 * @typedef {import("./place-processes.js").Plan} Plan
 *
 * @typedef {object} Section
 * @property {string} key
 * @property {string} title
 * @property {string} sub  how many containers it has
 * @property {string[]} units
 * @property {boolean} across  its units share across groups
 * @property {import("../../model/sharing.js").Cell[]} cells  what the containers of a pod share
 */

/** Before the name of a group, in the key of its section. */
export const SECTION = "section:";
const MANY_UNITS = 120; // more than that begin with their sections closed,
const FEW_SECTIONS = 3; // unless there are so few of them

/**
 * The units of closed sections, by the section's key.
 * @param {Facts} facts
 * @return {Map<string, string[]>}
 */
export function closedSections({ sections, options }) {
  /** @type {Map<string, string[]>} */
  const members = new Map();
  for (const [unit, group] of sections) push(members, SECTION + group, unit);
  const many = sections.size > MANY_UNITS && members.size >= FEW_SECTIONS;
  const isClosed = (/** @type {string} */ key) => options.shut.has(key) || (many && !options.open.has(key));
  return new Map([...members].filter(([key]) => isClosed(key)));
}

/**
 * @param {Facts} facts
 * @param {Plan} plan
 * @param {Map<string, import("../../model/sharing.js").Cell[]>} [carried]  what the frames of pods carry, by group
 * @return {Section[]} in the order in which they are drawn
 */
export function sectionsOf({ state, sections: groups }, plan, carried) {
  const units = [...new Set(plan.nodes.filter(({ kind }) => kind !== "hub").map(({ unit }) => unit))];
  if (!units.some((unit) => groups.has(unit))) return [];
  const crossing = crossingClusters(plan, groups);
  const apart = new Set(crossing.flat());
  /** @type {Map<string, string[]>} */
  const members = new Map();
  for (const unit of units) {
    const group = groups.get(unit);
    if (group !== undefined && !apart.has(unit)) push(members, group, unit);
  }
  const own = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const name = (/** @type {string} */ unit) => groups.get(unit) ?? state.containers.get(unit)?.name ?? unit;
  return [
    ...crossing
      .map((list) => section(`across:${list[0]}`, [...new Set(list.map(name))].sort().join(" + "), list, true))
      .sort((a, b) => (a.title < b.title ? -1 : 1)),
    ...own.map(([group, list]) => podSection(state, group, list, carried?.get(group) ?? [])),
  ];
}

/**
 * The sandbox of a pod stands first, and is not counted.
 * @param {Facts["state"]} state
 * @param {string} group
 * @param {string[]} list
 * @param {Section["cells"]} cells
 */
function podSection({ containers }, group, list, cells) {
  const isSandbox = (/** @type {string} */ unit) => containers.get(unit)?.kind === "sandbox";
  const units = [...list].sort((a, b) => Number(isSandbox(b)) - Number(isSandbox(a)));
  const sub = counted(units.filter((unit) => !isSandbox(unit)).length, "container");
  return { ...section(SECTION + group, group, units, false), sub, cells };
}

/** @param {string} key @param {string} title @param {string[]} units @param {boolean} across @return {Section} */
function section(key, title, units, across) {
  return { key, title, sub: counted(units.length, "container"), units, across, cells: [] };
}

/**
 * Units of several groups that share with one another.
 * @param {Plan} plan
 * @param {Map<string, string>} groups
 */
function crossingClusters({ links, byKey }, groups) {
  const unitOf = (/** @type {string} */ key) => byKey.get(key)?.unit ?? key;
  /** @type {Map<string, Set<string>>} */
  const sets = new Map();
  for (const { kind, across, source, target } of links) {
    if (!across || (kind !== "member" && kind !== "shared")) continue;
    const ends = kind === "shared" ? [unitOf(source), unitOf(target)] : [unitOf(target)];
    const name = kind === "shared" ? `${source} ${target}` : source;
    sets.set(name, new Set([...(sets.get(name) ?? []), ...ends]));
  }
  /** @type {Map<string, Set<string>>} */
  const together = new Map();
  for (const set of sets.values()) {
    if (set.size < 2 || set.size > MOST_TOGETHER || set.has("host")) continue;
    const merged = new Set([...set].flatMap((unit) => [...(together.get(unit) ?? [unit])]));
    for (const unit of merged) together.set(unit, merged);
  }
  return [...new Set(together.values())]
    .map((set) => [...set].sort())
    .filter((list) => new Set(list.map((unit) => groups.get(unit))).size > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
