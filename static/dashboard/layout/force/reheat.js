/**
 * Dragging in the force arrangement: what the reader holds draws its neighbours along, everything else rests. Pure but
 * for its own objects.
 */

import { HOST } from "./islands.js";
import { clear } from "./collide.js";
import { makeWorld, measure, placesIn } from "./world.js";
import { simulationOf, weigh } from "./arrange.js";

/**
 * @typedef {import("../layout.js").LayoutInput} LayoutInput
 * @typedef {import("../places.js").Places} Places
 * @typedef {import("./world.js").World} World
 */

const TICKS = 60; // until it is cold
const HEAT = 0.3;
const COLD = 0.02;

export class Reheated {
  #world;
  #simulation;
  #held;
  #shown;

  /**
   * @param {LayoutInput} input  whose known places are those that are shown
   * @param {string[]} held  keys of the nodes that the reader moves
   */
  constructor(input, held) {
    const world = makeWorld(input);
    this.#world = world;
    this.#held = new Set(held);
    for (const part of world.parts.values()) measure(part);
    free(world, this.#held);
    this.#simulation = simulationOf(world, TICKS)
      .force("x", null)
      .force("y", null)
      .force("charge", null)
      .force("collide", () => clear(world, 1, weigh))
      .alpha(HEAT)
      .alphaTarget(HEAT);
    this.#shown = placesIn(world);
  }

  /** The reader moved what is held. @param {Places} places */
  move(places) {
    for (const key of this.#held) {
      const particle = this.#world.byKey.get(key);
      if (particle && places[key]) [particle.x, particle.y] = places[key];
    }
  }

  /** One step. @return {Places} of what moved, without what is held */
  tick() {
    this.#simulation.tick();
    const places = placesIn(this.#world);
    const before = this.#shown;
    this.#shown = places;
    const moved = Object.entries(places).filter(
      ([key, [x, y]]) => !this.#held.has(key) && (x !== before[key]?.[0] || y !== before[key]?.[1]),
    );
    return Object.fromEntries(moved);
  }

  /** Let go: it cools. @return {Places} of what moved until it was cold */
  cool() {
    this.#simulation.alphaTarget(0);
    /** @type {Places} */
    let moved = {};
    while (this.#simulation.alpha() > COLD) moved = { ...moved, ...this.tick() };
    return moved;
  }
}

/**
 * The neighbours of what is held may move: what is linked to it, and what shares with it through a hub.
 * @param {World} world
 * @param {Set<string>} held
 */
function free(world, held) {
  const own = new Set([...held].map((key) => world.byKey.get(key)?.part.key));
  const near = neighboursOf(world, new Set([...held, ...own].filter((key) => key !== undefined)));
  const hubs = new Set([...near].filter((key) => world.byKey.get(key)?.body.kind === "hub"));
  for (const key of neighboursOf(world, hubs)) near.add(key);
  for (const key of near) {
    const particle = world.byKey.get(key);
    const part = particle?.part ?? world.parts.get(key);
    if (!part || held.has(key) || (part.key === HOST && !own.has(HOST))) continue;
    for (const one of own.has(part.key) ? (particle ? [particle] : []) : part.particles)
      if (!one.pinned && !held.has(one.key)) one.weight = 1;
  }
}

/** @param {World} world @param {Set<string>} keys @return {Set<string>} */
function neighboursOf({ input }, keys) {
  const ties = input.ties.filter(({ kind, across }) => !across || kind === "member" || kind === "shared");
  const ends = ties.flatMap(({ source, target }) => [
    ...(keys.has(source) ? [target] : []),
    ...(keys.has(target) ? [source] : []),
  ]);
  return new Set(ends);
}
