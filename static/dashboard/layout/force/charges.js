/** Charges: a force that drives parts apart. A box repels as one, however many nodes are in it. */

import { forceManyBody } from "../../../vendor/d3.js";
import { seeded } from "../seeded.js";

/**
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./world.js").World} World
 * @typedef {{x: number, y: number, vx: number, vy: number, part: Part}} Charge  a node of d3-force
 */

const REACH = 420; // it ends there
const STRENGTH = { card: -60, hub: -30, frame: -120, other: -40 };

/** The force, for d3-force. @param {World} world */
export function forceCharges({ parts }) {
  const charges = [...parts.values()].map((part) => /** @type {Charge} */ ({ x: 0, y: 0, vx: 0, vy: 0, part }));
  const repel = forceManyBody()
    .strength((/** @type {any} */ charge) => strengthOf(charge.part))
    .theta(1.1)
    .distanceMax(REACH);
  /** @type {any} */ (repel).initialize(charges, seeded(7));
  return (/** @type {number} */ alpha) => {
    for (const charge of charges) gather(charge);
    repel(alpha);
    for (const { part, vx, vy } of charges)
      for (const particle of part.particles) {
        particle.vx += vx;
        particle.vy += vy;
      }
  };
}

/** @param {Part} part */
function strengthOf({ frame, particles }) {
  const { kind } = particles[0].body;
  if (frame) return STRENGTH.frame;
  return kind === "card" || kind === "hub" ? STRENGTH[kind] : STRENGTH.other;
}

/** It stands in the middle of its nodes. @param {Charge} charge */
function gather(charge) {
  const { particles } = charge.part;
  charge.x = charge.y = charge.vx = charge.vy = 0;
  for (const { x, y } of particles) {
    charge.x += x / particles.length;
    charge.y += y / particles.length;
  }
}
