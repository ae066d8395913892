/**
 * What the force arrangement moves: nodes, in parts (the box of a group, or a loose node), in islands. Pure but for
 * its own objects.
 */

import { BOX, SIZE, round } from "../places.js";
import { bondsOf, islandsOf, partsOf } from "./islands.js";
import { boundsOf, boxAround } from "../../draw/geometry.js";
import { compare, rectOf } from "../overlap.js";

/**
 * @typedef {import("../../draw/geometry.js").Point} Point
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("../layout.js").Body} Body
 * @typedef {import("../layout.js").Frame} Frame
 * @typedef {import("../layout.js").LayoutInput} LayoutInput
 * @typedef {import("../overlap.js").Moving} Moving
 * @typedef {import("../places.js").Places} Places
 * @typedef {import("./islands.js").Bond} Bond
 *
 * @typedef {Moving & {x: number, y: number, vx: number, vy: number, body: Body, part: Part,
 *   pinned: boolean}} Particle  a node of d3-force. `weight` 0: it stays where it is
 * @typedef {object} Part
 * @property {string} key
 * @property {Frame|undefined} frame  undefined: a loose node
 * @property {Particle[]} particles
 * @property {Particle[]} inner  those that its box is around; the others stand before it
 * @property {boolean} known  some of it has a place already
 * @property {Point|null} pin  where its middle was pinned
 * @property {Rect} box
 *
 * @typedef {{parts: Part[], bonded: boolean}} Island  `bonded`: it shares, and is kept apart from the others
 * @typedef {object} World
 * @property {LayoutInput} input
 * @property {Particle[]} particles
 * @property {Map<string, Particle>} byKey
 * @property {Map<string, Part>} parts
 * @property {Island[]} islands  the largest first
 * @property {Bond[]} bonds
 */

const SHIM_GAP = 24;
const SHIM_ROW = 64;

/** @param {LayoutInput} input @return {World} */
export function makeWorld(input) {
  const partOf = partsOf(input);
  const frames = new Map(input.frames.map((frame) => [frame.key, frame]));
  /** @type {World} */
  const world = { input, particles: [], byKey: new Map(), parts: new Map(), islands: [], bonds: bondsOf(input) };
  for (const body of [...input.bodies].sort((a, b) => a.depth - b.depth || compare(a.key, b.key))) {
    const key = partOf.get(body.key) ?? body.key;
    const part = world.parts.get(key) ?? emptyPart(key, frames.get(key), input);
    world.parts.set(key, part);
    addParticle(world, part, body);
  }
  world.islands = makeIslands(world);
  return world;
}

/** @param {string} key @param {Frame|undefined} frame @param {LayoutInput} input @return {Part} */
function emptyPart(key, frame, { pins }) {
  const pin = frame && pins[BOX + key] ? { x: pins[BOX + key][0], y: pins[BOX + key][1] } : null;
  return { key, frame, particles: [], inner: [], known: false, pin, box: { x: 0, y: 0, w: 0, h: 0 } };
}

/** @param {World} world @param {Part} part @param {Body} body */
function addParticle({ input, particles, byKey }, part, body) {
  const { key, extent } = body;
  const pin = input.pins[key];
  const place = pin ?? input.known[key];
  const [x, y] = place ?? [0, 0];
  const slot = { x, y };
  const weight = place ? 0 : 1;
  /** @type {Particle} */
  const particle = { key, extent, x, y, vx: 0, vy: 0, slot, weight, body, part, pinned: pin !== undefined };
  part.known ||= place !== undefined;
  part.particles.push(particle);
  if (body.inside) part.inner.push(particle);
  particles.push(particle);
  byKey.set(key, particle);
}

/** @param {World} world @return {Island[]} */
function makeIslands({ input, parts, bonds }) {
  const roots = islandsOf(input, bonds);
  const bonded = new Set(bonds.flatMap(({ members }) => members.map((member) => roots.get(member))));
  /** @type {Map<string, Island>} */
  const islands = new Map();
  for (const part of [...parts.values()].sort((a, b) => compare(a.key, b.key))) {
    const root = roots.get(part.key) ?? part.key;
    const island = islands.get(root) ?? { parts: [], bonded: bonded.has(root) };
    island.parts.push(part);
    islands.set(root, island);
  }
  return [...islands.values()].sort(
    (a, b) => Number(b.bonded) - Number(a.bonded) || b.parts.length - a.parts.length || compareNames(a, b),
  );
}

/** Alike ones stand side by side. @param {Island} a @param {Island} b */
const compareNames = (a, b) => compare(nameOf(a), nameOf(b)) || compare(a.parts[0].key, b.parts[0].key);

/** @param {Island} island */
const nameOf = ({ parts: [part] }) => part.frame?.title ?? part.particles[0].body.label;

/** @param {Part} part */
export const isHub = ({ particles }) => particles[0].body.kind === "hub";

/** Find its box again, after its nodes moved; shims follow. @param {Part} part @return {Rect} */
export function measure(part) {
  const { frame, particles, inner } = part;
  if (!frame || !inner.length) return (part.box = boundsOf(particles.map((one) => rectOf(one, one.extent, 0))));
  const box = boxAround(inner.map(standing), frame.title, frame.sub, frame.cells);
  if (inner.length === particles.length) return (part.box = box);
  const shims = particles.filter((one) => !one.body.inside);
  for (const [index, shim] of shims.entries()) if (shim.weight > 0) placeShim(shim, index, box, inner[0].y);
  return (part.box = boundsOf([box, ...shims.map((one) => rectOf(one, one.extent, 0))]));
}

/** @param {Particle} particle */
const standing = (particle) => ({ at: particle, extent: particle.extent });

/**
 * A shim stands before the box, level with what it started.
 * @param {Particle} shim
 * @param {number} index
 * @param {Rect} box
 * @param {number} y
 */
function placeShim(shim, index, box, y) {
  shim.x = box.x - SHIM_GAP - shim.extent.r;
  shim.y = y + index * SHIM_ROW;
}

/** @param {Part} part @param {number} dx @param {number} dy */
export function shift(part, dx, dy) {
  for (const particle of part.particles) {
    particle.x += dx;
    particle.y += dy;
  }
  part.box = { ...part.box, x: part.box.x + dx, y: part.box.y + dy };
}

/** @param {World} world @return {Places} */
export function placesIn({ parts }) {
  /** @type {Places} */
  const places = {};
  for (const part of parts.values()) {
    const { x, y, w, h } = measure(part);
    for (const { key, ...at } of part.particles) places[key] = [round(at.x), round(at.y)];
    if (!part.frame && part.particles[0].body.kind !== "card") continue;
    places[BOX + part.key] = [round(x + w / 2), round(y + h / 2)];
    places[SIZE + part.key] = [round(w), round(h)];
  }
  return places;
}
