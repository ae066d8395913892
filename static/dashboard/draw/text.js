/**
 * How a text is drawn at a zoom: how large, cut so that it fits, or not at all. The canvas and SVG draw it alike.
 * Pure.
 */

import { cutMiddle } from "../base/short-name.js";
import { visible } from "../base/visible.js";
import { widthOf } from "./geometry.js";

/** @typedef {import("./items.js").Item} Item */

const WIDER = 1.14; // typefaces that a machine may have, against the estimate
const FEWEST = 3; // letters of a name that is cut: the first, the mark, the last

/** A text grows, as far as it may, where the zoom would make it too small. @param {Item} item @param {number} k */
export function sizeOf(item, k) {
  const plain = item.size ?? 12;
  return item.floor ? Math.max(plain, Math.min(item.most ?? Infinity, item.floor / k)) : plain;
}

/** Whether it is drawn: large enough to read, at a zoom at which it is wanted. @param {Item} item @param {number} k */
export function isDrawn(item, k) {
  if (item.t === "text" && sizeOf(item, k) * k < (item.least ?? 6) - 1e-6) return false;
  return k >= (item.from ?? 0) && k < (item.until ?? Infinity);
}

/** The letters that are drawn. @param {Item} item @param {number} k */
export function textOf(item, k) {
  const text = visible(item.text ?? "");
  if (item.room === undefined) return text;
  const room = item.room / sizeOf(item, k);
  return fitName(text, item.prefix ?? "", (name) => widthOf(name, WIDER) <= room);
}

/** The line on which the letters stand. @param {Item} item @param {number} k */
export function baselineOf(item, k) {
  return item.hang ? item.y + sizeOf(item, k) * 0.8 : item.y;
}

/**
 * A name that fits: whole; without what the names beside it begin with too; else cut in its middle.
 * @param {string} name
 * @param {string} prefix
 * @param {(text: string) => boolean} fits
 */
function fitName(name, prefix, fits) {
  if (fits(name)) return name;
  const rest = name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : name;
  if (rest !== name && fits(`…${rest}`)) return `…${rest}`;
  let [low, high] = [FEWEST, Math.max(FEWEST, Array.from(rest).length - 1)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cutMiddle(rest, middle))) low = middle;
    else high = middle - 1;
  }
  return cutMiddle(rest, low);
}
