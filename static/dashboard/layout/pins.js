/**
 * Pins: the places of nodes that the reader placed by hand. They are stored for each host, and in the address while
 * there are few. Pure but for the storage it is given.
 */

import { round } from "./places.js";

/** @typedef {import("./places.js").Places} Places */

/** More pins would make the address too long to send. */
export const FEW = 6;
const MOST = 500; // of one host; the oldest are forgotten

/** @param {Places} pins @return {string} what {@link readPins} reads; empty for none */
export function writePins(pins) {
  return Object.entries(pins)
    .map(([key, [x, y]]) => `${encodeURIComponent(key)}@${round(x)},${round(y)}`)
    .join(";");
}

/** @param {string} text @return {Places} without what is not a pin */
export function readPins(text) {
  /** @type {Places} */
  const pins = {};
  for (const part of text.split(";")) {
    const found = /^([^@]+)@(-?[\d.]+),(-?[\d.]+)$/.exec(part);
    if (!found || ![found[2], found[3]].every((number) => Number.isFinite(Number(number)))) continue;
    try {
      pins[decodeURIComponent(found[1])] = [Number(found[2]), Number(found[3])];
    } catch {
      // Not a pin: a key that cannot be decoded.
    }
  }
  return pins;
}

/** @param {Pick<Storage, "getItem"|"setItem"|"removeItem">} storage */
export function createPinBoard(storage) {
  const name = (/** @type {string} */ host) => `isoscope.pins.${host}`;
  return {
    /** @param {string} host @return {Places} */
    read: (host) => readPins(storage.getItem(name(host)) ?? ""),
    /** @param {string} host @param {Places} pins */
    write(host, pins) {
      const kept = Object.fromEntries(Object.entries(pins).slice(-MOST));
      if (Object.keys(kept).length) storage.setItem(name(host), writePins(kept));
      else storage.removeItem(name(host));
    },
  };
}
