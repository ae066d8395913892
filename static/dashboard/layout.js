/**
 * Where everything stands. Deterministic: the same input gives the same places, to the last digit. Pure but for its own objects.
 *
 * Two levels. Inside a unit (a container, or the host) d3-force settles the nodes around the columns of their chain; the units, as
 * whole boxes, then stand in columns, and the hubs between them find their place in the gaps: groups never overlap. What is known
 * stays where it is: only what is new, and what is in its way, moves.
 */

import { forceLink, forceSimulation, forceX, forceY } from "../vendor/d3.js";
import { boxAround, extentOf } from "./geometry.js";

/**
 * @typedef {import("./geometry.js").Extent} Extent
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {{key: string, unit: string, inside: boolean, kind: string, label: string, depth: number, extent: Extent}} Body
 * @typedef {{key: string, title: string, sub: string, cells: number}} Frame
 * @typedef {{source: string, target: string, kind: string, across: boolean}} Tie
 * @typedef {object} LayoutInput
 * @property {Body[]} bodies
 * @property {Frame[]} frames
 * @property {Tie[]} ties
 * @property {Record<string, [number, number]>} known  places to keep
 * @property {number} aspect  width of the picture divided by its height
 * @typedef {Record<string, [number, number]>} Places
 * @typedef {Point & {key: string, extent: Extent, index?: number, vx?: number, vy?: number, fx?: number|null, fy?: number|null, slot: Point, weight: number}} Moving
 * @typedef {{key: string, bodies: Body[], frame: Frame|undefined, local: Map<string, Point>, anchored: boolean, box: Rect, below: number}} Unit
 */

const WORTH_A_COLUMN = 1.15; // so much larger must the picture be for its links to run behind boxes
const COLUMN_GAP = 26;
const ROW_GAP = 12;
const UNIT_GAP = 28;
const CARD_GAP = 16;
const HUB_RISE = 30;
const HUB_ROOM = 30; // more space between sharers, for the hub that joins them
/** Before a unit's key among the places: the middle of its box, and its size. */
export const BOX = "box:";
const SIZE = "size:";
const MOST_TOGETHER = 8; // more sharers than that do not fit below one another

/**
 * The question to ask for a graph. A place is kept where the node still is what it was, in the unit it was in.
 * @param {import("./graph.js").Graph} graph
 * @param {number} aspect
 * @param {{graph: import("./graph.js").Graph, places: Places}|null} [before]
 * @param {boolean} [still]  places are kept however much came or went
 * @return {LayoutInput}
 */
export function inputOf(graph, aspect, before = null, still = false) {
  return {
    bodies: graph.nodes.map((node) => ({ key: node.key, unit: node.unit, inside: node.inside, kind: node.kind, label: node.label, depth: node.depth, extent: extentOf(node) })),
    frames: graph.groups.map((group) => ({ key: group.key, title: group.title, sub: group.sub, cells: group.cells.length })),
    ties: graph.links.map(({ source, target, kind, across }) => ({ source, target, kind, across })),
    known: before && (still || !isAnother(graph, before.graph)) ? keptPlaces(graph, before.graph, before.places) : {},
    aspect,
  };
}

/** So much came or went that keeping places would only keep holes. @param {import("./graph.js").Graph} graph @param {import("./graph.js").Graph} before */
function isAnother(graph, before) {
  const old = new Set(before.nodes.map((node) => node.key));
  const kept = graph.nodes.filter((node) => old.has(node.key)).length;
  const moved = graph.nodes.length + old.size - 2 * kept;
  return moved > Math.max(60, old.size * 0.6);
}

/** @param {import("./graph.js").Graph} graph @param {import("./graph.js").Graph} before @param {Places} places */
function keptPlaces(graph, before, places) {
  const old = new Map(before.nodes.map((node) => [node.key, node]));
  /** @type {Places} */
  const known = {};
  for (const key of Object.keys(places)) if (key.startsWith(BOX) || key.startsWith(SIZE)) known[key] = places[key];
  for (const { key, unit, kind } of graph.nodes) {
    const node = old.get(key);
    if (places[key] && node && node.unit === unit && (node.kind === "card") === (kind === "card")) known[key] = places[key];
  }
  return known;
}

/** @param {LayoutInput} input @return {Places} */
export function layOut(input) {
  const { units, hubs } = split(input);
  for (const unit of units) settleUnit(unit, input);
  const kept = units.some((unit) => unit.anchored);
  if (kept) insertUnits(units, input);
  else arrangeUnits(units, input);
  return { ...placesOf(units), ...settleHubs(units, hubs, input) };
}

/** @param {LayoutInput} input */
function split({ bodies, frames }) {
  const frameOf = new Map(frames.map((frame) => [frame.key, frame]));
  /** @type {Map<string, Unit>} */
  const units = new Map();
  const hubs = [];
  for (const body of bodies) {
    if (body.kind === "hub" && body.unit === body.key) {
      hubs.push(body);
      continue;
    }
    const unit = units.get(body.unit);
    if (unit) unit.bodies.push(body);
    else units.set(body.unit, { key: body.unit, bodies: [body], frame: frameOf.get(body.unit), local: new Map(), anchored: false, box: { x: 0, y: 0, w: 0, h: 0 }, below: 0 });
  }
  const sorted = [...units.values()].sort((a, b) => (rankOf(a) - rankOf(b) || compare(nameOf(a), nameOf(b)) || compare(a.key, b.key)));
  return { units: sorted, hubs: hubs.sort((a, b) => compare(a.key, b.key)) };
}

/** The host, then containers, then what is isolated without one. @param {Unit} unit */
const rankOf = (unit) => (unit.key === "host" ? 0 : unit.key.startsWith("group:") ? 2 : 1);

/** @param {Unit} unit */
const nameOf = (unit) => unit.frame?.title ?? unit.bodies[0].label;

/** @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Places inside one unit. @param {Unit} unit @param {LayoutInput} input */
function settleUnit(unit, input) {
  const known = unit.bodies.filter((body) => input.known[body.key]);
  unit.anchored = known.length > 0;
  const ties = tiesOf(unit, input.ties);
  if (unit.anchored) {
    for (const body of known) unit.local.set(body.key, { x: input.known[body.key][0], y: input.known[body.key][1] });
    for (const body of unit.bodies) if (!unit.local.has(body.key)) unit.local.set(body.key, besides(unit, body, ties));
  } else arrangeInside(unit, ties);
  unit.box = boxOf(unit);
}

/** @param {Unit} unit @param {Tie[]} ties */
function tiesOf(unit, ties) {
  const keys = new Set(unit.bodies.map((body) => body.key));
  return ties.filter((tie) => keys.has(tie.source) && keys.has(tie.target));
}

/** Columns by depth, wrapped where they grow long; then forces pull linked nodes together. @param {Unit} unit @param {Tie[]} ties */
function arrangeInside(unit, ties) {
  const processes = unit.bodies.filter((body) => body.kind !== "hub" && body.inside);
  const hubs = unit.bodies.filter((body) => body.kind === "hub");
  const movers = slotted(inOrder(processes, ties));
  simulate(movers, ties.filter((tie) => tie.kind !== "member"));
  for (const mover of movers) unit.local.set(mover.key, { x: mover.x, y: mover.y });
  settleInnerHubs(unit, hubs, movers, ties);
  placeShims(unit, ties);
}

/** Depth first, so that children follow their parents' order. @param {Body[]} bodies @param {Tie[]} ties */
function inOrder(bodies, ties) {
  const byKey = new Map(bodies.map((body) => [body.key, body]));
  /** @type {Map<string, Body[]>} */
  const children = new Map();
  const placed = new Set();
  for (const tie of ties) {
    const child = byKey.get(tie.target);
    if (tie.kind === "member" || !child || !byKey.has(tie.source) || placed.has(tie.target)) continue;
    placed.add(tie.target);
    const list = children.get(tie.source);
    if (list) list.push(child);
    else children.set(tie.source, [child]);
  }
  /** @type {Body[]} */
  const order = [];
  const seen = new Set();
  const stack = bodies.filter((body) => !placed.has(body.key)).reverse();
  for (const rest of [stack, [...bodies].reverse()]) {
    while (rest.length) {
      const body = /** @type {Body} */ (rest.pop());
      if (seen.has(body.key)) continue;
      seen.add(body.key);
      order.push(body);
      rest.push(...(children.get(body.key) ?? []).slice().reverse());
    }
  }
  return order;
}

/** @param {Body[]} bodies @return {Moving[]} */
function slotted(bodies) {
  const rows = Math.max(5, Math.ceil(Math.sqrt(bodies.length * 1.3)));
  /** @type {Map<number, Body[]>} */
  const columns = new Map();
  for (const body of bodies) columns.set(body.depth, [...(columns.get(body.depth) ?? []), body]);
  /** @type {Moving[]} */
  const movers = [];
  let x = 0;
  for (const [, column] of [...columns].sort((a, b) => a[0] - b[0])) {
    for (let start = 0; start < column.length; start += rows) {
      const part = column.slice(start, start + rows);
      const width = Math.max(...part.map((body) => body.extent.l + body.extent.r));
      const height = part.reduce((sum, body) => sum + body.extent.t + body.extent.b + ROW_GAP, -ROW_GAP);
      let y = -height / 2;
      for (const body of part) {
        const slot = { x: x + width / 2, y: y + body.extent.t };
        movers.push({ key: body.key, extent: body.extent, x: slot.x, y: slot.y, slot, weight: 1 });
        y += body.extent.t + body.extent.b + ROW_GAP;
      }
      x += width + COLUMN_GAP;
    }
  }
  return movers;
}

/** @param {Moving[]} movers @param {Tie[]} ties */
function simulate(movers, ties) {
  if (movers.length < 3 || movers.length > 1500) return separate(movers, 8, 40);
  const keys = new Set(movers.map((mover) => mover.key));
  const links = ties.filter((tie) => keys.has(tie.source) && keys.has(tie.target)).map((tie) => ({ source: tie.source, target: tie.target }));
  const simulation = forceSimulation(movers)
    .randomSource(seeded(42))
    .force("x", forceX((/** @type {any} */ mover) => mover.slot.x).strength(0.7))
    .force("y", forceY((/** @type {any} */ mover) => mover.slot.y).strength(0.08))
    .force("link", forceLink(links).id((/** @type {any} */ mover) => mover.key).distance(90).strength(0.12))
    .stop();
  for (let tick = 0; tick < 90; tick++) {
    simulation.tick();
    separate(movers, ROW_GAP, 2);
  }
  separate(movers, ROW_GAP, 60);
}

/** Hubs of one unit stand above its processes, or beside them where they stand below one another. @param {Unit} unit @param {Body[]} hubs @param {Moving[]} movers @param {Tie[]} ties */
function settleInnerHubs(unit, hubs, movers, ties) {
  const byKey = new Map(movers.map((mover) => [mover.key, mover]));
  const top = Math.min(...movers.map((mover) => mover.y - mover.extent.t), 0);
  /** @type {Moving[]} */
  const placed = hubs.map((hub) => {
    const members = ties.filter((tie) => tie.source === hub.key).map((tie) => byKey.get(tie.target)).filter((mover) => mover !== undefined);
    const { x, y } = hubPlace(hub, members, top);
    return { key: hub.key, extent: hub.extent, x, y, slot: { x, y }, weight: 1 };
  });
  separate([...placed, ...movers.map((mover) => ({ ...mover, weight: 0 }))], 10, 80);
  for (const hub of placed) unit.local.set(hub.key, { x: hub.x, y: hub.y });
}

/** @param {Body} hub @param {Moving[]} members @param {number} top @return {Point} */
function hubPlace(hub, members, top) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const xs = members.map((mover) => mover.x);
  if (members.length < 2 || Math.max(...xs) - Math.min(...xs) > 24) return { x: mean(xs), y: top - HUB_RISE };
  return { x: Math.max(...members.map((mover) => mover.x + mover.extent.r)) + 22 + hub.extent.l, y: mean(members.map((mover) => mover.y)) };
}

/** A shim stands before the box, level with what it started. @param {Unit} unit @param {Tie[]} ties */
function placeShims(unit, ties) {
  const shims = unit.bodies.filter((body) => !body.inside);
  if (!shims.length) return;
  const box = boxOf(unit);
  for (const [index, shim] of shims.entries()) {
    const target = ties.find((tie) => tie.source === shim.key && unit.local.has(tie.target))?.target;
    const y = (target && unit.local.get(target)?.y) || box.y + box.h / 2;
    unit.local.set(shim.key, { x: box.x - 30 - shim.extent.r, y: y + index * 64 });
  }
}

/** A new node goes next to what it hangs on, where there is room. @param {Unit} unit @param {Body} body @param {Tie[]} ties @return {Point} */
function besides(unit, body, ties) {
  const tie = ties.find((one) => (one.target === body.key && unit.local.has(one.source)) || (one.source === body.key && unit.local.has(one.target)));
  const from = unit.local.get(tie?.source === body.key ? tie.target : (tie?.source ?? "")) ?? centre(unit);
  const step = tie?.target === body.key ? 104 : body.kind === "hub" ? 0 : 60;
  const wanted = { x: from.x + step, y: body.kind === "hub" ? from.y - 70 : from.y };
  const taken = unit.bodies.filter((other) => unit.local.has(other.key)).map((other) => rectOf(/** @type {Point} */ (unit.local.get(other.key)), other.extent, ROW_GAP));
  return nearestFree(wanted, body.extent, taken);
}

/** @param {Unit} unit @return {Point} */
function centre(unit) {
  const points = [...unit.local.values()];
  const sum = points.reduce((total, point) => ({ x: total.x + point.x, y: total.y + point.y }), { x: 0, y: 0 });
  return { x: sum.x / Math.max(1, points.length), y: sum.y / Math.max(1, points.length) };
}

/** The nearest place, in rings around the wanted one, that overlaps nothing. @param {Point} wanted @param {Extent} extent @param {Rect[]} taken @return {Point} */
function nearestFree(wanted, extent, taken) {
  for (let ring = 0; ring < 200; ring++) {
    const steps = Math.max(1, ring * 6);
    for (let step = 0; step < steps; step++) {
      const angle = Math.PI / 2 + (step / steps) * 2 * Math.PI;
      const point = { x: wanted.x + Math.cos(angle) * ring * 24, y: wanted.y + Math.sin(angle) * ring * 24 };
      const rect = rectOf(point, extent, 0);
      if (!taken.some((other) => overlaps(rect, other))) return point;
    }
  }
  return wanted;
}

/** @param {Point} at @param {Extent} extent @param {number} gap @return {Rect} */
function rectOf(at, extent, gap) {
  return { x: at.x - extent.l - gap / 2, y: at.y - extent.t - gap / 2, w: extent.l + extent.r + gap, h: extent.t + extent.b + gap };
}

/** @param {Rect} a @param {Rect} b */
function overlaps(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** The room a unit takes, shims included. @param {Unit} unit @return {Rect} */
function boxOf(unit) {
  const parts = (/** @type {boolean} */ inside) =>
    unit.bodies.filter((body) => body.inside === inside && unit.local.has(body.key)).map((body) => ({ at: /** @type {Point} */ (unit.local.get(body.key)), extent: body.extent }));
  const rects = parts(false).map(({ at, extent }) => rectOf(at, extent, 8));
  const inner = parts(true);
  if (inner.length) rects.push(unit.frame ? boxAround(inner, unit.frame.title, unit.frame.sub, unit.frame.cells) : rectOf(inner[0].at, inner[0].extent, 0));
  const [l, t] = [Math.min(...rects.map((rect) => rect.x)), Math.min(...rects.map((rect) => rect.y))];
  return { x: l, y: t, w: Math.max(...rects.map((rect) => rect.x + rect.w)) - l, h: Math.max(...rects.map((rect) => rect.y + rect.h)) - t };
}

/** @param {Unit} unit @param {number} dx @param {number} dy */
function move(unit, dx, dy) {
  for (const point of unit.local.values()) {
    point.x += dx;
    point.y += dy;
  }
  unit.box = { ...unit.box, x: unit.box.x + dx, y: unit.box.y + dy };
}

/** All units afresh: the host at the left, containers in columns, sharers one below the other. @param {Unit[]} units @param {LayoutInput} input */
function arrangeUnits(units, input) {
  const host = units.find((unit) => unit.key === "host");
  const others = units.filter((unit) => unit !== host);
  for (const [unit, centre] of columnsOf(clustersOf(others, input), input.aspect, host)) moveTo(unit, centre);
  if (!host) return;
  const area = others.length ? areaOf(others) : { x: 0, y: 0, w: 0, h: 0 };
  move(host, area.x - UNIT_GAP * 2 - host.box.w - host.box.x, area.y + area.h / 2 - host.box.h / 2 - host.box.y);
}

/** @param {Unit} unit @param {Point} slot @return {Moving} */
function moverOf(unit, slot) {
  const extent = { l: unit.box.w / 2, r: unit.box.w / 2, t: unit.box.h / 2, b: unit.box.h / 2 };
  return { key: unit.key, extent, x: slot.x, y: slot.y, slot, weight: 1 };
}

/** @param {Unit} unit @param {Point} at */
function moveTo(unit, at) {
  move(unit, at.x - unit.box.w / 2 - unit.box.x, at.y - unit.box.h / 2 - unit.box.y);
}

/** Units that share a namespace, together; those that share with nobody, alone. @param {Unit[]} units @param {LayoutInput} input @return {Unit[][]} */
function clustersOf(units, input) {
  const byKey = new Map(units.map((unit) => [unit.key, unit]));
  const sets = sharersOf(input).filter((set) => set.size > 1 && set.size <= MOST_TOGETHER);
  const seen = new Set();
  /** @type {Unit[][]} */
  const clusters = [];
  for (const unit of units) {
    const queue = [unit.key];
    const cluster = [];
    while (queue.length) {
      const key = /** @type {string} */ (queue.shift());
      const next = byKey.get(key);
      if (!next || seen.has(key)) continue;
      seen.add(key);
      cluster.push(next);
      for (const set of sets) if (set.has(key)) queue.push(...[...set].sort());
    }
    for (const sharer of cluster.slice(0, -1)) sharer.below = HUB_ROOM;
    if (cluster.length) clusters.push(cluster);
  }
  return clusters;
}

/** For each hub between units, the units it joins. @param {LayoutInput} input */
function sharersOf(input) {
  const unitOf = new Map(input.bodies.map((body) => [body.key, body.unit]));
  /** @type {Map<string, Set<string>>} */
  const sharers = new Map();
  for (const tie of input.ties) {
    if (tie.kind !== "member" || !tie.across) continue;
    const set = sharers.get(tie.source) ?? new Set();
    sharers.set(tie.source, set.add(unitOf.get(tie.target) ?? tie.target));
  }
  return [...sharers.values()];
}

/** Centres for the units in columns, as many as make the picture largest in its frame. @param {Unit[][]} clusters @param {number} aspect @param {Unit|undefined} host @return {Map<Unit, Point>} */
function columnsOf(clusters, aspect, host) {
  const heights = clusters.map((cluster) => heightOf(cluster));
  const total = heights.reduce((sum, height) => sum + height + gapOf(clusters.flat()), 0);
  let best = { scale: -1, count: 0, columns: /** @type {Unit[][]} */ ([]) };
  for (let count = 1; count <= Math.min(clusters.length, 24); count++) {
    for (const slack of [1, 1.08, 1.2]) {
      const columns = fillColumns(clusters, (total / count) * slack);
      const width = columns.reduce((sum, column) => sum + widthOf(column) + columnGap(column), host ? host.box.w + UNIT_GAP : 0);
      const height = Math.max(host?.box.h ?? 0, ...columns.map(heightOf));
      const scale = Math.min(aspect / width, 1 / height);
      if (scale > best.scale * (count > best.count ? WORTH_A_COLUMN : 1)) best = { scale, count, columns };
    }
  }
  return centresOf(best.columns);
}

/** @param {Unit[]} column */
const widthOf = (column) => Math.max(0, ...column.map((unit) => unit.box.w));
/** Closed containers may stand closer than open ones. @param {Unit[]} units */
const gapOf = (units) => (units.every((unit) => !unit.frame) ? CARD_GAP : UNIT_GAP);
/** @param {Unit[]} column */
const columnGap = (column) => gapOf(column) * 1.4;
/** @param {Unit[]} column */
const heightOf = (column) => column.reduce((sum, unit) => sum + unit.box.h + unit.below + gapOf(column), -gapOf(column));

/** @param {Unit[][]} clusters @param {number} height */
function fillColumns(clusters, height) {
  /** @type {Unit[][]} */
  const columns = [];
  for (const cluster of clusters) {
    const last = columns.at(-1);
    if (last && heightOf([...last, ...cluster]) <= height * 1.02) last.push(...cluster);
    else columns.push([...cluster]);
  }
  return columns;
}

/** @param {Unit[][]} columns */
function centresOf(columns) {
  /** @type {Map<Unit, Point>} */
  const at = new Map();
  let x = 0;
  for (const column of columns) {
    let y = -heightOf(column) / 2;
    for (const unit of column) {
      at.set(unit, { x: x + unit.box.w / 2, y: y + unit.box.h / 2 });
      y += unit.box.h + unit.below + gapOf(column);
    }
    x += widthOf(column) + columnGap(column);
  }
  return at;
}

/** New units go where there is room; known ones give way only where something has grown into them. @param {Unit[]} units @param {LayoutInput} input */
function insertUnits(units, input) {
  const known = units.filter((unit) => unit.anchored);
  for (const unit of units.filter((one) => !one.anchored)) {
    const [at, size] = [input.known[BOX + unit.key], input.known[SIZE + unit.key]];
    if (at && size) makeRoom(unit, { x: at[0] - size[0] / 2, y: at[1] - size[1] / 2, w: size[0], h: size[1] }, known);
    else findRoom(unit, known);
    known.push(unit);
  }
  const movers = units.map((unit) => moverOf(unit, { x: unit.box.x + unit.box.w / 2, y: unit.box.y + unit.box.h / 2 }));
  separate(movers, CARD_GAP - 4, 120);
  for (const [index, unit] of units.entries()) moveTo(unit, movers[index]);
}

/** @param {Unit} unit @param {Unit[]} known */
function findRoom(unit, known) {
  const around = areaOf(known);
  const extent = moverOf(unit, { x: 0, y: 0 }).extent;
  const taken = known.map(({ box }) => ({ x: box.x - UNIT_GAP / 2, y: box.y - UNIT_GAP / 2, w: box.w + UNIT_GAP, h: box.h + UNIT_GAP }));
  moveTo(unit, nearestFree({ x: around.x + around.w - extent.l, y: around.y + around.h / 2 }, extent, taken));
}

/** A unit that was opened or closed keeps its corner: what is right of it and below it moves by what it grew. @param {Unit} unit @param {Rect} before @param {Unit[]} others */
function makeRoom(unit, before, others) {
  const [dx, dy] = [unit.box.w - before.w, unit.box.h - before.h];
  move(unit, before.x - unit.box.x, before.y - unit.box.y);
  for (const other of others) {
    const { box } = other;
    if (box.x >= before.x + before.w - 1) move(other, dx, 0);
    else if (box.y >= before.y + before.h - 1 && box.x < before.x + Math.min(before.w, unit.box.w) && box.x + box.w > before.x) move(other, 0, dy);
  }
}

/** @param {Unit[]} units @return {Rect} */
function areaOf(units) {
  const l = Math.min(...units.map((unit) => unit.box.x));
  const t = Math.min(...units.map((unit) => unit.box.y));
  return { x: l, y: t, w: Math.max(...units.map((unit) => unit.box.x + unit.box.w)) - l, h: Math.max(...units.map((unit) => unit.box.y + unit.box.h)) - t };
}

/** @param {Unit[]} units @return {Places} */
function placesOf(units) {
  /** @type {Places} */
  const places = {};
  for (const unit of units) {
    for (const [key, point] of unit.local) places[key] = [round(point.x), round(point.y)];
    if (unit.key === "host") continue;
    places[BOX + unit.key] = [round(unit.box.x + unit.box.w / 2), round(unit.box.y + unit.box.h / 2)];
    places[SIZE + unit.key] = [round(unit.box.w), round(unit.box.h)];
  }
  return places;
}

/** Hubs that join units settle between them, pulled by their links and kept out of the boxes. @param {Unit[]} units @param {Body[]} hubs @param {LayoutInput} input @return {Places} */
function settleHubs(units, hubs, input) {
  const unitOf = new Map(input.bodies.map((body) => [body.key, body.unit]));
  const boxes = new Map(units.map((unit) => [unit.key, unit.box]));
  const walls = units.map((unit) => ({ ...moverOf(unit, { x: unit.box.x + unit.box.w / 2, y: unit.box.y + unit.box.h / 2 }), weight: 0 }));
  const targetsOf = new Map(hubs.map((hub) => [hub.key, input.ties.filter((tie) => tie.source === hub.key).map((tie) => boxes.get(unitOf.get(tie.target) ?? tie.target) ?? boxes.get(tie.target))]));
  const moved = new Set(units.filter((unit) => hasMoved(unit, input)).map((unit) => unit.box));
  const movers = hubs.map((hub) => {
    const targets = (targetsOf.get(hub.key) ?? []).filter((box) => box !== undefined);
    const known = targets.some((box) => moved.has(box)) ? undefined : input.known[hub.key];
    const slot = known ? { x: known[0], y: known[1] } : between(targets);
    return { key: hub.key, extent: hub.extent, x: slot.x, y: slot.y, slot, weight: known ? 0.01 : 1 };
  });
  separate([...movers, ...walls], 12, 200);
  /** @type {Places} */
  const places = {};
  for (const mover of movers) places[mover.key] = [round(mover.x), round(mover.y)];
  return places;
}

/** @param {Unit} unit @param {LayoutInput} input */
function hasMoved({ key, box }, input) {
  const at = input.known[BOX + key];
  return key !== "host" && (!at || Math.hypot(at[0] - box.x - box.w / 2, at[1] - box.y - box.h / 2) > 1);
}

/** The middle of the gap between boxes that face each other. @param {Rect[]} boxes @return {Point} */
function between(boxes) {
  if (!boxes.length) return { x: 0, y: 0 };
  const axis = (/** @type {(box: Rect) => [number, number]} */ span) => {
    const spans = boxes.map(span);
    const [low, high] = [Math.max(...spans.map((one) => one[0])), Math.min(...spans.map((one) => one[1]))];
    return boxes.length === 2 ? (low + high) / 2 : spans.reduce((sum, one) => sum + (one[0] + one[1]) / 2, 0) / spans.length;
  };
  return { x: axis((box) => [box.x, box.x + box.w]), y: axis((box) => [box.y, box.y + box.h]) };
}

/** Push overlapping rectangles apart along the shorter way; weight 0 does not give way. @param {Moving[]} movers @param {number} gap @param {number} rounds */
function separate(movers, gap, rounds) {
  for (let round = 0; round < rounds; round++) {
    const order = [...movers].sort((a, b) => a.x - a.extent.l - (b.x - b.extent.l) || compare(a.key, b.key));
    const widest = Math.max(0, ...order.map((mover) => mover.extent.l + mover.extent.r));
    let moved = false;
    for (let i = 0; i < order.length; i++) {
      for (let j = i + 1; j < order.length && order[j].x - order[j].extent.l < order[i].x - order[i].extent.l + widest + gap; j++) {
        moved = pushApart(order[i], order[j], gap) || moved;
      }
    }
    if (!moved) return;
  }
}

/** @param {Moving} a @param {Moving} b @param {number} gap */
function pushApart(a, b, gap) {
  const weight = a.weight + b.weight;
  const [ax, ay] = middle(a);
  const [bx, by] = middle(b);
  const overX = (a.extent.l + a.extent.r + b.extent.l + b.extent.r) / 2 + gap - Math.abs(ax - bx);
  const overY = (a.extent.t + a.extent.b + b.extent.t + b.extent.b) / 2 + gap - Math.abs(ay - by);
  if (weight === 0 || overX <= 0.01 || overY <= 0.01) return false;
  const share = a.weight / weight;
  if (overX < overY) {
    const way = ax < bx || (ax === bx && a.key < b.key) ? 1 : -1;
    a.x -= way * overX * share;
    b.x += way * overX * (1 - share);
  } else {
    const way = ay < by || (ay === by && a.key < b.key) ? 1 : -1;
    a.y -= way * overY * share;
    b.y += way * overY * (1 - share);
  }
  return true;
}

/** @param {Moving} mover @return {[number, number]} */
function middle({ x, y, extent }) {
  return [x + (extent.r - extent.l) / 2, y + (extent.b - extent.t) / 2];
}

/** Tenths are enough, and print the same everywhere. @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/** A small congruential generator: d3-force asks for random numbers where two nodes stand on one spot. @param {number} seed */
function seeded(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
