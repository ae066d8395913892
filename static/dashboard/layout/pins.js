/**
 * What the reader put in its place by hand: kept for each host, and in the address while there are few. Pure but for
 * the storage it is given.
 */

import { round } from "./places.js";

/** @typedef {import("./places.js").Places} Places */

/** More than this would make an address that nobody can send. */
export const FEW = 6;
const MOST = 500; // of one host; the oldest are forgotten

/** @param {Places} pins @return {string} what {@link readPins} reads; empty for none */
export function writePins(pins) {
  return Object.entries(pins)
    .map(([key, [x, y]]) => `${encodeURIComponent(key)}@${round(x)},${round(y)}`)
    .join(";");
}

/** @param {string} text @return {Places} without what is no pin */
export function readPins(text) {
  /** @type {Places} */
  const pins = {};
  for (const part of text.split(";")) {
    const found = /^([^@]+)@(-?[\d.]+),(-?[\d.]+)$/.exec(part);
    if (!found || ![found[2], found[3]].every((number) => Number.isFinite(Number(number)))) continue;
    try {
      pins[decodeURIComponent(found[1])] = [Number(found[2]), Number(found[3])];
    } catch {
      // Not of our making.
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
