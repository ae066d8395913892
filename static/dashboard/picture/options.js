/** The options of a picture, read from a query: the query of the page's address, and how the picture looks. Pure. */

import { THEMES } from "../draw/theme.js";
import { TYPES } from "../model/types.js";
import { ARRANGEMENTS, ORDERS, SWITCHES, VIEWS, fromQuery } from "../address/view-query.js";

/**
 * @typedef {object} PictureOptions
 * @property {import("../address/view-query.js").View} view
 * @property {import("../draw/theme.js").Theme} theme
 * @property {{w: number, h: number}|null} size  in pixels at scale 1; null: the size of the drawing
 * @property {number} scale  of a PNG
 * @property {boolean} mask  pseudonyms stand for names
 * @property {boolean} all  nothing is closed or folded
 * @property {string} title  empty: the host's name
 * @property {"en"|"ko"} lang
 * @property {string} zone  a time zone's IANA name; times are also given in UTC
 */

/** These options make no picture; the message gives the reason. */
export class PictureProblem extends Error {}

const LEAST = 200;
const MOST = 16_000;
const LONGEST_TITLE = 200;

/** @param {string} text what follows the `?` @return {PictureOptions} @throws {PictureProblem} */
export function readPictureOptions(text) {
  const query = new URLSearchParams(text);
  oneOf(query, "view", VIEWS);
  oneOf(query, "order", ORDERS);
  oneOf(query, "arrangement", ARRANGEMENTS);
  const side = /** @type {import("../model/comparison.js").Side} */ (
    oneOf(query, "side", ["before", "both", "after"]) || "both"
  );
  for (const type of listOf(query, "off"))
    demand(
      /** @type {readonly string[]} */ (TYPES).includes(type),
      `${quote(type)} is no namespace type; there are ${TYPES.join(", ")}`,
    );
  for (const name of listOf(query, "show"))
    demand(
      /** @type {readonly string[]} */ (SWITCHES).includes(name),
      `${quote(name)} is nothing to show; there are ${SWITCHES.join(", ")}`,
    );
  const theme = /** @type {keyof THEMES} */ (oneOf(query, "theme", Object.keys(THEMES)) || "light");
  const title = query.get("title") ?? "";
  demand(title.length <= LONGEST_TITLE, `the title is longer than ${LONGEST_TITLE} letters`);
  return {
    view: { ...fromQuery(text), side },
    theme: THEMES[theme],
    size: readSize(query.get("size") ?? ""),
    scale: Number(oneOf(query, "scale", ["1", "2", "4"]) || 1),
    mask: readSwitch(query, "mask"),
    all: readSwitch(query, "all"),
    title,
    lang: /** @type {"en"|"ko"} */ (oneOf(query, "lang", ["en", "ko"]) || "en"),
    zone: readZone(query.get("zone") || "UTC"),
  };
}

/** @param {string} text */
function readSize(text) {
  if (!text) return null;
  const found = /^(\d{1,6})x(\d{1,6})$/.exec(text);
  demand(found !== null, `${quote(text)} is no size; write it as 1600x900`);
  const [w, h] = (found ?? []).slice(1).map(Number);
  demand(
    [w, h].every((length) => length >= LEAST && length <= MOST),
    `a picture is ${LEAST} to ${MOST} wide and high, not ${w}x${h}`,
  );
  return { w, h };
}

/** @param {string} zone */
function readZone(zone) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    throw new PictureProblem(`${quote(zone)} is no time zone, such as Europe/Berlin or UTC`);
  }
}

/** @param {URLSearchParams} query @param {string} name */
function readSwitch(query, name) {
  return ["1", "true", "yes", ""].includes(oneOf(query, name, ["1", "0", "true", "false", "yes", "no", ""]) ?? "no");
}

/** @param {URLSearchParams} query @param {string} name @param {readonly string[]} known */
function oneOf(query, name, known) {
  const value = query.get(name);
  demand(
    value === null || known.includes(value),
    `${name} is ${quote(value ?? "")}; it takes ${known.filter(Boolean).join(", ")}`,
  );
  return value;
}

/** @param {URLSearchParams} query @param {string} name */
const listOf = (query, name) => (query.get(name) ?? "").split(",").filter(Boolean);

/** @param {string} text */
const quote = (text) => JSON.stringify(text.slice(0, 60));

/** @param {boolean} holds @param {string} text @return {asserts holds} */
function demand(holds, text) {
  if (!holds) throw new PictureProblem(text);
}
