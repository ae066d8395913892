/**
 * The end of the force arrangement: what is new goes where nothing is in its way, and nothing overlaps. Pure but for
 * its own objects.
 */

import { BOX } from "../places.js";
import { NODE_GAP, PART_GAP, clear, shoreOf } from "./collide.js";
import { isHub, measure, shift } from "./world.js";
import { boundsOf, middleOf } from "../../draw/geometry.js";
import { compare, nearestFree, separate } from "../overlap.js";
import { pack, spreadOver } from "./pack.js";

/**
 * @typedef {import("../../draw/geometry.js").Point} Point
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./world.js").World} World
 */

const ROUNDS = 400; // to leave no overlap
const HUB_GAP = 20; // around a hub, and between those that it joins
const MANY = 8; // more parts of an island are spread evenly
const WIDE = 1.5; // an island of many
const LOOSE = 0.85;
const ROOM = 30; // between a newcomer and the others

/** @param {World} world */
export function insertParts(world) {
  const parts = [...world.parts.values()];
  const kept = new Set(parts.filter((part) => part.known || part.pin));
  for (const part of kept) measure(part);
  if (!kept.size) return packAll(world);
  for (const part of parts) {
    if (kept.has(part)) continue;
    if (grows(world, part)) putBack(part, world.input.known[BOX + part.key]);
    else findRoom(part, kept);
    kept.add(part);
  }
  clear(world, ROUNDS, (part) => (part.known || part.pin || grows(world, part) ? 0 : 1));
  for (const particle of world.particles) if (!particle.pinned) particle.weight ||= 0.01;
  for (let again = 0; again < 3; again++) clear(world, ROUNDS, (part) => weigh(world, part));
}

/** Nothing has a place yet: draw everything together. @param {World} world */
function packAll({ islands, input: { aspect } }) {
  for (const { parts } of islands) for (const part of parts) settle(part);
  for (const { parts } of islands) if (parts.length > 1) packIsland(parts);
  const boxes = islands.map(shoreOf);
  const area = boxes.reduce((sum, { w, h }) => sum + (w + PART_GAP) * (h + PART_GAP), 0);
  const wanted = spreadOver(boxes.map(middleOf), area * LOOSE, aspect);
  const order = islands
    .map((_, index) => index)
    .sort((a, b) => far(wanted[a], aspect) - far(wanted[b], aspect) || a - b);
  const parcels = order.map((index) => ({ ...boxes[index], wanted: wanted[index] }));
  for (const [turn, place] of pack(parcels, PART_GAP, aspect).entries()) {
    const [{ parts }, from] = [islands[order[turn]], boxes[order[turn]]];
    for (const part of parts) shift(part, place.x - from.x, place.y - from.y);
  }
}

/** Of many parts: where they are wanted around the middle, the hubs in it. @param {Part[]} parts */
function spreadParts(parts) {
  const area = parts.reduce((sum, { box }) => sum + (box.w + HUB_GAP) * (box.h + HUB_GAP), 0);
  const spread = spreadOver(
    parts.map(({ box }) => middleOf(box)),
    area,
    WIDE,
  );
  return parts.map((part, index) => (isHub(part) ? { x: 0, y: 0 } : spread[index]));
}

/** Its nodes keep apart. @param {Part} part */
function settle(part) {
  if (part.inner.length > 1) separate(part.inner, NODE_GAP, ROUNDS);
  measure(part);
}

/** @param {Point} point @param {number} aspect */
const far = ({ x, y }, aspect) => Math.hypot(x, y * aspect);

/** Its hubs in the middle, its boxes around them. @param {Part[]} parts */
function packIsland(parts) {
  const { x, y } = middleOf(boundsOf(parts.map(({ box }) => box)));
  const away = (/** @type {Part} */ { box }) => ({ x: box.x + box.w / 2 - x, y: box.y + box.h / 2 - y });
  const order = [...parts].sort(
    (a, b) => Number(isHub(b)) - Number(isHub(a)) || far(away(a), 1) - far(away(b), 1) || compare(a.key, b.key),
  );
  const wanted = order.length > MANY ? spreadParts(order) : order.map(away);
  const gap = order.some(isHub) ? HUB_GAP : PART_GAP;
  const places = pack(
    order.map((part) => ({ ...part.box, wanted: wanted[order.indexOf(part)] })),
    gap,
    1,
  );
  for (const [index, part] of order.entries())
    shift(part, x + places[index].x - part.box.x, y + places[index].y - part.box.y);
}

/** Whether the reader opened or closed it: the others then give way. @param {World} world @param {Part} part */
const grows = ({ input }, { key, known }) => !known && !input.unasked && input.known[BOX + key] !== undefined;

/** @param {Part} part @param {[number, number]} at  where its middle was */
function putBack(part, [x, y]) {
  const middle = middleOf(measure(part));
  shift(part, x - middle.x, y - middle.y);
}

/** Known parts give way only to what has grown into them. @param {World} world @param {Part} part */
function weigh(world, part) {
  if (part.pin || part.particles.some(({ pinned }) => pinned)) return 0;
  return grows(world, part) ? 0.0001 : part.known ? 0.01 : 1;
}

/** @param {Part} part @param {Set<Part>} others */
function findRoom(part, others) {
  const { w, h } = measure(part);
  const at = middleOf(part.box);
  const extent = { l: w / 2, r: w / 2, t: h / 2, b: h / 2 };
  const taken = [...others].map(({ box }) => ({
    x: box.x - ROOM / 2,
    y: box.y - ROOM / 2,
    w: box.w + ROOM,
    h: box.h + ROOM,
  }));
  const free = nearestFree(at, extent, taken);
  shift(part, free.x - at.x, free.y - at.y);
}
