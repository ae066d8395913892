/** The places of the hubs that join units: in the gaps between them. Pure. */

import { MOST_TOGETHER } from "./clusters.js";
import { RAIL, round } from "./places.js";
import { middleOf } from "../draw/geometry.js";
import { moverOf } from "./within-units.js";
import { separate } from "./overlap.js";

/**
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {import("./layout.js").Body} Body
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./layout.js").Unit} Unit
 * @typedef {import("./places.js").Places} Places
 */

const HUB_GAP = 2; // between hubs, and to the boxes
const ABOVE = 54; // how far above everything hubs of many stand

/**
 * Hubs that join units stay where they are while their units do; else they settle between them, out of the boxes. One
 * that joins many stands above all of them.
 * @param {Unit[]} units
 * @param {Body[]} hubs
 * @param {LayoutInput} input
 * @param {Places} lines  where hubs and their lanes are, unless one of their units moved
 * @param {Set<string>} moved  units
 * @return {Places}
 */
export function settleHubs(units, hubs, input, lines, moved) {
  const boxes = new Map(units.map((unit) => [unit.key, unit.box]));
  const targets = targetsOf(input);
  const top = Math.min(0, ...units.map(({ box }) => box.y)) - ABOVE;
  const movers = hubs.map((hub) => {
    const joined = [...(targets.get(hub.key) ?? [])];
    const stays = !joined.some((unit) => moved.has(unit));
    const pin = input.pins[hub.key];
    const known = pin ?? (stays ? lines[hub.key] : undefined);
    const rects = joined.map((unit) => boxes.get(unit)).filter((box) => box !== undefined);
    const free = between(rects);
    const slot = known ? { x: known[0], y: known[1] } : joined.length > MOST_TOGETHER ? { x: free.x, y: top } : free;
    return { key: hub.key, extent: hub.extent, x: slot.x, y: slot.y, slot, weight: pin ? 0 : known ? 0.01 : 1 };
  });
  const walls = units.map((unit) => ({ ...moverOf(unit, middleOf(unit.box)), weight: 0 }));
  separate([...movers, ...walls], HUB_GAP, 200);
  /** @type {Places} */
  const places = {};
  for (const { key, x, y, slot, weight } of movers) {
    places[key] = [round(x), round(y)];
    if (weight === 0.01 && lines[RAIL + key] && x === slot.x && y === slot.y) places[RAIL + key] = lines[RAIL + key];
  }
  return places;
}

/** The units that each hub joins. @param {LayoutInput} input */
function targetsOf({ bodies, ties }) {
  const unitOf = new Map(bodies.map((body) => [body.key, body.unit]));
  /** @type {Map<string, Set<string>>} */
  const targets = new Map();
  for (const { kind, source, target } of ties)
    if (kind === "member") targets.set(source, (targets.get(source) ?? new Set()).add(unitOf.get(target) ?? target));
  return targets;
}

/** The middle of the gap between boxes that face each other. @param {Rect[]} boxes @return {Point} */
function between(boxes) {
  if (!boxes.length) return { x: 0, y: 0 };
  const axis = (/** @type {(box: Rect) => [number, number]} */ span) => {
    const spans = boxes.map(span);
    const [low, high] = [Math.max(...spans.map((one) => one[0])), Math.min(...spans.map((one) => one[1]))];
    return boxes.length === 2
      ? (low + high) / 2
      : spans.reduce((sum, one) => sum + (one[0] + one[1]) / 2, 0) / spans.length;
  };
  return { x: axis((box) => [box.x, box.x + box.w]), y: axis((box) => [box.y, box.y + box.h]) };
}
