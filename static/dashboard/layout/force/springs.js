/** Springs: a force that draws together what is linked, and what shares namespaces. Pure but for its own objects. */

import { HOST } from "./islands.js";
import { compare } from "../overlap.js";

/**
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("../layout.js").Tie} Tie
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./world.js").Particle} Particle
 * @typedef {import("./world.js").World} World
 * @typedef {{particle: Particle|null, part: Part}} End  a node, or a box as a whole
 * @typedef {{a: End, b: End, rest: number, strength: number, share: number}} Spring  `rest`: the wanted gap between
 *   the two rims; `share`: how much of the way `a` goes, less where much else hangs on it
 */

const SHARED = { rest: 26, strength: 0.5 };
const WITH_HOST = { rest: 34, strength: 0.2 };
const STEP = { rest: 30, strength: 0.35 }; // from a process to its child
const MANAGED = { rest: 120, strength: 0.01 }; // from a manager to what it manages elsewhere

/** @param {World} world @return {Spring[]} */
export function springsOf(world) {
  const ties = [...world.input.ties].sort(
    (a, b) => compare(a.source, b.source) || compare(a.target, b.target) || compare(a.kind, b.kind),
  );
  const springs = ties.flatMap((tie) => {
    const [a, b] = [endOf(world, tie.source), endOf(world, tie.target)];
    return a && b && (a.particle ?? a.part) !== (b.particle ?? b.part)
      ? [{ a, b, share: 0.5, ...kindOf(tie, a, b) }]
      : [];
  });
  const host = world.parts.get(HOST);
  const sharers = world.bonds.find(({ hub }) => hub === HOST)?.members ?? [];
  for (const key of host ? sharers : []) {
    const part = world.parts.get(key);
    if (part && host && part !== host)
      springs.push({ a: { particle: null, part: host }, b: { particle: null, part }, share: 0.5, ...WITH_HOST });
  }
  weighEnds(springs);
  return springs;
}

/** As d3-force does: what has many springs is moved less by each. @param {Spring[]} springs */
function weighEnds(springs) {
  /** @type {Map<unknown, number>} */
  const counts = new Map();
  const add = (/** @type {unknown} */ end) => counts.set(end, (counts.get(end) ?? 0) + 1);
  const nameOf = (/** @type {End} */ { particle, part }) => particle ?? part;
  for (const { a, b } of springs) for (const end of [a, b]) add(nameOf(end));
  for (const spring of springs) {
    const [a, b] = [counts.get(nameOf(spring.a)) ?? 1, counts.get(nameOf(spring.b)) ?? 1];
    spring.share = b / (a + b);
    spring.strength /= Math.min(a, b);
  }
}

/** @param {World} world @param {string} key @return {End|null} */
function endOf({ byKey, parts }, key) {
  const particle = byKey.get(key) ?? null;
  const part = particle?.part ?? parts.get(key);
  return part ? { particle, part } : null;
}

/** @param {Tie} tie @param {End} a @param {End} b */
function kindOf({ kind }, a, b) {
  if (kind === "member" || kind === "shared") return SHARED;
  const [one, other] = [a.particle?.body.unit, b.particle?.body.unit];
  return one === other ? STEP : MANAGED;
}

/** The force, for d3-force. @param {Spring[]} springs */
export function forceSprings(springs) {
  return (/** @type {number} */ alpha) => {
    for (const spring of springs) pull(spring, alpha);
  };
}

/** @param {Spring} spring @param {number} alpha */
function pull({ a, b, rest, strength, share }, alpha) {
  const [from, to] = [rectOfEnd(a), rectOfEnd(b)];
  const dx = to.x + to.w / 2 - from.x - from.w / 2 || 0.01;
  const dy = to.y + to.h / 2 - from.y - from.h / 2 || 0.01;
  const length = Math.hypot(dx, dy);
  const [ux, uy] = [dx / length, dy / length];
  const force = (length - reach(from, ux, uy) - reach(to, ux, uy) - rest) * strength * alpha;
  push(a, ux * force * share, uy * force * share);
  push(b, -ux * force * (1 - share), -uy * force * (1 - share));
}

/** @param {End} end @return {Rect} */
function rectOfEnd({ particle, part }) {
  if (!particle) return part.box;
  const { x, y, extent } = particle;
  return { x: x - extent.l, y: y - extent.t, w: extent.l + extent.r, h: extent.t + extent.b };
}

/**
 * How far it is from the middle of a box to its rim, in a direction.
 * @param {Rect} box
 * @param {number} ux
 * @param {number} uy
 */
function reach({ w, h }, ux, uy) {
  return Math.min(w / 2 / Math.max(1e-6, Math.abs(ux)), h / 2 / Math.max(1e-6, Math.abs(uy)));
}

/** @param {End} end @param {number} vx @param {number} vy */
function push({ particle, part }, vx, vy) {
  if (particle) {
    particle.vx += vx;
    particle.vy += vy;
  }
  if (particle && !part.frame) return;
  const share = particle ? 0.5 : 1; // the box comes along with its node
  for (const one of part.particles) {
    one.vx += vx * share;
    one.vy += vy * share;
  }
}
