/**
 * The force arrangement: a d3-force simulation of all nodes. What shares namespaces is drawn together, all else apart,
 * and nothing overlaps. Seeded, and settled before it is shown: the same input gives the same places, to the
 * last digit. Known nodes keep their places; pinned ones never move. Pure but for its own objects.
 */

import { forceSimulation, forceX, forceY } from "../../../vendor/d3.js";
import { makeWorld, placesIn } from "./world.js";
import { forceSprings, springsOf } from "./springs.js";
import { keepApart } from "./collide.js";
import { forceCharges } from "./charges.js";
import { insertParts } from "./insert.js";
import { placeAtStart } from "./start.js";
import { seeded } from "../seeded.js";

/**
 * @typedef {import("../layout.js").LayoutInput} LayoutInput
 * @typedef {import("../places.js").Places} Places
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./world.js").World} World
 */

const MOST_TICKS = 160;
const LEAST_TICKS = 40;
const WORK = 70_000; // nodes × ticks: a thousand nodes take 70 ticks
const GRAVITY = 0.1;
const COHESION = 0.12; // of the nodes in a box
const TOGETHER = 0.75; // how much of its nodes' movement a box makes as a whole

/** @param {LayoutInput} input @return {Places} */
export function arrangeByForce(input) {
  const world = makeWorld(input);
  const ticks = Math.max(LEAST_TICKS, Math.min(MOST_TICKS, Math.round(WORK / Math.max(1, world.particles.length))));
  placeAtStart(world);
  if (world.particles.some(({ weight }) => weight > 0)) simulationOf(world, ticks).tick(ticks);
  insertParts(world);
  return placesIn(world);
}

/**
 * The simulation, stopped: who calls it makes it tick.
 * @param {World} world
 * @param {number} ticks  until it is cold
 */
export function simulationOf(world, ticks) {
  const { aspect } = world.input;
  const simulation = forceSimulation(world.particles)
    .randomSource(seeded(42))
    .alphaDecay(1 - 0.002 ** (1 / ticks))
    .force("x", forceX(0).strength(GRAVITY))
    .force("y", forceY(0).strength(GRAVITY * aspect))
    .force("charge", forceCharges(world))
    .force("springs", forceSprings(springsOf(world)))
    .force("boxes", (/** @type {number} */ alpha) => holdBoxes(world, alpha))
    .force("collide", () => keepApart(world, 1, weigh));
  return simulation.stop();
}

/** How readily a part gives way while it is simulated. @param {Part} part */
export const weigh = (part) => (part.pin || part.particles.some(({ weight }) => weight === 0) ? 0 : 1);

/** The nodes in a box stay together, and what rests does so. @param {World} world @param {number} alpha */
function holdBoxes({ parts, particles }, alpha) {
  for (const part of parts.values()) if (part.particles.length > 1) holdBox(part, alpha);
  for (const particle of particles) if (particle.weight === 0) particle.vx = particle.vy = 0;
}

/** @param {Part} part @param {number} alpha */
function holdBox(part, alpha) {
  const { particles } = part;
  let [mx, my, meanX, meanY] = [0, 0, 0, 0];
  for (const { x, y, vx, vy } of particles) {
    mx += x / particles.length;
    my += y / particles.length;
    meanX += vx / particles.length;
    meanY += vy / particles.length;
  }
  for (const particle of particles) {
    particle.vx = meanX * TOGETHER + particle.vx * (1 - TOGETHER) + (mx - particle.x) * COHESION * alpha;
    particle.vy = meanY * TOGETHER + particle.vy * (1 - TOGETHER) + (my - particle.y) * COHESION * alpha;
  }
}
