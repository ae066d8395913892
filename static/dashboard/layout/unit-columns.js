/**
 * The places of the units: the host at the left, containers in columns, those that share below one another. Pure but
 * for its own objects.
 */

import { BOX, SIZE } from "./places.js";
import { move, moveTo, moverOf } from "./within-units.js";
import { nearestFree, separate } from "./overlap.js";

/**
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./layout.js").Unit} Unit
 * @typedef {import("./overlap.js").Moving} Moving
 */

const WORTH_A_COLUMN = 1.15; // the picture must be so much larger before links may pass behind boxes
const UNIT_GAP = 28;
const CARD_GAP = 16;
const HUB_ROOM = 30; // more space between sharers, for the hub that joins them
const MOST_TOGETHER = 8; // more sharers than that do not fit below one another

/**
 * Lay out all units: the host at the left, containers in columns, sharers one below the other.
 * @param {Unit[]} units
 * @param {LayoutInput} input
 */
export function arrangeUnits(units, input) {
  const host = units.find((unit) => unit.key === "host");
  const others = units.filter((unit) => unit !== host);
  for (const [unit, centre] of columnsOf(clustersOf(others, input), input.aspect, host)) moveTo(unit, centre);
  if (!host) return;
  const area = others.length ? areaOf(others) : { x: 0, y: 0, w: 0, h: 0 };
  move(host, area.x - UNIT_GAP * 2 - host.box.w - host.box.x, area.y + area.h / 2 - host.box.h / 2 - host.box.y);
}

/**
 * Units that share a namespace, together; those that share with nobody, alone.
 * @param {Unit[]} units
 * @param {LayoutInput} input
 * @return {Unit[][]}
 */
function clustersOf(units, input) {
  const byKey = new Map(units.map((unit) => [unit.key, unit]));
  const sets = sharersOf(input).filter((set) => set.size > 1 && set.size <= MOST_TOGETHER);
  const seen = new Set();
  /** @type {Unit[][]} */
  const clusters = [];
  for (const unit of units) {
    const queue = [unit.key];
    const cluster = [];
    while (queue.length) {
      const key = /** @type {string} */ (queue.shift());
      const next = byKey.get(key);
      if (!next || seen.has(key)) continue;
      seen.add(key);
      cluster.push(next);
      for (const set of sets) if (set.has(key)) queue.push(...[...set].sort());
    }
    for (const sharer of cluster.slice(0, -1)) sharer.below = HUB_ROOM;
    if (cluster.length) clusters.push(cluster);
  }
  return clusters;
}

/** For each hub or link between units, the units it joins. @param {LayoutInput} input */
function sharersOf(input) {
  const unitOf = new Map(input.bodies.map((body) => [body.key, body.unit]));
  /** @type {Map<string, Set<string>>} */
  const sharers = new Map();
  for (const tie of input.ties) {
    if ((tie.kind !== "member" && tie.kind !== "shared") || !tie.across) continue;
    const name = tie.kind === "shared" ? `${tie.source} ${tie.target}` : tie.source;
    const set = sharers.get(name) ?? new Set();
    if (tie.kind === "shared") set.add(unitOf.get(tie.source) ?? tie.source);
    sharers.set(name, set.add(unitOf.get(tie.target) ?? tie.target));
  }
  return [...sharers.values()];
}

/**
 * The centres of the units in columns. The number of columns is the one with the largest picture in its frame.
 * @param {Unit[][]} clusters
 * @param {number} aspect
 * @param {Unit|undefined} host
 * @return {Map<Unit, Point>}
 */
function columnsOf(clusters, aspect, host) {
  const heights = clusters.map((cluster) => heightOf(cluster));
  const total = heights.reduce((sum, height) => sum + height + gapOf(clusters.flat()), 0);
  let best = { scale: -1, count: 0, columns: /** @type {Unit[][]} */ ([]) };
  for (let count = 1; count <= Math.min(clusters.length, 24); count++) {
    for (const slack of [1, 1.08, 1.2]) {
      const columns = fillColumns(clusters, (total / count) * slack);
      const width = columns.reduce(
        (sum, column) => sum + widthOf(column) + columnGap(column),
        host ? host.box.w + UNIT_GAP : 0,
      );
      const height = Math.max(host?.box.h ?? 0, ...columns.map(heightOf));
      const scale = Math.min(aspect / width, 1 / height);
      if (scale > best.scale * (count > best.count ? WORTH_A_COLUMN : 1)) best = { scale, count, columns };
    }
  }
  return centresOf(best.columns);
}

/** @param {Unit[]} column */
const widthOf = (column) => Math.max(0, ...column.map((unit) => unit.box.w));
/** Closed containers may stand closer than open ones. @param {Unit[]} units */
const gapOf = (units) => (units.every((unit) => !unit.frame) ? CARD_GAP : UNIT_GAP);
/** @param {Unit[]} column */
const columnGap = (column) => gapOf(column) * 1.4;
/** @param {Unit[]} column */
const heightOf = (column) =>
  column.reduce((sum, unit) => sum + unit.box.h + unit.below + gapOf(column), -gapOf(column));

/** @param {Unit[][]} clusters @param {number} height */
function fillColumns(clusters, height) {
  /** @type {Unit[][]} */
  const columns = [];
  for (const cluster of clusters) {
    const last = columns.at(-1);
    if (last && heightOf([...last, ...cluster]) <= height * 1.02) last.push(...cluster);
    else columns.push([...cluster]);
  }
  return columns;
}

/** @param {Unit[][]} columns */
function centresOf(columns) {
  /** @type {Map<Unit, Point>} */
  const at = new Map();
  let x = 0;
  for (const column of columns) {
    let y = -heightOf(column) / 2;
    for (const unit of column) {
      at.set(unit, { x: x + unit.box.w / 2, y: y + unit.box.h / 2 });
      y += unit.box.h + unit.below + gapOf(column);
    }
    x += widthOf(column) + columnGap(column);
  }
  return at;
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
    else findRoom(unit, known, wantedOf(unit, known, input));
    known.push(unit);
  }
  const movers = units.map((unit) => moverOf(unit, { x: unit.box.x + unit.box.w / 2, y: unit.box.y + unit.box.h / 2 }));
  separate(movers, CARD_GAP - 4, 120);
  for (const [index, unit] of units.entries()) moveTo(unit, movers[index]);
}

/**
 * Where a unit belongs: where it was, else beside those that it shares with, else at the end.
 * @param {Unit} unit
 * @param {Unit[]} known
 * @param {LayoutInput} input
 * @return {Point}
 */
function wantedOf(unit, known, input) {
  const at = input.known[BOX + unit.key];
  if (at) return { x: at[0], y: at[1] };
  const sharers = sharersOf(input).find((set) => set.has(unit.key) && set.size <= MOST_TOGETHER);
  const others = known.filter(({ key }) => sharers?.has(key));
  const around = areaOf(others.length ? others : known);
  const below = others.length ? around.h + HUB_ROOM + unit.box.h / 2 : around.h / 2;
  return { x: around.x + (others.length ? around.w / 2 : around.w - unit.box.w / 2), y: around.y + below };
}

/** @param {Unit} unit @param {Unit[]} known @param {Point} wanted */
function findRoom(unit, known, wanted) {
  const extent = moverOf(unit, { x: 0, y: 0 }).extent;
  const taken = known.map(({ box }) => ({
    x: box.x - UNIT_GAP / 2,
    y: box.y - UNIT_GAP / 2,
    w: box.w + UNIT_GAP,
    h: box.h + UNIT_GAP,
  }));
  moveTo(unit, nearestFree(wanted, extent, taken));
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
