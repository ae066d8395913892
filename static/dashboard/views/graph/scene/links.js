/** The links of a scene: parents, runtimes, and shared namespaces. Pure. */

import { CARD, RADIUS, cardRect, extentOf, middleOf, nearestOn, shortenLine } from "../../../draw/geometry.js";
import { MOST_TOGETHER } from "../../../layout/clusters.js";
import { MOST_FANNED } from "../../../layout/unit-columns.js";
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
const NEXT_TO = 52; // so far is a hub at most from a unit that it stands next to
const HOST_EDGE = 14; // between the host's frame and the lines beside it
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
function drawMember(drawing, link, from, to, target) {
  const { items, theme, focus, spokes } = drawing;
  if (!isChosen(focus, link) && isTold(drawing, link)) return;
  const alpha = strengthOfLink(focus, link);
  const end = endOfMember(from, to, target);
  if (!link.across && !focus.selected.has(link.source)) {
    const stroke = link.types.length === 1 ? theme.types[link.types[0]].fill : theme.faint;
    const share = Math.max(0.2, Math.min(0.6, 5 / (spokes.get(link.source) ?? 1)));
    items.push(line([from.x, from.y, end.x, end.y], { stroke, width: 1.25, alpha: alpha * share }));
    return;
  }
  const { x, y } = normalOf(from, end);
  const rail = railTo(drawing, link, from, target ? cardRect(to) : drawing.boxes.get(link.target));
  for (const [index, type] of link.types.entries()) {
    const off = (index - (link.types.length - 1) / 2) * MEMBER_GAP;
    const straight = [from.x + x * off, from.y + y * off, end.x + x * off, end.y + y * off];
    const points = rail ? besideUnits(from, rail, off) : straight;
    items.push(line(points, { stroke: theme.types[type].fill, width: 2.4, alpha }));
  }
}

/**
 * Whether a member link says nothing that is not said without it: that a container's processes live in its namespaces,
 * or, by the letters of each, that more share than lines could show.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 */
function isTold({ spokes, nodes, inhabitants }, { source, across }) {
  const links = spokes.get(source) ?? 0;
  if (across) return links > MOST_TOGETHER;
  return links === inhabitants.get(nodes.get(source)?.unit ?? "");
}

/**
 * The lane in which a hub reaches a unit that is not next to it.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 * @param {Point} from
 * @param {Rect|undefined} box
 */
function railTo({ rails }, { source }, from, box) {
  const lane = rails.get(source);
  if (lane === undefined || !box) return null;
  const away = Math.max(box.y - from.y, from.y - box.y - box.h);
  return away > NEXT_TO ? { lane, end: { x: box.x, y: box.y + Math.min(18, box.h / 2) } } : null;
}

/** @param {Point} from @param {{lane: number, end: Point}} rail @param {number} off */
function besideUnits(from, { lane, end }, off) {
  return [
    from.x,
    from.y + off,
    from.x,
    from.y + off,
    lane + off,
    from.y + off,
    lane + off,
    end.y + off,
    end.x,
    end.y + off,
  ];
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
function drawChain(drawing, link, from, to, source, target) {
  const { items, theme, focus, fan } = drawing;
  const chosen = isChosen(focus, link);
  if (link.across && fan > MOST_FANNED && !chosen) return;
  const runtime = link.kind === "runtime";
  const faint = source.kind === "process" && !runtime && !STARTERS.has(source.role);
  items.push(
    line(pathOfChain(drawing, link, from, to, target), {
      stroke: chosen ? theme.accent : faint ? theme.faint : theme.muted,
      width: chosen ? 2.2 : 1.5,
      dash: runtime ? [6, 4] : undefined,
      arrow: true,
      alpha: strengthOfLink(focus, link) * (link.across && runtime && !chosen ? 0.65 : 0.9),
    }),
  );
}

/**
 * In order, a line in the gaps; else a curve from left to right, or a straight line where it leads back.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 * @param {Point} from
 * @param {Point} to
 * @param {GraphNode|undefined} target
 */
function pathOfChain(drawing, link, from, to, target) {
  const back = to.x < from.x + 20;
  const reach = target?.kind === "card" ? CARD.w / 2 + 3 : RADIUS + 5;
  const start = back ? shortenLine(to, from, RADIUS + 3) : { x: from.x + RADIUS + 3, y: from.y };
  const end = back ? shortenLine(from, to, reach) : { x: to.x - reach, y: to.y };
  if (drawing.ordered && !back && target) {
    const corners = link.across
      ? betweenUnits(drawing, start, end, target)
      : betweenRows(drawing, link, start, end, target);
    if (corners) return [start.x, start.y, start.x, start.y, ...corners, end.x, end.y];
  }
  const bend = back ? 0 : Math.min(90, Math.max(14, (end.x - start.x) * 0.5));
  return [start.x, start.y, start.x + bend, start.y, end.x - bend, end.y, end.x, end.y];
}

/**
 * The corners of a line to another unit: in the gap at its left, which it reaches above everything.
 * @param {Drawing} drawing
 * @param {Point} start
 * @param {Point} end
 * @param {GraphNode} target
 */
function betweenUnits({ ways, boxes, top }, start, end, { unit }) {
  const way = ways.get(unit);
  const host = boxes.get("host");
  if (way === undefined || !host) return null;
  const beside = host.x + host.w + HOST_EDGE;
  if (way < beside + HOST_EDGE * 4) return [way, start.y, way, end.y];
  return [beside, start.y, beside, top, way, top, way, end.y];
}

/**
 * The corners of a line to a child: down in the gap before the children; to a further column of them above their row.
 * @param {Drawing} drawing
 * @param {GraphLink} link
 * @param {Point} start
 * @param {Point} end
 * @param {GraphNode} target
 */
function betweenRows({ trunks }, { source }, start, end, target) {
  const trunk = Math.max(start.x + 4, trunks.get(source) ?? start.x);
  const { l, t } = extentOf(target);
  const left = end.x + RADIUS + 5 - l - 8;
  if (left - trunk < l + 24) return [trunk, start.y, trunk, end.y];
  const above = end.y - t - 6;
  return [trunk, start.y, trunk, above, left, above, left, end.y];
}
