/**
 * Where the parts of a diagram stand, for a format that asks for places: what is in a container in columns by descent,
 * everything else in rows. Frames never overlap. Pure.
 */

/**
 * @typedef {import("./diagram.mjs").Part} Part
 * @typedef {{x: number, y: number, w: number, h: number}} Box  within the frame around it
 */

const LETTER = 6.4;
const LINE = 15;
const GAP = 24;
const PADDING = 16;
const LEAST = 90;
const BEHIND = 1000; // deeper than any process

/** A box for every part, by id. @param {Part[]} parts */
export function placeParts(parts) {
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  inRows(parts, boxes);
  return boxes;
}

/** The size of a part with everything in it. @param {Part} part @param {Map<string, Box>} boxes */
function sizeOf(part, boxes) {
  const w = Math.max(LEAST, Math.max(...part.lines.map((text) => Array.from(text).length)) * LETTER + 2 * PADDING);
  const head = part.lines.length * LINE + PADDING;
  if (!part.parts.length) return { w, h: head };
  const inner = part.kind === "project" ? inRows(part.parts, boxes) : inColumns(part.parts, boxes);
  for (const { id } of part.parts) shift(boxes.get(id), PADDING, head);
  return { w: Math.max(w, inner.w + 2 * PADDING), h: inner.h + head + PADDING };
}

/** @param {Box|undefined} box @param {number} dx @param {number} dy */
function shift(box, dx, dy) {
  if (!box) return;
  box.x += dx;
  box.y += dy;
}

/** @param {Part[]} parts @param {Map<string, Box>} boxes */
function inRows(parts, boxes) {
  const sizes = togetherOf(parts).map((group) => ({ group, ...inColumns(group, boxes) }));
  const area = sizes.reduce((sum, { w, h }) => sum + (w + GAP) * (h + GAP), 0);
  const width = Math.max(Math.sqrt(area * 1.6), ...sizes.map(({ w }) => w));
  let [x, y, high, wide] = [0, 0, 0, 0];
  for (const { group, w, h } of sizes) {
    if (x > 0 && x + w > width) [x, y, high] = [0, y + high + GAP, 0];
    for (const { id } of group) shift(boxes.get(id), x, y);
    x += w + GAP;
    high = Math.max(high, h);
    wide = Math.max(wide, x - GAP);
  }
  return { w: wide, h: y + high };
}

/** What belongs to one container: its shim, and its frame. @param {Part[]} parts */
function togetherOf(parts) {
  /** @type {Map<string, Part[]>} */
  const groups = new Map();
  for (const part of parts) {
    const name = part.owner || part.id;
    groups.set(name, [...(groups.get(name) ?? []), part]);
  }
  return [...groups.values()];
}

/** In columns by descent; a frame stands behind the shim that started it. @param {Part[]} parts @param {Map<string, Box>} boxes */
function inColumns(parts, boxes) {
  const sizes = parts.map((part) => ({
    id: part.id,
    depth: part.parts.length ? BEHIND : part.depth,
    ...sizeOf(part, boxes),
  }));
  let [x, high] = [0, 0];
  for (const depth of [...new Set(sizes.map((size) => size.depth))].sort((a, b) => a - b)) {
    const column = sizes.filter((size) => size.depth === depth);
    let y = 0;
    for (const { id, w, h } of column) {
      boxes.set(id, { x, y, w, h });
      y += h + GAP;
    }
    x += Math.max(...column.map(({ w }) => w)) + 2 * GAP;
    high = Math.max(high, y - GAP);
  }
  return { w: x - 2 * GAP, h: high };
}
