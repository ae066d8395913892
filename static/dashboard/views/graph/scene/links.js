/** The links of a scene: parents, runtimes, and shared namespaces. Pure. */

import { CARD, RADIUS, cardRect, middleOf, nearestOn, shortenLine } from "../../../draw/geometry.js";
import { isChosen, strengthOfLink } from "./emphasis.js";
import { line } from "../../../draw/items.js";

/**
 * @typedef {import("../graph.js").GraphLink} GraphLink
 * @typedef {import("../graph.js").GraphNode} GraphNode
 * @typedef {import("../../../draw/geometry.js").Point} Point
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {import("./drawing.js").Drawing} Drawing
 */

const MEMBER_GAP = 3.6; // between two strands of a link
const SHARED_GAP = 2.6;
/** Roles whose children are more than ordinary children. @type {Set<string|null>} */
const STARTERS = new Set(["shim", "daemon", "manager"]);

/** @param {Drawing} drawing @param {GraphLink} link */
export function drawLink(drawing, link) {
  if (link.kind === "shared") return drawShared(drawing, link);
  const { nodes, at, boxes } = drawing;
  const from = at.get(link.source);
  const source = nodes.get(link.source);
  if (!from || !source) return;
  const box = boxes.get(link.target);
  const target = nodes.get(link.target);
  const to = at.get(link.target) ?? (box && nearestOn(box, from));
  if (!to) return;
  if (link.kind === "member") drawMember(drawing, link, from, to, target);
  else drawChain(drawing, link, from, to, source, target);
}

/**
 * A link from a hub to who lives in its namespaces: one thin line inside a unit, one strand for each type where it
 * joins units.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 * @param {Point} from
 * @param {Point} to
 * @param {GraphNode|undefined} target
 */
function drawMember({ items, theme, focus, spokes }, link, from, to, target) {
  const alpha = strengthOfLink(focus, link);
  const end = endOfMember(from, to, target);
  if (!link.across && !focus.selected.has(link.source)) {
    const stroke = link.types.length === 1 ? theme.types[link.types[0]].fill : theme.faint;
    const share = Math.max(0.2, Math.min(0.6, 5 / (spokes.get(link.source) ?? 1)));
    items.push(line([from.x, from.y, end.x, end.y], { stroke, width: 1.25, alpha: alpha * share }));
    return;
  }
  const { x, y } = normalOf(from, end);
  for (const [index, type] of link.types.entries()) {
    const off = (index - (link.types.length - 1) / 2) * MEMBER_GAP;
    const points = [from.x + x * off, from.y + y * off, end.x + x * off, end.y + y * off];
    items.push(line(points, { stroke: theme.types[type].fill, width: 2.4, alpha }));
  }
}

/** @param {Point} from @param {Point} to @param {GraphNode|undefined} target  undefined: a group */
function endOfMember(from, to, target) {
  if (!target) return to;
  return target.kind === "card" ? nearestOn(cardRect(to), from) : shortenLine(from, to, RADIUS + 1);
}

/** A vector of length 1, at right angles to a line. @param {Point} from @param {Point} to @return {Point} */
function normalOf(from, to) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
}

/**
 * A link between two that share namespaces, without a hub: a thin curve inside a unit, one strand for each type where
 * it joins units or is selected.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 */
function drawShared(drawing, link) {
  const ends = endsOfShared(drawing, link);
  if (!ends) return;
  const { items, theme, focus } = drawing;
  const [from, to] = ends;
  const strong = link.across || isChosen(focus, link);
  const strands = strong || link.types.length === 1 ? link.types.map((type) => theme.types[type].fill) : [theme.faint];
  const bow = link.across ? 0 : Math.min(44, 10 + (Math.hypot(to.x - from.x, to.y - from.y) || 1) * 0.16);
  const alpha = strengthOfLink(focus, link) * (strong ? 1 : 0.5);
  for (const [index, stroke] of strands.entries()) {
    const off = (index - (strands.length - 1) / 2) * SHARED_GAP;
    items.push(line(bowOf(from, to, off, bow + off), { stroke, width: strong ? 1.8 : 1.25, alpha }));
  }
}

/**
 * Where a shared link touches its two ends.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 * @return {[Point, Point]|null}
 */
function endsOfShared(drawing, { source, target }) {
  const { at } = drawing;
  const [a, b] = [boxOfEnd(drawing, source), boxOfEnd(drawing, target)];
  const [p, q] = [at.get(source) ?? (a && middleOf(a)), at.get(target) ?? (b && middleOf(b))];
  if (!p || !q) return null;
  const from = a ? nearestOn(a, q) : shortenLine(q, p, RADIUS + 1);
  const to = b ? nearestOn(b, from) : shortenLine(from, q, RADIUS + 1);
  return [from, to];
}

/** The box of a card or a group. @param {Drawing} drawing @param {string} key @return {Rect|undefined} */
function boxOfEnd({ nodes, at, boxes }, key) {
  const point = at.get(key);
  return nodes.get(key)?.kind === "card" && point ? cardRect(point) : boxes.get(key);
}

/**
 * A curve between two points. Its ends are `off` aside, its middle is bent by `bend`.
 * @param {Point} from
 * @param {Point} to
 * @param {number} off
 * @param {number} bend
 */
function bowOf(from, to, off, bend) {
  const { x, y } = normalOf(from, to);
  const [dx, dy] = [(to.x - from.x) / 4, (to.y - from.y) / 4];
  return [
    from.x + x * off,
    from.y + y * off,
    from.x + dx + x * bend,
    from.y + dy + y * bend,
    to.x - dx + x * bend,
    to.y - dy + y * bend,
    to.x + x * off,
    to.y + y * off,
  ];
}

/**
 * An arrow from a process to one that it started, or that it manages.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 * @param {Point} from
 * @param {Point} to
 * @param {GraphNode} source
 * @param {GraphNode|undefined} target
 */
function drawChain({ items, theme, focus, fan }, link, from, to, source, target) {
  const chosen = isChosen(focus, link);
  const runtime = link.kind === "runtime";
  const faint = source.kind === "process" && !runtime && !STARTERS.has(source.role);
  items.push(
    line(curveOfChain(from, to, target), {
      stroke: chosen ? theme.accent : faint ? theme.faint : theme.muted,
      width: chosen ? 2.2 : 1.5,
      dash: runtime ? [6, 4] : undefined,
      arrow: true,
      alpha: strengthOfLink(focus, link) * (link.across && runtime && !chosen ? fan : 0.9),
    }),
  );
}

/**
 * A curve from left to right; a straight line where it leads back.
 * @param {Point} from
 * @param {Point} to
 * @param {GraphNode|undefined} target
 */
function curveOfChain(from, to, target) {
  const back = to.x < from.x + 20;
  const reach = target?.kind === "card" ? CARD.w / 2 + 3 : RADIUS + 5;
  const start = back ? shortenLine(to, from, RADIUS + 3) : { x: from.x + RADIUS + 3, y: from.y };
  const end = back ? shortenLine(from, to, reach) : { x: to.x - reach, y: to.y };
  const bend = back ? 0 : Math.min(90, Math.max(14, (end.x - start.x) * 0.5));
  return [start.x, start.y, start.x + bend, start.y, end.x - bend, end.y, end.x, end.y];
}
