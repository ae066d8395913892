/** The islands of the force arrangement: a tint behind what shares a namespace, in the colour of its type. Pure. */

import { bondsOf } from "../../../layout/force/islands.js";
import { hullOf } from "../../../draw/hull.js";
import { inputOf } from "../../../layout/layout.js";
import { extentOf } from "../../../draw/geometry.js";
import { rectOf } from "../../../layout/overlap.js";

/**
 * @typedef {import("../graph.js").Graph} Graph
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../../layout/force/islands.js").Bond} Bond
 * @typedef {import("../../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const MARGIN = 11;
const TINT = 0.13;

/** @type {WeakMap<Graph, Bond[]>} */
const known = new WeakMap();

/** @param {Drawing} drawing @param {Graph} graph */
export function drawIslands(drawing, graph) {
  if (drawing.focus.arrangement !== "force") return;
  const bonds = known.get(graph) ?? bondsOf(inputOf(graph, 1));
  known.set(graph, bonds);
  for (const bond of bonds) drawIsland(drawing, bond);
}

/** @param {Drawing} drawing @param {Bond} bond */
function drawIsland(drawing, { hub, members, types }) {
  const { items, theme, focus } = drawing;
  const shown = [hub, ...members].filter((key) => !focus.hidden?.has(key));
  const rects = shown.map((key) => rectOfPart(drawing, key)).filter((rect) => rect !== null);
  if (rects.length < 2) return;
  const host = hub === "host";
  const near = !focus.near || shown.some((key) => focus.near?.has(key));
  const fill = host ? theme.faint : theme.types[/** @type {NamespaceType} */ (types[0])].fill;
  const look = host ? { dash: [6, 5], alpha: near ? TINT * 0.8 : TINT / 3 } : { alpha: near ? TINT : TINT / 3 };
  items.push({
    t: "poly",
    ...boundsOfHull(rects),
    points: hullOf(rects, MARGIN),
    fill,
    stroke: fill,
    width: 1.5,
    ...look,
  });
}

/** What is painted only where it is seen has a place and a size. @param {Rect[]} rects */
function boundsOfHull(rects) {
  const [l, t] = [Math.min(...rects.map(({ x }) => x)), Math.min(...rects.map(({ y }) => y))];
  const [r, b] = [Math.max(...rects.map(({ x, w }) => x + w)), Math.max(...rects.map(({ y, h }) => y + h))];
  return { x: l, y: t, w: r - l, h: b - t };
}

/** @param {Drawing} drawing @param {string} key  of a node or a group @return {Rect|null} */
function rectOfPart({ boxes, nodes, at }, key) {
  const [node, point] = [nodes.get(key), at.get(key)];
  return boxes.get(key) ?? (node && point ? rectOf(point, extentOf(node), 0) : null);
}
