/**
 * The places of the nodes of one unit: the processes in the columns of their chain, hubs and shims beside them. Pure
 * but
 * for its own objects.
 */

import { boxAround } from "../draw/geometry.js";
import { nearestFree, rectOf, separate } from "./overlap.js";
import { placeTree } from "./tree.js";

/**
 * @typedef {import("../draw/geometry.js").Extent} Extent
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./layout.js").Body} Body
 * @typedef {import("./layout.js").Tie} Tie
 * @typedef {import("./layout.js").Unit} Unit
 * @typedef {import("./overlap.js").Moving} Moving
 */

const ROW_GAP = 12;
const HUB_RISE = 30;

/**
 * Places inside one unit.
 * @param {Unit} unit
 * @param {Tie[]} ties those that both begin and end in it
 * @param {LayoutInput} input
 */
export function settleUnit(unit, ties, input) {
  const known = unit.bodies.filter((body) => input.known[body.key]);
  unit.anchored = known.length > 0;
  if (unit.anchored) {
    for (const body of known) unit.local.set(body.key, { x: input.known[body.key][0], y: input.known[body.key][1] });
    for (const body of unit.bodies) if (!unit.local.has(body.key)) unit.local.set(body.key, besides(unit, body, ties));
  } else arrangeInside(unit, ties);
  unit.box = boxOf(unit);
}

/**
 * Columns by depth; above them the hubs, before them the shims.
 * @param {Unit} unit
 * @param {Tie[]} ties
 */
function arrangeInside(unit, ties) {
  const processes = unit.bodies.filter((body) => body.kind !== "hub" && body.inside);
  const hubs = unit.bodies.filter((body) => body.kind === "hub");
  const places = placeTree(processes, ties);
  const movers = processes.map(({ key, extent }) => {
    const { x, y } = /** @type {Point} */ (places.get(key));
    return { key, extent, x, y, slot: { x, y }, weight: 1 };
  });
  for (const mover of movers) unit.local.set(mover.key, { x: mover.x, y: mover.y });
  settleInnerHubs(unit, hubs, movers, ties);
  placeShims(unit, ties);
}

/**
 * Hubs of one unit stand above its processes, or beside them where they stand below one another.
 * @param {Unit} unit
 * @param {Body[]} hubs
 * @param {Moving[]} movers
 * @param {Tie[]} ties
 */
function settleInnerHubs(unit, hubs, movers, ties) {
  const byKey = new Map(movers.map((mover) => [mover.key, mover]));
  const top = Math.min(...movers.map((mover) => mover.y - mover.extent.t), 0);
  /** @type {Moving[]} */
  const placed = hubs.map((hub) => {
    const members = ties
      .filter((tie) => tie.source === hub.key)
      .map((tie) => byKey.get(tie.target))
      .filter((mover) => mover !== undefined);
    const { x, y } = hubPlace(hub, members, top);
    return { key: hub.key, extent: hub.extent, x, y, slot: { x, y }, weight: 1 };
  });
  separate([...placed, ...movers.map((mover) => ({ ...mover, weight: 0 }))], 10, 80);
  for (const hub of placed) unit.local.set(hub.key, { x: hub.x, y: hub.y });
}

/** @param {Body} hub @param {Moving[]} members @param {number} top @return {Point} */
function hubPlace(hub, members, top) {
  const mean = (/** @type {number[]} */ values) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const xs = members.map((mover) => mover.x);
  if (members.length < 2 || Math.max(...xs) - Math.min(...xs) > 24) return { x: mean(xs), y: top - HUB_RISE };
  return {
    x: Math.max(...members.map((mover) => mover.x + mover.extent.r)) + 22 + hub.extent.l,
    y: mean(members.map((mover) => mover.y)),
  };
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

/**
 * A new node goes next to the node it is linked to, where there is room.
 * @param {Unit} unit
 * @param {Body} body
 * @param {Tie[]} ties
 * @return {Point}
 */
function besides(unit, body, ties) {
  const tie = ties.find(
    (one) =>
      (one.target === body.key && unit.local.has(one.source)) ||
      (one.source === body.key && unit.local.has(one.target)),
  );
  const from = unit.local.get(tie?.source === body.key ? tie.target : (tie?.source ?? "")) ?? centre(unit);
  const step = tie?.target === body.key ? 104 : body.kind === "hub" ? 0 : 60;
  const wanted = { x: from.x + step, y: body.kind === "hub" ? from.y - 70 : from.y };
  const taken = unit.bodies
    .filter((other) => unit.local.has(other.key))
    .map((other) => rectOf(/** @type {Point} */ (unit.local.get(other.key)), other.extent, ROW_GAP));
  return nearestFree(wanted, body.extent, taken);
}

/** @param {Unit} unit @return {Point} */
function centre(unit) {
  const points = [...unit.local.values()];
  const sum = points.reduce((total, point) => ({ x: total.x + point.x, y: total.y + point.y }), { x: 0, y: 0 });
  return { x: sum.x / Math.max(1, points.length), y: sum.y / Math.max(1, points.length) };
}

/** The room a unit takes, shims included. @param {Unit} unit @return {Rect} */
export function boxOf(unit) {
  const parts = (/** @type {boolean} */ inside) =>
    unit.bodies
      .filter((body) => body.inside === inside && unit.local.has(body.key))
      .map((body) => ({ at: /** @type {Point} */ (unit.local.get(body.key)), extent: body.extent }));
  const rects = parts(false).map(({ at, extent }) => rectOf(at, extent, 8));
  const inner = parts(true);
  if (inner.length)
    rects.push(
      unit.frame
        ? boxAround(inner, unit.frame.title, unit.frame.sub, unit.frame.cells)
        : rectOf(inner[0].at, inner[0].extent, 0),
    );
  unit.inset = inner.length ? rects[rects.length - 1].x - Math.min(...rects.map((rect) => rect.x)) : 0;
  const [l, t] = [Math.min(...rects.map((rect) => rect.x)), Math.min(...rects.map((rect) => rect.y))];
  return {
    x: l,
    y: t,
    w: Math.max(...rects.map((rect) => rect.x + rect.w)) - l,
    h: Math.max(...rects.map((rect) => rect.y + rect.h)) - t,
  };
}

/** @param {Unit} unit @param {number} dx @param {number} dy */
export function move(unit, dx, dy) {
  for (const point of unit.local.values()) {
    point.x += dx;
    point.y += dy;
  }
  unit.box = { ...unit.box, x: unit.box.x + dx, y: unit.box.y + dy };
}

/** @param {Unit} unit @param {Point} slot @return {Moving} */
export function moverOf(unit, slot) {
  const extent = { l: unit.box.w / 2, r: unit.box.w / 2, t: unit.box.h / 2, b: unit.box.h / 2 };
  return { key: unit.key, extent, x: slot.x, y: slot.y, slot, weight: 1 };
}

/** @param {Unit} unit @param {Point} at */
export function moveTo(unit, at) {
  move(unit, at.x - unit.box.w / 2 - unit.box.x, at.y - unit.box.h / 2 - unit.box.y);
}
