/** The sections of a scene: frames around the units of one group. Pure. */

import { FRAME } from "../../../layout/packing.js";
import { CELL_STEP, NAME_FLOOR, boundsOf, extentOf, widthOf } from "../../../draw/geometry.js";
import { drawStrip } from "../../../draw/signs.js";

/**
 * @typedef {import("../graph.js").Graph} Graph
 * @typedef {import("../sections.js").Section} Section
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const LANE_EDGE = 4;
const NEAR = 0.85; // from this zoom on there is room for the counts beside the title

/**
 * A frame is around its units, their shims and the lanes beside them; what the reader placed elsewhere is not in it.
 * @param {Graph} graph
 * @param {Map<string, Point>} at
 * @param {Map<string, Rect>} boxes
 * @param {Map<string, number>} rails
 * @param {Set<string>} [pinned]
 * @return {Map<string, Rect>}
 */
export function framesOf(graph, at, boxes, rails, pinned) {
  const sectionOf = new Map(graph.sections.flatMap(({ key, units }) => units.map((unit) => [unit, key])));
  /** @type {Map<string, Rect[]>} */
  const parts = new Map(graph.sections.map(({ key }) => [key, []]));
  const add = (/** @type {string} */ unit, /** @type {Rect} */ rect) => {
    if (!pinned?.has(unit)) parts.get(sectionOf.get(unit) ?? "")?.push(rect);
  };
  for (const [unit, box] of boxes) add(unit, box);
  for (const node of graph.nodes) {
    const point = at.get(node.key);
    if (!point || !sectionOf.has(node.unit)) continue;
    const { l, t, r, b } = extentOf(node);
    add(node.unit, { x: point.x - l, y: point.y - t, w: l + r, h: t + b });
  }
  for (const { source, target } of graph.links) {
    const [rail, hub] = [rails.get(source), at.get(source)];
    if (rail !== undefined && hub) add(target, { x: rail - LANE_EDGE, y: hub.y, w: 1, h: 1 });
  }
  return new Map([...parts].flatMap(([key, rects]) => (rects.length ? [[key, around(boundsOf(rects))]] : [])));
}

/** @param {Rect} rect @return {Rect} */
function around({ x, y, w, h }) {
  return { x: x - FRAME.side, y: y - FRAME.head, w: w + 2 * FRAME.side, h: h + FRAME.head + FRAME.foot };
}

/**
 * What shares across groups stands out; the others are quiet.
 * @param {Drawing} drawing
 * @param {Section} section
 * @param {Rect} box
 */
export function drawSection({ items, theme }, { title, sub, across, cells }, box) {
  const rim = across ? { stroke: theme.muted, width: 1.75 } : { stroke: theme.line, width: 1 };
  items.push({ t: "rect", ...box, r: 18, fill: theme.ground, ...rim });
  const taken = cells.length ? cells.length * CELL_STEP + 6 : 0;
  drawStrip(items, theme, cells, box.x + box.w - FRAME.side - taken + 6, box.y + 7, 1);
  const room = box.w - 2 * FRAME.side - taken;
  const words = widthOf(sub, 11) * 1.1 + 10;
  const near = room - words > widthOf(title, 14) * 1.2 ? NEAR : Infinity;
  /** @type {import("../../../draw/items.js").Item} */
  const name = {
    t: "text",
    x: box.x + FRAME.side,
    y: box.y + 4,
    hang: true,
    text: title,
    room,
    size: 14,
    weight: 700,
    fill: across ? theme.ink : theme.muted,
    anchor: "start",
    floor: NAME_FLOOR,
  };
  items.push({ ...name, until: near }, { ...name, y: box.y + 7, room: room - words, from: near });
  items.push({
    t: "text",
    x: box.x + box.w - FRAME.side - taken,
    y: box.y + 18,
    text: sub,
    size: 11,
    fill: theme.muted,
    anchor: "end",
    from: near,
  });
}
