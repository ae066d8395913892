/**
 * Packing: clusters fill columns, the columns of a section its frame, and the frames the picture, so that all of it is
 * as large as it can be. Pure.
 */

import { CARD_GAP, UNIT_GAP, gapOf } from "./clusters.js";

/**
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("./clusters.js").Cluster} Cluster
 * @typedef {{key: string, clusters: Cluster[]}} Area  `key` of its section; empty: it has no frame
 * @typedef {Point & {cluster: Cluster, way: number}} Placed  a cluster and its corner; `way`: the middle of the gap at
 *   its
 *   left, where lines may run
 * @typedef {{placed: Placed[], w: number, h: number}} Block
 */

/** What the frame of a section keeps free around its units. */
export const FRAME = { side: 8, head: 32, foot: 8 };
const FRAME_GAP = 13;
const BARE = { side: 0, head: 0, foot: 0 };
const WIDENED = 40; // a column may become so much wider for what is put below others
const TRIALS = 36;

/**
 * @param {Area[]} areas
 * @param {number} aspect  width of the picture divided by its height
 * @param {number} beside  the width of what stands beside them
 * @return {Block}
 */
export function pack(areas, aspect, beside) {
  const tallest = Math.max(...areas.flatMap(({ clusters }) => clusters.map(({ h }) => h)));
  const least = tallest + FRAME.head + FRAME.foot;
  const most = areas.reduce((sum, area) => sum + blockOf(area, Infinity).h + FRAME_GAP, least);
  let best = { scale: -1, block: /** @type {Block} */ ({ placed: [], w: 0, h: 0 }) };
  for (let trial = 0; trial <= TRIALS; trial++) {
    const height = least * (most / least) ** (trial / TRIALS);
    const blocks = areas.map((area) => blockOf(area, height));
    const block = inColumns(blocks, height);
    const scale = Math.min(aspect / (block.w + beside), 1 / block.h);
    if (scale > best.scale * 1.001) best = { scale, block };
  }
  return best.block;
}

/**
 * The clusters of a section in columns of at most that height, of one height where that is possible.
 * @param {Area} area
 * @param {number} height
 * @return {Block}
 */
function blockOf({ key, clusters }, height) {
  const within = gapIn(clusters);
  const edge = key ? FRAME : BARE;
  const room = Math.max(height - edge.head - edge.foot, ...clusters.map(({ h }) => h));
  const columns = evenColumns(clusters, room, within);
  /** @type {Placed[]} */
  const placed = [];
  let [x, h] = [edge.side, 0];
  for (const [index, column] of columns.entries()) {
    const gap = index ? gapBeside(columns[index - 1], column) : 0;
    x += gap;
    let y = edge.head;
    for (const cluster of column) {
      placed.push({ cluster, x, y, way: index ? x - gap / 2 : key ? -FRAME_GAP / 2 : -UNIT_GAP / 2 });
      y += cluster.h + within;
    }
    h = Math.max(h, y - within);
    x += Math.max(...column.map(({ w }) => w));
  }
  return { placed, w: x + edge.side, h: h + edge.foot };
}

/** @param {Cluster[]} clusters @param {number} room @param {number} gap */
function evenColumns(clusters, room, gap) {
  const columns = fill(clusters, room, gap);
  if (columns.length < 2) return columns;
  const total = clusters.reduce((sum, { h }) => sum + h + gap, 0);
  for (let part = 1; part < 1.6; part += 0.06) {
    const even = fill(clusters, Math.min(room, (total / columns.length) * part), gap);
    if (even.length <= columns.length) return even;
  }
  return columns;
}

/** @param {Cluster[]} clusters @param {number} room @param {number} gap */
function fill(clusters, room, gap) {
  /** @type {Cluster[][]} */
  const columns = [];
  let used = 0;
  for (const cluster of clusters) {
    if (!columns.length || used + cluster.h > room + 1) {
      columns.push([]);
      used = 0;
    }
    columns[columns.length - 1].push(cluster);
    used += cluster.h + gap;
  }
  return columns;
}

/** @param {Cluster[]} clusters */
const gapIn = (clusters) => gapOf(clusters.flatMap(({ units }) => units));
/** @param {Cluster[]} left @param {Cluster[]} right */
const gapBeside = (left, right) => (gapIn([...left, ...right]) === CARD_GAP ? CARD_GAP + 4 : UNIT_GAP * 1.4);

/**
 * Blocks below one another: each in the first column that has room for it.
 * @param {Block[]} blocks
 * @param {number} height
 * @return {Block}
 */
function inColumns(blocks, height) {
  /** @type {{blocks: Block[], w: number, h: number}[]} */
  const columns = [];
  for (const block of blocks) {
    const fitting = columns.find(({ w, h }) => h + block.h <= height * 1.02 && block.w <= w + WIDENED);
    const column = fitting ?? { blocks: [], w: 0, h: 0 };
    if (!fitting) columns.push(column);
    column.blocks.push(block);
    column.w = Math.max(column.w, block.w);
    column.h += block.h + FRAME_GAP;
  }
  /** @type {Placed[]} */
  const placed = [];
  let left = 0;
  for (const column of columns) {
    let y = 0;
    for (const block of column.blocks) {
      for (const one of block.placed) placed.push({ ...one, x: one.x + left, y: one.y + y, way: one.way + left });
      y += block.h + FRAME_GAP;
    }
    left += column.w + FRAME_GAP;
  }
  return { placed, w: left - FRAME_GAP, h: Math.max(...columns.map(({ h }) => h)) - FRAME_GAP };
}
