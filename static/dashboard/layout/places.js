/** The form of places: x and y by key; for each unit the middle and the size of its box; and where lines may run. */

/** @typedef {Record<string, [number, number]>} Places  x and y; of units also width and height */

/** Before a unit's key: the middle of its box. */
export const BOX = "box:";
/** Before a unit's key: the width and the height of its box. */
export const SIZE = "size:";

/** Before a hub's key: x of the lane in which it reaches units that are not next to it. */
export const RAIL = "rail:";
/**
 * Before a unit's key: x of the gap at its left in which lines may run, and y of where they may run above everything.
 */
export const WAY = "way:";
/** Tenths are enough, and print the same everywhere. @param {number} value */
export const round = (value) => Math.round(value * 10) / 10;

/** @param {import("./layout.js").Unit[]} units @return {Places} */
export function placesOf(units) {
  /** @type {Places} */
  const places = {};
  for (const unit of units) {
    for (const [key, point] of unit.local) places[key] = [round(point.x), round(point.y)];
    if (unit.key === "host") continue;
    places[BOX + unit.key] = [round(unit.box.x + unit.box.w / 2), round(unit.box.y + unit.box.h / 2)];
    places[SIZE + unit.key] = [round(unit.box.w), round(unit.box.h)];
  }
  return places;
}
