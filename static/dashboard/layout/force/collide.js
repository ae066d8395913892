/**
 * Keeps what the force arrangement moves from overlapping: nodes in their box, parts in their island, islands. Pure
 * but for its own objects.
 */

import { measure, shift } from "./world.js";
import { boundsOf, middleOf } from "../../draw/geometry.js";
import { separate } from "../overlap.js";

/**
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("../overlap.js").Moving} Moving
 * @typedef {import("./world.js").Island} Island
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./world.js").World} World
 * @typedef {(part: Part) => number} Weigh  how readily a part gives way; 0: not at all
 */

export const NODE_GAP = 12; // in a box
export const PART_GAP = 14;
const BANK = 15; // around an island that shares: two are twice as far apart

/**
 * One round, or as many as it takes.
 * @param {World} world
 * @param {number} rounds  at most
 * @param {Weigh} weigh
 */
export function keepApart(world, rounds, weigh) {
  settleParts(world, rounds);
  for (const island of world.islands) if (island.parts.length > 1) separateParts(island.parts, rounds, weigh);
  separateIslands(world.islands, rounds, weigh);
}

/**
 * The same without islands: what is in one's way gives way, and nothing else moves.
 * @param {World} world
 * @param {number} rounds  at most
 * @param {Weigh} weigh
 */
export function clear(world, rounds, weigh) {
  settleParts(world, rounds);
  separateParts([...world.parts.values()], rounds, weigh);
}

/** @param {World} world @param {number} rounds */
function settleParts({ parts }, rounds) {
  for (const part of parts.values()) if (part.inner.length > 1) separate(part.inner, NODE_GAP, rounds);
  for (const part of parts.values()) settlePin(part);
}

/** A pinned box stays where it was pinned. @param {Part} part */
function settlePin(part) {
  const { x, y, w, h } = measure(part);
  if (part.pin) shift(part, part.pin.x - x - w / 2, part.pin.y - y - h / 2);
}

/** @param {Part[]} parts @param {number} rounds @param {Weigh} weigh */
function separateParts(parts, rounds, weigh) {
  const movers = parts.map((part) => moverOf(part.key, part.box, weigh(part)));
  separate(movers, PART_GAP, rounds);
  for (const [index, part] of parts.entries()) shiftTo(part, movers[index]);
}

/** @param {Island[]} islands @param {number} rounds @param {Weigh} weigh */
function separateIslands(islands, rounds, weigh) {
  const movers = islands.map((island) => {
    const box = shoreOf(island);
    return { ...moverOf(island.parts[0].key, box, Math.min(...island.parts.map(weigh))), was: middleOf(box) };
  });
  separate(movers, PART_GAP, rounds, true);
  for (const [index, { parts }] of islands.entries()) {
    const { x, y, was } = movers[index];
    if (x !== was.x || y !== was.y) for (const part of parts) shift(part, x - was.x, y - was.y);
  }
}

/** The room that an island takes. @param {Island} island @return {Rect} */
export function shoreOf({ parts, bonded }) {
  const { x, y, w, h } = boundsOf(parts.map(({ box }) => box));
  const bank = bonded ? BANK : 0;
  return { x: x - bank, y: y - bank, w: w + 2 * bank, h: h + 2 * bank };
}

/** @param {string} key @param {Rect} box @param {number} weight @return {Moving} */
function moverOf(key, box, weight) {
  const [w, h] = [box.w / 2, box.h / 2];
  const slot = middleOf(box);
  return { key, extent: { l: w, r: w, t: h, b: h }, ...slot, slot, weight };
}

/** @param {Part} part @param {Moving} mover */
function shiftTo(part, { x, y, slot }) {
  if (x !== slot.x || y !== slot.y) shift(part, x - slot.x, y - slot.y);
}
