/** The places of the hubs that join units: in the gaps between them. Pure. */

import { BOX, round } from "./places.js";
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

/**
 * Hubs that join units settle between them, pulled by their links and kept out of the boxes.
 * @param {Unit[]} units
 * @param {Body[]} hubs
 * @param {LayoutInput} input
 * @return {Places}
 */
export function settleHubs(units, hubs, input) {
  const unitOf = new Map(input.bodies.map((body) => [body.key, body.unit]));
  const boxes = new Map(units.map((unit) => [unit.key, unit.box]));
  const walls = units.map((unit) => ({
    ...moverOf(unit, { x: unit.box.x + unit.box.w / 2, y: unit.box.y + unit.box.h / 2 }),
    weight: 0,
  }));
  const targetsOf = new Map(
    hubs.map((hub) => [
      hub.key,
      input.ties
        .filter((tie) => tie.source === hub.key)
        .map((tie) => boxes.get(unitOf.get(tie.target) ?? tie.target) ?? boxes.get(tie.target)),
    ]),
  );
  const moved = new Set(units.filter((unit) => hasMoved(unit, input)).map((unit) => unit.box));
  const movers = hubs.map((hub) => {
    const targets = (targetsOf.get(hub.key) ?? []).filter((box) => box !== undefined);
    const pin = input.pins[hub.key];
    const known = pin ?? (targets.some((box) => moved.has(box)) ? undefined : input.known[hub.key]);
    const slot = known ? { x: known[0], y: known[1] } : between(targets);
    return { key: hub.key, extent: hub.extent, x: slot.x, y: slot.y, slot, weight: pin ? 0 : known ? 0.01 : 1 };
  });
  separate([...movers, ...walls], 12, 200);
  /** @type {Places} */
  const places = {};
  for (const mover of movers) places[mover.key] = [round(mover.x), round(mover.y)];
  return places;
}

/** @param {Unit} unit @param {LayoutInput} input */
function hasMoved({ key, box }, input) {
  const at = input.known[BOX + key];
  return key !== "host" && (!at || Math.hypot(at[0] - box.x - box.w / 2, at[1] - box.y - box.h / 2) > 1);
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
