/**
 * Where the simulation begins: islands along a spiral, the largest in the middle; a chain from left to right. Pure but
 * for its own objects.
 */

import { BOX } from "../places.js";
import { isHub, measure, shift } from "./world.js";
import { boundsOf, middleOf } from "../../draw/geometry.js";

/**
 * @typedef {import("../../draw/geometry.js").Point} Point
 * @typedef {import("./world.js").Island} Island
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./world.js").World} World
 */

const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const STEP = 110; // from one depth of a chain to the next
const ROW = 54;
const GAP = 40; // between boxes of one island, at first
const WIDE = 1.6; // the width of an island divided by its height

/** @param {World} world */
export function placeAtStart(world) {
  for (const part of world.parts.values()) if (!part.known) spread(part);
  let area = 0;
  for (const [index, island] of world.islands.entries()) {
    const fresh = island.parts.filter((part) => !part.known);
    if (!fresh.length) continue;
    const at = known(world, island) ?? onSpiral(index, area, world.input.aspect);
    area += inRows(fresh, at);
  }
  for (const part of world.parts.values()) if (part.known) join(world, part);
}

/**
 * The parts of an island side by side, around its hubs.
 * @param {Part[]} parts
 * @param {Point} at  its middle
 * @return {number} the area that it takes
 */
function inRows(parts, at) {
  const [hubs, boxes] = [parts.filter(isHub), parts.filter((part) => !isHub(part))];
  const w = Math.max(...boxes.map(({ box }) => box.w)) + GAP;
  const h = Math.max(...boxes.map(({ box }) => box.h)) + GAP;
  const columns = Math.max(1, Math.round(Math.sqrt((boxes.length * h * WIDE) / w)));
  const rows = Math.ceil(boxes.length / columns);
  for (const [index, part] of boxes.entries()) {
    const row = Math.floor(index / columns);
    const inRow = row < rows - 1 ? columns : boxes.length - columns * row;
    put(part, { x: at.x + ((index % columns) - (inRow - 1) / 2) * w, y: at.y + (row - (rows - 1) / 2) * h });
  }
  for (const [turn, hub] of hubs.entries()) put(hub, around(at, turn, hubs.length));
  return Math.min(boxes.length, columns) * w * rows * h;
}

/** The nodes of a part that has no place: by depth, below one another. @param {Part} part */
function spread(part) {
  /** @type {Map<number, number>} */
  const rows = new Map();
  const most = Math.max(4, Math.ceil(Math.sqrt(part.particles.length * 1.5)));
  for (const particle of part.particles) {
    const { depth } = particle.body;
    const row = rows.get(depth) ?? 0;
    rows.set(depth, row + 1);
    particle.x = (depth + Math.floor(row / most) * 0.9) * STEP;
    particle.y = (row % most) * ROW * (row % 2 ? 1 : -1) * 0.5;
  }
  measure(part);
}

/**
 * Where a box of an island was; else the middle of what of it has places.
 * @param {World} world
 * @param {Island} island
 * @return {Point|null}
 */
function known({ input }, { parts }) {
  const place = parts.map((part) => (part.known ? undefined : input.known[BOX + part.key])).find((one) => one);
  if (place) return { x: place[0], y: place[1] };
  const settled = parts.filter((part) => part.known);
  return settled.length ? middleOf(boundsOf(settled.map(measure))) : null;
}

/** @param {number} index @param {number} area  of what stands further inside @param {number} aspect @return {Point} */
function onSpiral(index, area, aspect) {
  const radius = Math.sqrt(area / Math.PI) * 1.3;
  const angle = index * GOLDEN;
  const stretch = Math.sqrt(aspect);
  return { x: Math.cos(angle) * radius * stretch, y: (Math.sin(angle) * radius) / stretch };
}

/** @param {Point} at @param {number} turn @param {number} count @return {Point} */
function around(at, turn, count) {
  const radius = count > 1 ? 26 * Math.sqrt(turn + 0.5) : 0;
  return { x: at.x + Math.cos(turn * GOLDEN) * radius, y: at.y + Math.sin(turn * GOLDEN) * radius };
}

/** @param {Part} part @param {Point} at */
function put(part, at) {
  const { x, y } = middleOf(part.box);
  if (part.particles.some(({ weight }) => weight === 0)) return;
  shift(part, at.x - x, at.y - y);
}

/** New nodes of a known box begin beside what they are linked to. @param {World} world @param {Part} part */
function join({ input, byKey }, part) {
  const fresh = new Set(part.particles.filter(({ weight }) => weight > 0).map(({ key }) => key));
  if (!fresh.size) return;
  const settled = part.particles.filter(({ weight }) => weight === 0);
  for (const [turn, key] of [...fresh].entries()) {
    const tie = input.ties.find((one) => one.target === key || one.source === key);
    const other = tie && byKey.get(tie.target === key ? tie.source : tie.target);
    const from = other?.part === part && !fresh.has(other.key) ? other : settled[0];
    const particle = byKey.get(key);
    if (particle) Object.assign(particle, around({ x: from.x + STEP * 0.6, y: from.y }, turn, fresh.size + 1));
  }
}
