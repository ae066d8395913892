/**
 * The places of the units: the host at the left, containers in columns inside the frames of their sections, those that
 * share below one another. Pure but for its own objects.
 */

import { BOX, RAIL, SIZE, WAY, round } from "./places.js";
import { CARD_GAP, LANE, LANES_EDGE, MOST_TOGETHER, UNIT_GAP, clustersOf, sharersOf } from "./clusters.js";
import { move, moveTo, moverOf } from "./within-units.js";
import { nearestFree, separate } from "./overlap.js";
import { FRAME, pack } from "./packing.js";

/**
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {import("./clusters.js").Cluster} Cluster
 * @typedef {import("./layout.js").Body} Body
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./layout.js").Unit} Unit
 * @typedef {import("./packing.js").Area} Area
 * @typedef {import("./packing.js").Placed} Placed
 * @typedef {import("./places.js").Places} Places
 */

/** More links from one unit into others than that are drawn only with what is selected. */
export const MOST_FANNED = 14;
const HOST = "host"; // the area of its box, which is no section
const HUB_ROOM = 30; // between sharers, for the hub that joins them
const LINES_ABOVE = 16; // where lines run to columns that others stand before

/**
 * Lay out all units: containers in columns, sharers one below the other. The host stands at the left while links are
 * drawn from it; else among the others.
 * @param {Unit[]} units
 * @param {Body[]} hubs
 * @param {LayoutInput} input
 * @return {Places}  of the hubs, of the lanes that lead to them, and of the gaps in which lines may run
 */
export function arrangeUnits(units, hubs, input) {
  const fanned = input.ties.filter(({ kind, across }) => across && (kind === "runtime" || kind === "parent")).length;
  const host = fanned > MOST_FANNED ? undefined : units.find((unit) => unit.key === "host");
  const others = units.filter((unit) => unit !== host);
  const beside = host ? host.box.w + 2 * UNIT_GAP : 0;
  /** @type {Places} */
  const places = {};
  if (others.length) {
    const { placed } = pack(areasOf(clustersOf(others, hubs, input), input), input.aspect, beside);
    for (const one of placed) putCluster(one, places);
  }
  if (!host) return places;
  const area = others.length ? areaOf(others) : { x: 0, y: 0, w: 0, h: 0 };
  move(host, -beside - host.box.x, area.y + area.h / 2 - host.box.h / 2 - host.box.y);
  return places;
}

/**
 * Those who share come first; who shares across sections stands in a frame of its own.
 * @param {Cluster[]} clusters
 * @param {LayoutInput} input
 * @return {Area[]}
 */
function areasOf(clusters, { sections }) {
  const sectionOf = new Map(sections.flatMap(({ key, units }) => units.map((unit) => [unit, key])));
  /** @type {Map<string, Cluster[]>} */
  const areas = new Map([HOST, ...sections.map(({ key }) => key)].map((key) => [key, []]));
  for (const cluster of clusters) {
    const { key: first } = cluster.units[0];
    const key = first === "host" ? HOST : (sectionOf.get(first) ?? "");
    areas.set(key, [...(areas.get(key) ?? []), cluster]);
  }
  return [...areas].flatMap(([key, list]) =>
    list.length
      ? [{ key: key === HOST ? "" : key, clusters: list.sort((a, b) => b.units.length - a.units.length) }]
      : [],
  );
}

/** @param {Placed} placed @param {Places} places */
function putCluster({ cluster, x, y, way }, places) {
  const left = cluster.lanes ? cluster.lanes * LANE + LANES_EDGE : 0;
  for (const [index, unit] of cluster.units.entries()) {
    move(unit, x + left - unit.box.x, y + cluster.tops[index] - unit.box.y);
    places[WAY + unit.key] = [round(way), -LINES_ABOVE];
  }
  for (const { hub, lane, ...at } of cluster.joints) {
    places[hub.key] = [round(x + at.x), round(y + at.y)];
    if (lane !== null) places[RAIL + hub.key] = [round(x + lane * LANE + LANE / 2), 0];
  }
}

/**
 * New units go where there is room; known ones give way only where something has grown into them.
 * @param {Unit[]} units
 * @param {LayoutInput} input
 */
export function insertUnits(units, input) {
  const known = units.filter((unit) => unit.anchored);
  for (const unit of units.filter((one) => !one.anchored)) {
    const [at, size] = [input.known[BOX + unit.key], input.known[SIZE + unit.key]];
    if (at && size && !input.unasked)
      makeRoom(unit, { x: at[0] - size[0] / 2, y: at[1] - size[1] / 2, w: size[0], h: size[1] }, known);
    else findRoom(unit, known, wantedOf(unit, known, input), framesBeside(unit, known, input));
    known.push(unit);
  }
  const movers = units.map((unit) => moverOf(unit, { x: unit.box.x + unit.box.w / 2, y: unit.box.y + unit.box.h / 2 }));
  separate(movers, CARD_GAP - 4, 120);
  for (const [index, unit] of units.entries()) moveTo(unit, movers[index]);
}

/**
 * Where a unit belongs: where it was, else beside those that it shares with or whose section it is in, else at the end.
 * @param {Unit} unit
 * @param {Unit[]} known
 * @param {LayoutInput} input
 * @return {Point}
 */
function wantedOf(unit, known, input) {
  const at = input.known[BOX + unit.key];
  if (at) return { x: at[0], y: at[1] };
  const sharers = [...sharersOf(input).values()].find((set) => set.has(unit.key) && set.size <= MOST_TOGETHER);
  const section = input.sections.find(({ units }) => units.includes(unit.key));
  const beside = known.filter(({ key }) => sharers?.has(key));
  const others = beside.length ? beside : known.filter(({ key }) => section?.units.includes(key));
  const around = areaOf(others.length ? others : known);
  const below = others.length ? around.h + (beside.length ? HUB_ROOM : CARD_GAP) + unit.box.h / 2 : around.h / 2;
  return { x: around.x + (others.length ? around.w / 2 : around.w - unit.box.w / 2), y: around.y + below };
}

/**
 * The frames of the sections that a unit is not in.
 * @param {Unit} unit
 * @param {Unit[]} known
 * @param {LayoutInput} input
 * @return {Rect[]}
 */
function framesBeside(unit, known, { sections }) {
  return sections.flatMap(({ units }) => {
    const members = known.filter(({ key }) => units.includes(key));
    if (!members.length || units.includes(unit.key)) return [];
    const { x, y, w, h } = areaOf(members);
    return [{ x: x - FRAME.side, y: y - FRAME.head, w: w + 2 * FRAME.side, h: h + FRAME.head + FRAME.foot }];
  });
}

/** @param {Unit} unit @param {Unit[]} known @param {Point} wanted @param {Rect[]} frames  that it stays out of */
function findRoom(unit, known, wanted, frames) {
  const extent = moverOf(unit, { x: 0, y: 0 }).extent;
  const taken = known.map(({ box }) => ({
    x: box.x - CARD_GAP,
    y: box.y - CARD_GAP,
    w: box.w + 2 * CARD_GAP,
    h: box.h + 2 * CARD_GAP,
  }));
  moveTo(unit, nearestFree(wanted, extent, [...taken, ...frames]));
}

/**
 * A unit that was opened or closed keeps its corner: what is right of it and below it moves by what it grew.
 * @param {Unit} unit
 * @param {Rect} before
 * @param {Unit[]} others
 */
function makeRoom(unit, before, others) {
  const [dx, dy] = [unit.box.w - before.w, unit.box.h - before.h];
  move(unit, before.x - unit.box.x, before.y - unit.box.y);
  for (const other of others) {
    const { box } = other;
    if (box.x >= before.x + before.w - 1) move(other, dx, 0);
    else if (
      box.y >= before.y + before.h - 1 &&
      box.x < before.x + Math.min(before.w, unit.box.w) &&
      box.x + box.w > before.x
    )
      move(other, 0, dy);
  }
}

/** @param {Unit[]} units @return {Rect} */
function areaOf(units) {
  const l = Math.min(...units.map((unit) => unit.box.x));
  const t = Math.min(...units.map((unit) => unit.box.y));
  return {
    x: l,
    y: t,
    w: Math.max(...units.map((unit) => unit.box.x + unit.box.w)) - l,
    h: Math.max(...units.map((unit) => unit.box.y + unit.box.h)) - t,
  };
}
