/** The form of places: x and y by key, and for each unit the middle and the size of its box. */

/** @typedef {Record<string, [number, number]>} Places  x and y; of units also width and height */

/** Before a unit's key: the middle of its box. */
export const BOX = "box:";
/** Before a unit's key: the width and the height of its box. */
export const SIZE = "size:";

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
