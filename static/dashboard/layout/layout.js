/**
 * The layout: a place for every node, unit and hub. Deterministic: the same input gives the same places, to the last
 * digit. Pure but for its own objects.
 *
 * There are two arrangements. In the force arrangement (`force/arrange.js`) what shares is drawn together. In the
 * ordered one there are two levels. Inside a unit (a container, or the host) the nodes stand in the columns of their
 * chain; the units, as whole boxes, are then placed in columns inside the frames of their sections, and hubs in the
 * gaps between those that share: nothing overlaps, and lines run in the gaps. Known nodes keep their places: only new
 * nodes, and what they would overlap, move. Pinned nodes never move.
 */

import { BOX, RAIL, SIZE, WAY, placesOf } from "./places.js";
import { arrangeByForce } from "./force/arrange.js";
import { arrangeUnits, insertUnits } from "./unit-columns.js";
import { boxOf, moveTo, moverOf, settleUnit } from "./within-units.js";
import { compare, separate } from "./overlap.js";
import { extentOf } from "../draw/geometry.js";
import { settleHubs } from "./hubs-between.js";

/**
 * @typedef {import("../draw/geometry.js").Extent} Extent
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {import("./places.js").Places} Places
 * @typedef {{key: string, unit: string, inside: boolean, kind: string, label: string, depth: number, extent: Extent,
 *   hosted: string[]}} Body  `hosted`: the types that a closed container shares with the host
 * @typedef {{key: string, title: string, sub: string, cells: number, hosted: string[]}} Frame
 * @typedef {{source: string, target: string, kind: string, across: boolean, types: string[]}} Tie
 * @typedef {"ordered"|"force"} Arrangement
 * @typedef {import("../draw/geometry.js").Sized & {key: string, unit: string, inside: boolean, depth: number,
 *   cells: Cell[]}} Node
 * @typedef {{type: string, how: string}} Cell
 * @typedef {object} Graph  the part of a graph that the layout depends on
 * @property {Node[]} nodes
 * @property {{key: string, title: string, sub: string, cells: Cell[]}[]} groups
 * @property {Tie[]} links
 * @property {{key: string, units: string[]}[]} sections
 *
 * @typedef {object} LayoutInput
 * @property {Body[]} bodies
 * @property {Frame[]} frames
 * @property {Tie[]} ties
 * @property {{key: string, units: string[]}[]} sections  units that stand in one frame
 * @property {Places} known  places to keep
 * @property {Places} pins  places that the reader chose
 * @property {number} aspect  width of the picture divided by its height
 * @property {Arrangement} arrangement
 * @property {boolean} unasked  the reader did not ask for the change: what is known does not give way
 *
 * @typedef {object} LayoutWishes
 * @property {{graph: Graph, places: Places}|null} [before]  whose places are kept
 * @property {boolean} [still]  places are kept however much appeared or disappeared
 * @property {Places} [pins]
 * @property {Arrangement} [arrangement]
 * @property {boolean} [unasked]
 *
 * @typedef {object} Unit
 * @property {string} key
 * @property {Body[]} bodies
 * @property {Frame|undefined} frame
 * @property {Map<string, Point>} local
 * @property {boolean} anchored  some of it is known
 * @property {Rect} box
 * @property {number} inset  how far its shims stand out at its left
 */

/**
 * The layout's input for a graph. A node keeps its place if it has the same kind and unit as before.
 * @param {Graph} graph
 * @param {number} aspect
 * @param {LayoutWishes} [wishes]
 * @return {LayoutInput}
 */
export function inputOf(graph, aspect, wishes = {}) {
  const { before = null, still = false, pins = {}, arrangement = "ordered", unasked = false } = wishes;
  return {
    bodies: graph.nodes.map((node) => ({
      key: node.key,
      unit: node.unit,
      inside: node.inside,
      kind: node.kind,
      label: node.label,
      depth: node.depth,
      extent: extentOf(node),
      hosted: node.kind === "card" ? hostedIn(node.cells) : [],
    })),
    frames: graph.groups.map((group) => ({
      key: group.key,
      title: group.title,
      sub: group.sub,
      cells: group.cells.length,
      hosted: hostedIn(group.cells),
    })),
    ties: graph.links.map(({ source, target, kind, across, types }) => ({ source, target, kind, across, types })),
    sections: graph.sections.map(({ key, units }) => ({ key, units })),
    known: before && (still || !isAnother(graph, before.graph)) ? keptPlaces(graph, before.graph, before.places) : {},
    pins,
    aspect,
    arrangement,
    unasked,
  };
}

/** @param {Cell[]} cells */
const hostedIn = (cells) => cells.filter(({ how }) => how === "host").map(({ type }) => type);

/**
 * Whether so much appeared or disappeared that keeping places would leave holes.
 * @param {Graph} graph
 * @param {Graph} before
 */
function isAnother(graph, before) {
  const old = new Set(before.nodes.map((node) => node.key));
  const kept = graph.nodes.filter((node) => old.has(node.key)).length;
  const moved = graph.nodes.length + old.size - 2 * kept;
  return moved > Math.max(60, old.size * 0.6);
}

/**
 * @param {Graph} graph
 * @param {Graph} before
 * @param {Places} places
 */
function keptPlaces(graph, before, places) {
  const old = new Map(before.nodes.map((node) => [node.key, node]));
  /** @type {Places} */
  const known = {};
  for (const key of Object.keys(places)) if (KEPT.some((kind) => key.startsWith(kind))) known[key] = places[key];
  for (const { key, unit, kind } of graph.nodes) {
    const node = old.get(key);
    if (places[key] && node && node.unit === unit && (node.kind === "card") === (kind === "card"))
      known[key] = places[key];
  }
  return known;
}

const PIN_GAP = 6; // less than there is between closed containers: they do not move for one that is pinned elsewhere

/** Places that are kept with those of the nodes. */
const KEPT = [BOX, SIZE, RAIL, WAY];

/** @param {LayoutInput} input @return {Places} */
export function layOut(input) {
  return input.arrangement === "force" ? arrangeByForce(input) : arrangeInOrder(input);
}

/** @param {LayoutInput} input @return {Places} */
function arrangeInOrder(input) {
  const { units, hubs } = splitUnits(input);
  const ties = tiesOfUnits(input);
  for (const unit of units) settleUnit(unit, ties.get(unit.key) ?? [], input);
  const anchored = units.some((unit) => unit.anchored);
  const lines = anchored ? input.known : arrangeUnits(units, hubs, input);
  const stood = anchored ? input.known : placesOf(units);
  if (anchored) insertUnits(units, input);
  holdPins(units, input.pins);
  const moved = new Set(units.filter((unit) => hasMoved(unit, stood)).map(({ key }) => key));
  return {
    ...placesOf(units),
    ...waysOf(units, lines, moved),
    ...settleHubs(units, hubs, input, lines, moved),
  };
}

/** Whether a unit stands elsewhere than before. @param {Unit} unit @param {Places} stood */
function hasMoved({ key, box }, stood) {
  const at = stood[BOX + key];
  return key !== "host" && (!at || Math.hypot(at[0] - box.x - box.w / 2, at[1] - box.y - box.h / 2) > 1);
}

/**
 * Lines run beside the units that stand where they stood.
 * @param {Unit[]} units
 * @param {Places} lines
 * @param {Set<string>} moved
 */
function waysOf(units, lines, moved) {
  const keys = units.filter(({ key }) => !moved.has(key)).map(({ key }) => WAY + key);
  return Object.fromEntries(keys.filter((key) => lines[key]).map((key) => [key, lines[key]]));
}

/** @param {LayoutInput} input */
function splitUnits({ bodies, frames }) {
  const frameOf = new Map(frames.map((frame) => [frame.key, frame]));
  /** @type {Map<string, Unit>} */
  const units = new Map();
  const hubs = [];
  for (const body of bodies) {
    if (body.kind === "hub" && body.unit === body.key) {
      hubs.push(body);
      continue;
    }
    const unit = units.get(body.unit);
    if (unit) unit.bodies.push(body);
    else
      units.set(body.unit, {
        key: body.unit,
        bodies: [body],
        frame: frameOf.get(body.unit),
        local: new Map(),
        anchored: false,
        box: { x: 0, y: 0, w: 0, h: 0 },
        inset: 0,
      });
  }
  const sorted = [...units.values()].sort(
    (a, b) => rankOf(a) - rankOf(b) || compare(nameOf(a), nameOf(b)) || compare(a.key, b.key),
  );
  return { units: sorted, hubs: hubs.sort((a, b) => compare(a.key, b.key)) };
}

/** The host, then containers, then what is isolated without one. @param {Unit} unit */
const rankOf = (unit) => (unit.key === "host" ? 0 : unit.key.startsWith("group:") ? 2 : 1);

/** @param {Unit} unit */
const nameOf = (unit) => unit.frame?.title ?? unit.bodies[0].label;

/** The ties that do not leave their unit. @param {LayoutInput} input */
function tiesOfUnits({ bodies, ties }) {
  const unitOf = new Map(bodies.map((body) => [body.key, body.unit]));
  /** @type {Map<string, Tie[]>} */
  const found = new Map();
  for (const tie of ties) {
    const unit = unitOf.get(tie.source);
    if (unit === undefined || unit !== unitOf.get(tie.target)) continue;
    const list = found.get(unit);
    if (list) list.push(tie);
    else found.set(unit, [tie]);
  }
  return found;
}

/**
 * What is pinned goes where it was pinned; what it covers then gives way.
 * @param {Unit[]} units
 * @param {Places} pins
 */
function holdPins(units, pins) {
  const held = new Set(units.filter((unit) => hold(unit, pins)));
  if (!held.size) return;
  const movers = units.map((unit) => ({
    ...moverOf(unit, { x: unit.box.x + unit.box.w / 2, y: unit.box.y + unit.box.h / 2 }),
    weight: held.has(unit) ? 0 : 1,
  }));
  separate(movers, PIN_GAP, 200);
  for (const [index, unit] of units.entries()) if (!held.has(unit)) moveTo(unit, movers[index]);
}

/** @param {Unit} unit @param {Places} pins @return {boolean} whether the unit, or a part of it, is pinned */
function hold(unit, pins) {
  const box = pins[BOX + unit.key];
  if (box) moveTo(unit, { x: box[0], y: box[1] });
  const parts = unit.bodies.filter((body) => pins[body.key]);
  for (const { key } of parts) unit.local.set(key, { x: pins[key][0], y: pins[key][1] });
  if (parts.length) makeWay(unit, new Set(parts));
  return Boolean(box) || parts.length > 0;
}

/** @param {Unit} unit @param {Set<Body>} held  of its nodes */
function makeWay(unit, held) {
  const movers = unit.bodies.map((body) => {
    const point = /** @type {Point} */ (unit.local.get(body.key));
    return { key: body.key, extent: body.extent, ...point, slot: point, weight: held.has(body) ? 0 : 1 };
  });
  separate(movers, 8, 60);
  for (const { key, x, y } of movers) unit.local.set(key, { x, y });
  unit.box = boxOf(unit);
}
