/** Signs that the views and the legend draw: namespace types, roles of processes, and fates. Pure. */

import { LETTERS } from "../model/words.js";
import { CELL_STEP, RADIUS } from "./geometry.js";

/**
 * @typedef {import("./items.js").Item} Item
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./theme.js").Theme} Theme
 * @typedef {import("../model/comparison.js").Fate} Fate
 * @typedef {import("../model/sharing.js").Cell} Cell
 * @typedef {import("../model/types.js").Role} Role
 */

/** Shapes, so that colour is never alone. @type {Record<Fate, string>} */
export const FATE_SIGNS = { came: "+", went: "−", changed: "~" };

/**
 * The sign of a fate: a coloured disc with +, − or ~.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {Fate} fate
 * @param {number} x  its left end
 * @param {number} y  its middle
 */
export function drawFateSign(items, theme, fate, x, y) {
  items.push(
    { t: "rect", x, y: y - 7, w: 14, h: 14, r: 7, fill: theme.fates[fate] },
    {
      t: "text",
      x: x + 7,
      y: y + 4.2,
      text: FATE_SIGNS[fate],
      size: 13,
      weight: 800,
      fill: theme.surface,
      anchor: "middle",
    },
  );
}

/**
 * The sign of a namespace type: filled is its own, filled with a ring is shared, hollow is the host's.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {Cell} cell
 * @param {number} x  its left end
 * @param {number} y  its top
 * @param {number} side
 * @param {number} alpha
 */
export function drawCell(items, theme, cell, x, y, side, alpha) {
  const { ink, fill } = theme.types[cell.type];
  const unknown = cell.how === "unknown";
  const hollow = cell.how === "host" || unknown;
  if (cell.how === "shared") items.push(ringAround(x, y, side, theme.ink, alpha));
  items.push({
    t: "rect",
    x,
    y,
    w: side,
    h: side,
    r: 3.5,
    fill: hollow ? undefined : fill,
    stroke: hollow ? theme.faint : undefined,
    width: 1,
    dash: unknown ? [1.5, 2] : undefined,
    alpha,
  });
  items.push({
    t: "text",
    x: x + side / 2,
    y: y + side / 2 + side * 0.33,
    text: unknown ? "?" : LETTERS[cell.type],
    size: side * 0.72,
    weight: 700,
    fill: hollow ? theme.muted : ink,
    anchor: "middle",
    least: 4,
    alpha,
  });
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} side
 * @param {string} stroke
 * @param {number} alpha
 * @return {Item}
 */
function ringAround(x, y, side, stroke, alpha) {
  return { t: "rect", x: x - 1.75, y: y - 1.75, w: side + 3.5, h: side + 3.5, r: 5, stroke, width: 1.5, alpha };
}

/**
 * The signs of several types in a row, from left to right.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {Cell[]} cells
 * @param {number} x
 * @param {number} y
 * @param {number} alpha
 */
export function drawStrip(items, theme, cells, x, y, alpha) {
  for (const [index, cell] of cells.entries()) drawCell(items, theme, cell, x + index * CELL_STEP, y, 13, alpha);
}

/**
 * The signs of several types in a row, smaller, centred on x.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {Cell[]} cells
 * @param {number} x
 * @param {number} y
 * @param {number} alpha
 */
export function drawPills(items, theme, cells, x, y, alpha) {
  for (const [index, cell] of cells.entries())
    drawCell(items, theme, cell, x + (index - cells.length / 2) * 13 + 0.5, y, 11.5, alpha);
}

/**
 * The sign of a process. A role has a shape of its own: square, diamond, double ring, dashed ring, triangle; all
 * others are plain discs.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {{kind: string, role: Role|null}} node
 * @param {Point} at  its middle
 * @param {number} alpha
 */
export function drawShape(items, theme, { kind, role }, at, alpha) {
  const draw = role === null ? undefined : ROLE_SHAPES[role];
  if (draw) items.push(...draw(at, theme, alpha));
  else items.push(...discOf(at, theme, alpha, kind === "fold", role === "child"));
}

/** @typedef {(at: Point, theme: Theme, alpha: number) => Item[]} Shape */

/** @type {Partial<Record<Role, Shape>>} */
const ROLE_SHAPES = {
  daemon: ({ x, y }, { ink }, alpha) => [{ t: "rect", x: x - 10, y: y - 10, w: 20, h: 20, r: 4, fill: ink, alpha }],
  manager: ({ x, y }, theme, alpha) => [
    { t: "rect", x: x - 10, y: y - 10, w: 20, h: 20, r: 4, ...outline(theme, alpha) },
    { t: "rect", x: x - 5, y: y - 5, w: 10, h: 10, r: 2, fill: theme.ink, alpha },
  ],
  shim: ({ x, y }, theme, alpha) => [
    { t: "poly", x, y, points: [x, y - 11, x + 11, y, x, y + 11, x - 11, y], ...outline(theme, alpha) },
  ],
  init: ({ x, y }, theme, alpha) => [
    { t: "circle", x, y, r: RADIUS, ...outline(theme, alpha) },
    { t: "circle", x, y, r: 5, fill: theme.ink, alpha },
  ],
  exec: ({ x, y }, theme, alpha) => [{ t: "circle", x, y, r: RADIUS, ...outline(theme, alpha), dash: [3, 3] }],
  proxy: ({ x, y }, theme, alpha) => [
    { t: "poly", x, y, points: [x - 9, y - 10, x + 11, y, x - 9, y + 10], ...outline(theme, alpha) },
  ],
};

/** @param {Theme} theme @param {number} alpha */
const outline = ({ surface, ink }, alpha) => ({ fill: surface, stroke: ink, width: 2, alpha });

/**
 * A plain disc; where it stands for several processes, two more lie behind it.
 * @param {Point} at
 * @param {Theme} theme
 * @param {number} alpha
 * @param {boolean} several
 * @param {boolean} child  of a container's init
 * @return {Item[]}
 */
function discOf({ x, y }, theme, alpha, several, child) {
  const rim = { r: RADIUS - 1, fill: theme.surface, stroke: theme.faint, width: 1.5, alpha };
  /** @type {Item[]} */
  const behind = several
    ? [
        { t: "circle", x: x + 5, y: y - 3, ...rim },
        { t: "circle", x: x + 2.5, y: y - 1.5, ...rim },
      ]
    : [];
  return [
    ...behind,
    {
      t: "circle",
      x,
      y,
      r: child || several ? RADIUS - 1 : RADIUS - 2,
      fill: theme.name === "light" ? "#c3ccd7" : "#5b6878",
      stroke: theme.muted,
      width: 1.25,
      alpha,
    },
  ];
}
