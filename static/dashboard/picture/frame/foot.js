/** The foot of a picture: the legend, and the notes below it. Pure. */

import { LINE, MARGIN, SMALL } from "./part.js";
import { layOutLegend } from "../legend/layout.js";
import { shorten, widthOf } from "../../draw/geometry.js";

/**
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("../../draw/theme.js").Theme} Theme
 */

const TOP = 24;
const TEXT_SIZE = SMALL - 0.5;
const NAME_WIDTH = 80; // kept free for the name of the program
const LONGEST_NOTE = 600;

/**
 * @param {import("../subject.js").Subject} subject
 * @param {import("../content.js").Content} content
 * @param {number} width
 * @return {import("./part.js").Part}
 */
export function footOf(subject, content, width) {
  const { theme } = subject.options;
  const legend = layOutLegend(content.legend, theme, width - 2 * MARGIN);
  const lines = content.notes.flatMap((note) => wrap(note, width - 2 * MARGIN - NAME_WIDTH));
  const first = TOP + 12 + legend.height + (lines.length ? 16 : 14);
  const last = first + Math.max(0, lines.length - 1) * LINE;
  /** @type {Item[]} */
  const items = [
    { t: "line", x: 0, y: 0, points: [MARGIN, TOP, width - MARGIN, TOP], stroke: theme.line, width: 1 },
    ...legend.items.map((item) => shift(item, MARGIN, TOP + 12)),
    ...drawNotes(lines, first, theme),
    drawName(width - MARGIN, last, theme),
  ];
  return { items, height: last + 24 };
}

/** @param {string[]} lines @param {number} top @param {Theme} theme @return {Item[]} */
function drawNotes(lines, top, theme) {
  return lines.map((text, index) => {
    return { t: "text", x: MARGIN, y: top + index * LINE, text, size: TEXT_SIZE, fill: theme.muted };
  });
}

/**
 * The name of the program, at the right end.
 * @param {number} x
 * @param {number} y
 * @param {Theme} theme
 * @return {Item}
 */
function drawName(x, y, theme) {
  return { t: "text", x, y, text: "Isoscope", size: TEXT_SIZE, weight: 600, fill: theme.faint, anchor: "end" };
}

/** @param {Item} item @param {number} dx @param {number} dy @return {Item} */
function shift(item, dx, dy) {
  const points = item.points?.map((value, index) => value + (index % 2 ? dy : dx));
  return { ...item, x: item.x + dx, y: item.y + dy, ...(points ? { points } : {}) };
}

/** The text in lines of at most this width. @param {string} text @param {number} width */
function wrap(text, width) {
  /** @type {string[]} */
  const lines = [];
  for (const word of shorten(text, LONGEST_NOTE).split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(longer, TEXT_SIZE) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
