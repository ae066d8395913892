/** Graph, places and theme → a flat list of what to draw. The canvas draws it, and so may any other writer. Pure. */

import { CARD, CELL, IMAGE_LENGTH, RADIUS, TITLE, boxAround, extentOf, shorten, widthOf } from "../../draw/geometry.js";
import { LETTERS } from "../../model/words.js";

/**
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./graph.js").GraphNode} GraphNode
 * @typedef {import("./graph.js").GraphLink} GraphLink
 * @typedef {import("./graph.js").Group} Group
 * @typedef {import("../../draw/geometry.js").Point} Point
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../model/sharing.js").Cell} Cell
 *
 * @typedef {object} Item
 * @property {"rect"|"circle"|"line"|"poly"|"text"} t
 * @property {number} x
 * @property {number} y
 * @property {number} [w]
 * @property {number} [h]
 * @property {number} [r]  radius, or that of the corners
 * @property {number[]} [points]  x, y, x, y …; four points of a line make a curve
 * @property {string} [fill]
 * @property {string} [stroke]
 * @property {number} [width]
 * @property {number[]} [dash]
 * @property {number} [alpha]
 * @property {boolean} [arrow]
 * @property {string} [text]
 * @property {number} [size]
 * @property {number} [weight]
 * @property {"start"|"middle"|"end"} [anchor]
 * @property {boolean} [mono]
 * @property {number} [floor]  the text grows, up to `most`, so as not to be smaller than this on the screen
 * @property {number} [most]
 * @property {string} [halo]  the ground shows around the letters, so that no line crosses them
 * @property {number} [least]  the text is left out where it would be smaller than this on the screen
 *
 * @typedef {{key: string, rect: Rect, group: boolean}} Target  what a pointer can meet
 * @typedef {{items: Item[], targets: Target[], bounds: Rect}} Scene
 *
 * @typedef {object} Focus
 * @property {Set<string>} selected  keys of nodes and groups
 * @property {Set<string>|null} near  what stays in full colour; null: everything
 * @property {Map<string, number>|null} matches  node key → processes that match the search; null: no search
 * @property {Set<string>} [pinned]  nodes and groups that the reader put in their place
 * @property {Map<string, NodeFate>|null} [fates]  what became of nodes and groups, in a comparison
 * @property {import("../../model/comparison.js").Side} [side]  which of the two is looked at
 * @property {Set<string>|null} [hidden]  nodes and groups that the side which is looked at does not have; their room stays
 * @property {Map<string, import("../../model/usage.js").Fill>|null} [fills]  how full containers are, by the key of node or group
 *
 * @typedef {{fate: import("../../model/comparison.js").Fate, came: number, went: number, changed: number}} NodeFate
 */

/** @param {Graph} graph @param {Record<string, [number, number]>} places @param {Theme} theme @param {Focus} focus @return {Scene} */
export function buildScene(graph, places, theme, focus) {
  const at = new Map(
    graph.nodes
      .filter((node) => places[node.key])
      .map((node) => [node.key, { x: places[node.key][0], y: places[node.key][1] }]),
  );
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  const boxes = boxesOf(graph, nodes, at);
  /** @type {Item[]} */
  const items = [];
  /** @type {Target[]} */
  const targets = [];
  const hidden = focus.hidden ?? NOTHING;
  const fan = Math.max(
    0.16,
    Math.min(0.65, 12 / Math.max(1, graph.links.filter((link) => link.kind === "runtime").length)),
  );
  /** @type {Map<string, number>} */
  const spokes = new Map();
  for (const link of graph.links)
    if (link.kind === "member") spokes.set(link.source, (spokes.get(link.source) ?? 0) + 1);
  const brush = { items, theme, focus, fan, spokes };
  // What runs from box to box passes behind the boxes, so that it crosses nobody's labels.
  const behind = (/** @type {GraphLink} */ link) => link.across && (link.kind === "runtime" || !nodes.has(link.target));
  const seen = graph.links.filter((link) => !hidden.has(link.source) && !hidden.has(link.target));
  for (const link of seen) if (behind(link)) drawLink(brush, link, nodes, at, boxes);
  for (const group of graph.groups) {
    const box = boxes.get(group.key);
    if (!box || hidden.has(group.key)) continue;
    drawGroup(brush, group, box);
    if (focus.pinned?.has(group.key)) drawPin(items, theme, box.x + box.w - 8, box.y + 8);
    targets.push({ key: group.key, rect: box, group: true });
  }
  for (const link of seen) if (!behind(link)) drawLink(brush, link, nodes, at, boxes);
  for (const node of graph.nodes) {
    const point = at.get(node.key);
    if (!point || hidden.has(node.key)) continue;
    drawNode(brush, node, point);
    drawFate(brush, node, point);
    const extent = extentOf(node);
    if (focus.pinned?.has(node.key)) drawPin(items, theme, ...pinPlace(node, point, extent));
    targets.push({
      key: node.key,
      rect: { x: point.x - extent.l, y: point.y - extent.t, w: extent.l + extent.r, h: extent.t + extent.b },
      group: false,
    });
  }
  return { items, targets, bounds: boundsOf(targets) };
}

/**
 * `fan` is how strong a runtime link is where many leave one manager; `spokes` how many links each hub has.
 * @typedef {{items: Item[], theme: Theme, focus: Focus, fan: number, spokes: Map<string, number>}} Brush
 */

/** How many of a node's processes the side that is looked at does not have. @param {Focus} focus @param {GraphNode} node */
function absentOf({ fates, side }, node) {
  const found = fates?.get(node.key);
  return side === "before" ? (found?.came ?? 0) : side === "after" ? (found?.went ?? 0) : 0;
}

/** The label, with the count of that side where it counts. @param {Focus} focus @param {GraphNode} node */
function labelOf(focus, node) {
  const absent = absentOf(focus, node);
  if (!absent || (node.kind !== "fold" && node.kind !== "crowd")) return node.label;
  const count = (node.members.length - absent).toLocaleString("en");
  return node.kind === "fold" ? node.label.replace(/×[\d,]+$/, `×${count}`) : node.label.replace(/^[\d,]+/, count);
}

/** @type {Set<string>} */
const NOTHING = new Set();
/** Shapes, so that colour is never alone: what came, went, changed. */
const BADGES = { came: "+", went: "−", changed: "~" };

/** What became of a node: a badge beside it, and a rim around it, dashed for what is gone. @param {Brush} brush @param {GraphNode} node @param {Point} at */
function drawFate({ items, theme, focus }, node, at) {
  const found = focus.fates?.get(node.key);
  if (!found) return;
  const alpha = strength(focus, node.key);
  const color = theme.fates[found.fate];
  const dash = found.fate === "went" ? [4, 3] : undefined;
  if (node.kind === "card" || node.kind === "crowd" || node.kind === "hub") {
    const half =
      node.kind === "hub"
        ? { w: (node.cells.length * CELL) / 2 + 6, h: 15 }
        : node.kind === "card"
          ? { w: CARD.w / 2, h: CARD.h / 2 }
          : { w: 88, h: 22 };
    items.push({
      t: "rect",
      x: at.x - half.w,
      y: at.y - half.h,
      w: half.w * 2,
      h: half.h * 2,
      r: node.kind === "card" ? 12 : half.h,
      stroke: color,
      width: 2.25,
      dash,
      alpha,
    });
    return drawBadge(items, theme, found, at.x + half.w - 3, at.y - half.h + 1, alpha);
  }
  items.push({ t: "circle", x: at.x, y: at.y, r: RADIUS + 3.5, stroke: color, width: 2.25, dash, alpha });
  drawBadge(items, theme, found, at.x + RADIUS + 2, at.y - RADIUS - 1, alpha);
}

/** @param {Item[]} items @param {Theme} theme @param {NodeFate} found @param {number} x @param {number} y @param {number} alpha */
function drawBadge(items, theme, { fate, came, went, changed }, x, y, alpha) {
  const parts = [came && `+${came}`, went && `−${went}`, changed && `~${changed}`].filter(Boolean);
  const text = fate === "changed" && came + went > 0 ? parts.slice(0, 2).join(" ") : BADGES[fate];
  const half = Math.max(7, widthOf(text, 10) / 2 + 4);
  items.push({
    t: "rect",
    x: x - half,
    y: y - 7,
    w: half * 2,
    h: 14,
    r: 7,
    fill: theme.fates[fate],
    stroke: theme.surface,
    width: 1.5,
    alpha,
  });
  items.push({
    t: "text",
    x,
    y: y + 4,
    text,
    size: text.length > 1 ? 10 : 13,
    weight: 800,
    fill: theme.surface,
    anchor: "middle",
    least: 4,
    alpha,
  });
}

/** @param {GraphNode} node @param {Point} at @param {import("../../draw/geometry.js").Extent} extent @return {[number, number]} */
function pinPlace(node, at, extent) {
  return node.kind === "process" || node.kind === "fold"
    ? [at.x - RADIUS - 1, at.y - RADIUS + 1]
    : [at.x + extent.r - 8, at.y - extent.t + 8];
}

/** A pin, stuck in from above: its point is at x, y. @param {Item[]} items @param {Theme} theme @param {number} x @param {number} y */
function drawPin(items, theme, x, y) {
  items.push({ t: "line", x: 0, y: 0, points: [x, y, x - 4, y - 8], stroke: theme.muted, width: 1.5 });
  items.push({ t: "circle", x: x - 4.5, y: y - 9, r: 3.6, fill: theme.accent, stroke: theme.surface, width: 1.25 });
}

/** @param {Graph} graph @param {Map<string, GraphNode>} nodes @param {Map<string, Point>} at */
function boxesOf(graph, nodes, at) {
  /** @type {Map<string, Rect>} */
  const boxes = new Map();
  for (const group of graph.groups) {
    const parts = [];
    for (const key of group.nodes) {
      const [node, point] = [nodes.get(key), at.get(key)];
      if (node && point) parts.push({ at: point, extent: extentOf(node) });
    }
    if (parts.length) boxes.set(group.key, boxAround(parts, group.title, group.sub, group.cells.length));
  }
  return boxes;
}

/** How strongly something is drawn, given what the reader looks at. @param {Focus} focus @param {string} key */
function strength(focus, key) {
  if (focus.fates) return strengthBeside(focus, key);
  if (focus.near && !focus.near.has(key)) return 0.22;
  if (focus.matches && !focus.matches.has(key)) return 0.28;
  return 1;
}

/** In a comparison, what stayed as it was steps back behind what did not. @param {Focus} focus @param {string} key */
function strengthBeside(focus, key) {
  if (focus.near && !focus.near.has(key)) return 0.22;
  if (focus.matches && !focus.matches.has(key)) return 0.28;
  const fate = focus.fates?.get(key)?.fate;
  return fate === "went" ? 0.62 : fate || focus.selected.has(key) ? 1 : 0.55;
}

/** @param {Brush} brush @param {Group} group @param {Rect} box */
function drawGroup({ items, theme, focus }, group, box) {
  const host = group.key === "host";
  const chosen = focus.selected.has(group.key);
  const alpha = focus.near && !focus.near.has(group.key) && !group.nodes.some((key) => focus.near?.has(key)) ? 0.4 : 1;
  const fate = focus.fates?.get(group.key);
  const rim = chosen ? theme.accent : fate ? theme.fates[fate.fate] : theme.line;
  items.push({
    t: "rect",
    ...box,
    r: 14,
    fill: host ? undefined : theme.surface,
    stroke: rim,
    width: chosen || fate ? 2.5 : 1.25,
    dash: host || fate?.fate === "went" ? [6, 5] : undefined,
    alpha,
  });
  drawFill(items, theme, focus.fills?.get(group.key), box, 14, alpha, shorten(group.title, 26));
  if (fate) drawBadge(items, theme, fate, box.x + box.w - 10, box.y + 2, 1);
  const text = shorten(group.title, 26);
  const title = {
    size: TITLE.size,
    floor: 10.5,
    most: Math.max(TITLE.most, Math.min(28, (box.w - 26) / widthOf(text, 1.12))),
    least: 3.5,
  };
  items.push({
    t: "text",
    x: box.x + 13,
    y: box.y + 21,
    text,
    weight: 650,
    fill: theme.ink,
    anchor: "start",
    ...title,
    alpha,
  });
  drawStrip(items, theme, group.cells, box.x + 13, box.y + 30, alpha);
  const image = box.x + 13 + (group.cells.length ? group.cells.length * 15 + 6 : 0);
  items.push({
    t: "text",
    x: image,
    y: box.y + 40.5,
    text: shorten(group.sub, IMAGE_LENGTH),
    size: 10.5,
    fill: theme.muted,
    anchor: "start",
    least: 6.5,
    alpha,
  });
}

/** How full a container is: of its limit, or where it has none, a paler ground beside the one that uses most. @param {Item[]} items @param {Theme} theme @param {import("../../model/usage.js").Fill|undefined} found @param {Rect} box @param {number} r @param {number} alpha @param {string} title  beside which it is said, where there is room */
function drawFill(items, theme, found, box, r, alpha, title) {
  if (!found) return;
  const { share, limited, words } = found;
  const h = Math.max(3, (box.h - 4) * share);
  const color = limited && share > 0.9 ? theme.warn : limited ? theme.accent : theme.muted;
  items.push({
    t: "rect",
    x: box.x + 2,
    y: box.y + box.h - 2 - h,
    w: box.w - 4,
    h,
    r: Math.min(r - 2, h / 2),
    fill: color,
    alpha: alpha * (limited ? 0.24 : 0.16),
  });
  if (widthOf(title, TITLE.most) + widthOf(words, 14) + 36 > box.w) return;
  items.push({
    t: "text",
    x: box.x + box.w - 12,
    y: box.y + 21,
    text: words,
    size: 11,
    weight: 650,
    fill: limited && share > 0.9 ? theme.warn : theme.muted,
    anchor: "end",
    floor: 9,
    most: 14,
    least: 4,
    alpha,
  });
}

/** The standing of each type at a glance: filled is its own, filled with a ring is shared, hollow is the host's. @param {Item[]} items @param {Theme} theme @param {Cell[]} cells @param {number} x @param {number} y @param {number} alpha */
function drawStrip(items, theme, cells, x, y, alpha) {
  for (const [index, cell] of cells.entries()) drawCell(items, theme, cell, x + index * 15, y, 13, alpha);
}

/** @param {Item[]} items @param {Theme} theme @param {Cell} cell @param {number} x @param {number} y @param {number} side @param {number} alpha */
export function drawCell(items, theme, cell, x, y, side, alpha) {
  const paint = theme.types[cell.type];
  const hollow = cell.how === "host" || cell.how === "unknown";
  if (cell.how === "shared")
    items.push({
      t: "rect",
      x: x - 1.75,
      y: y - 1.75,
      w: side + 3.5,
      h: side + 3.5,
      r: 5,
      stroke: theme.ink,
      width: 1.5,
      alpha,
    });
  items.push({
    t: "rect",
    x,
    y,
    w: side,
    h: side,
    r: 3.5,
    fill: hollow ? undefined : paint.fill,
    stroke: hollow ? theme.faint : undefined,
    width: 1,
    dash: cell.how === "unknown" ? [1.5, 2] : undefined,
    alpha,
  });
  const text = cell.how === "unknown" ? "?" : LETTERS[cell.type];
  items.push({
    t: "text",
    x: x + side / 2,
    y: y + side / 2 + side * 0.33,
    text,
    size: side * 0.72,
    weight: 700,
    fill: hollow ? theme.muted : paint.ink,
    anchor: "middle",
    least: 4,
    alpha,
  });
}

/** @param {Brush} brush @param {GraphLink} link @param {Map<string, GraphNode>} nodes @param {Map<string, Point>} at @param {Map<string, Rect>} boxes */
function drawLink(brush, link, nodes, at, boxes) {
  if (link.kind === "shared") return drawShared(brush, link, nodes, at, boxes);
  const from = at.get(link.source);
  const source = nodes.get(link.source);
  if (!from || !source) return;
  const box = boxes.get(link.target);
  const target = nodes.get(link.target);
  const to = at.get(link.target) ?? (box && nearestOn(box, from));
  if (!to) return;
  if (link.kind === "member") drawMember(brush, link, from, to, target);
  else drawChain(brush, link, from, to, source, target);
}

/** A namespace link: a quiet line inside a unit, one strand for each type where it joins units. @param {Brush} brush @param {GraphLink} link @param {Point} from @param {Point} to @param {GraphNode|undefined} target */
function drawMember({ items, theme, focus, spokes }, link, from, to, target) {
  const alpha = Math.min(strength(focus, link.source), strength(focus, link.target));
  const end =
    target && target.kind !== "card" ? shortenLine(from, to, RADIUS + 1) : target ? nearestOn(cardRect(to), from) : to;
  if (!link.across && !focus.selected.has(link.source)) {
    const only = link.types.length === 1 ? theme.types[link.types[0]].fill : theme.faint;
    items.push({
      t: "line",
      x: 0,
      y: 0,
      points: [from.x, from.y, end.x, end.y],
      stroke: only,
      width: 1.25,
      alpha: alpha * Math.max(0.2, Math.min(0.6, 5 / (spokes.get(link.source) ?? 1))),
    });
    return;
  }
  const length = Math.hypot(end.x - from.x, end.y - from.y) || 1;
  const [nx, ny] = [-(end.y - from.y) / length, (end.x - from.x) / length];
  for (const [index, type] of link.types.entries()) {
    const off = (index - (link.types.length - 1) / 2) * 3.6;
    items.push({
      t: "line",
      x: 0,
      y: 0,
      points: [from.x + nx * off, from.y + ny * off, end.x + nx * off, end.y + ny * off],
      stroke: theme.types[type].fill,
      width: 2.4,
      alpha,
    });
  }
}

/** Two that share namespaces, without a hub: a quiet bow inside a unit, one strand for each type where it joins units or is looked at. @param {Brush} brush @param {GraphLink} link @param {Map<string, GraphNode>} nodes @param {Map<string, Point>} at @param {Map<string, Rect>} boxes */
function drawShared({ items, theme, focus }, link, nodes, at, boxes) {
  const boxOf = (/** @type {string} */ key) =>
    nodes.get(key)?.kind === "card" && at.has(key) ? cardRect(/** @type {Point} */ (at.get(key))) : boxes.get(key);
  const [a, b] = [boxOf(link.source), boxOf(link.target)];
  const [p, q] = [at.get(link.source) ?? (a && middleOf(a)), at.get(link.target) ?? (b && middleOf(b))];
  if (!p || !q) return;
  const from = a ? nearestOn(a, q) : shortenLine(q, p, RADIUS + 1);
  const to = b ? nearestOn(b, from) : shortenLine(from, q, RADIUS + 1);
  const chosen = focus.selected.has(link.source) || focus.selected.has(link.target);
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [nx, ny] = [-(to.y - from.y) / length, (to.x - from.x) / length];
  const bow = link.across ? 0 : Math.min(44, 10 + length * 0.16);
  const strands =
    link.across || chosen || link.types.length === 1 ? link.types.map((type) => theme.types[type].fill) : [theme.faint];
  for (const [index, stroke] of strands.entries()) {
    const off = (index - (strands.length - 1) / 2) * 2.6;
    const bend = bow + off;
    const [dx, dy] = [(to.x - from.x) / 4, (to.y - from.y) / 4];
    items.push({
      t: "line",
      x: 0,
      y: 0,
      points: [
        from.x + nx * off,
        from.y + ny * off,
        from.x + dx + nx * bend,
        from.y + dy + ny * bend,
        to.x - dx + nx * bend,
        to.y - dy + ny * bend,
        to.x + nx * off,
        to.y + ny * off,
      ],
      stroke,
      width: link.across || chosen ? 1.8 : 1.25,
      alpha: Math.min(strength(focus, link.source), strength(focus, link.target)) * (chosen || link.across ? 1 : 0.5),
    });
  }
}

/** @param {Rect} box @return {Point} */
const middleOf = ({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2 });

/** @param {Brush} brush @param {GraphLink} link @param {Point} from @param {Point} to @param {GraphNode} source @param {GraphNode|undefined} target */
function drawChain(brush, link, from, to, source, target) {
  const { items, theme, focus } = brush;
  const alpha = Math.min(strength(focus, link.source), strength(focus, link.target));
  const chosen = focus.selected.has(link.source) || focus.selected.has(link.target);
  const back = to.x < from.x + 20;
  const reach = target?.kind === "card" ? CARD.w / 2 + 3 : RADIUS + 5;
  const start = back ? shortenLine(to, from, RADIUS + 3) : { x: from.x + RADIUS + 3, y: from.y };
  const end = back ? shortenLine(from, to, reach) : { x: to.x - reach, y: to.y };
  const bend = back ? 0 : Math.min(90, Math.max(14, (end.x - start.x) * 0.5));
  const faint =
    source.kind === "process" &&
    link.kind === "parent" &&
    source.role !== "shim" &&
    source.role !== "daemon" &&
    source.role !== "manager";
  items.push({
    t: "line",
    x: 0,
    y: 0,
    points: [start.x, start.y, start.x + bend, start.y, end.x - bend, end.y, end.x, end.y],
    stroke: chosen ? theme.accent : faint ? theme.faint : theme.muted,
    width: chosen ? 2.2 : 1.5,
    dash: link.kind === "runtime" ? [6, 4] : undefined,
    arrow: true,
    alpha: alpha * (link.across && link.kind === "runtime" && !chosen ? brush.fan : 0.9),
  });
}

/** @param {Brush} brush @param {GraphNode} node @param {Point} at */
function drawNode(brush, node, at) {
  if (node.kind === "hub") return drawHub(brush, node, at);
  if (node.kind === "card" || node.kind === "crowd") return drawCard(brush, node, at);
  const { items, theme, focus } = brush;
  const alpha = strength(focus, node.key);
  const chosen = focus.selected.has(node.key);
  const matched = focus.matches?.get(node.key);
  if (chosen || matched)
    items.push({
      t: "circle",
      x: at.x,
      y: at.y,
      r: RADIUS + 5,
      stroke: chosen ? theme.accent : theme.match,
      width: 2.5,
      alpha,
    });
  drawShape(items, theme, node, at, alpha);
  const halo = node.unit === "host" || !node.inside ? theme.page : theme.surface;
  items.push({
    t: "text",
    x: at.x,
    y: at.y + RADIUS + 16,
    text: shorten(labelOf(focus, node)),
    size: 12.5,
    weight: chosen ? 700 : 550,
    fill: theme.ink,
    anchor: "middle",
    floor: 10.5,
    most: 15.5,
    least: 6,
    halo,
    alpha,
  });
  items.push({
    t: "text",
    x: at.x,
    y: at.y + RADIUS + 29,
    text: node.sub,
    size: 10.5,
    fill: theme.muted,
    anchor: "middle",
    least: 7,
    halo,
    alpha,
  });
  drawPills(items, theme, node.cells, at.x, at.y + RADIUS + 35, alpha);
}

/** A role has a shape of its own: square, diamond, double ring, dashed ring, triangle; all others are plain discs. @param {Item[]} items @param {Theme} theme @param {Pick<GraphNode, "kind"|"role">} node @param {Point} at @param {number} alpha */
export function drawShape(items, theme, node, at, alpha) {
  const { x, y } = at;
  const stroke = theme.ink;
  const fill = theme.surface;
  const strong = { fill: theme.ink, alpha };
  switch (node.role) {
    case "daemon":
      return void items.push({ t: "rect", x: x - 10, y: y - 10, w: 20, h: 20, r: 4, ...strong });
    case "manager":
      return void items.push(
        { t: "rect", x: x - 10, y: y - 10, w: 20, h: 20, r: 4, fill, stroke, width: 2, alpha },
        { t: "rect", x: x - 5, y: y - 5, w: 10, h: 10, r: 2, ...strong },
      );
    case "shim":
      return void items.push({
        t: "poly",
        x,
        y,
        points: [x, y - 11, x + 11, y, x, y + 11, x - 11, y],
        fill,
        stroke,
        width: 2,
        alpha,
      });
    case "init":
      return void items.push(
        { t: "circle", x, y, r: RADIUS, fill, stroke, width: 2, alpha },
        { t: "circle", x, y, r: 5, ...strong },
      );
    case "exec":
      return void items.push({ t: "circle", x, y, r: RADIUS, fill, stroke, width: 2, dash: [3, 3], alpha });
    case "proxy":
      return void items.push({
        t: "poly",
        x,
        y,
        points: [x - 9, y - 10, x + 11, y, x - 9, y + 10],
        fill,
        stroke,
        width: 2,
        alpha,
      });
  }
  if (node.kind === "fold") {
    items.push({ t: "circle", x: x + 5, y: y - 3, r: RADIUS - 1, fill, stroke: theme.faint, width: 1.5, alpha });
    items.push({ t: "circle", x: x + 2.5, y: y - 1.5, r: RADIUS - 1, fill, stroke: theme.faint, width: 1.5, alpha });
  }
  items.push({
    t: "circle",
    x,
    y,
    r: node.role === "child" || node.kind === "fold" ? RADIUS - 1 : RADIUS - 2,
    fill: theme.name === "light" ? "#c3ccd7" : "#5b6878",
    stroke: theme.muted,
    width: 1.25,
    alpha,
  });
}

/** @param {Item[]} items @param {Theme} theme @param {Cell[]} cells @param {number} x @param {number} y @param {number} alpha */
function drawPills(items, theme, cells, x, y, alpha) {
  for (const [index, cell] of cells.entries())
    drawCell(items, theme, cell, x + (index - cells.length / 2) * 13 + 0.5, y, 11.5, alpha);
}

/** @param {Brush} brush @param {GraphNode} node @param {Point} at */
function drawHub({ items, theme, focus }, node, at) {
  const alpha = strength(focus, node.key);
  const chosen = focus.selected.has(node.key);
  const width = node.cells.length * CELL;
  const left = at.x - width / 2;
  const across = !node.inside;
  items.push({
    t: "rect",
    x: left - 3,
    y: at.y - 12,
    w: width + 6,
    h: 24,
    r: 12,
    fill: theme.surface,
    stroke: chosen ? theme.accent : across ? theme.ink : theme.line,
    width: chosen ? 3 : across ? 1.75 : 1.25,
    alpha,
  });
  for (const [index, cell] of node.cells.entries()) {
    const paint = theme.types[cell.type];
    const x = left + index * CELL + CELL / 2;
    const host = cell.how === "host";
    items.push({
      t: "circle",
      x,
      y: at.y,
      r: 8,
      fill: host ? undefined : paint.fill,
      stroke: host ? paint.fill : undefined,
      width: 2,
      alpha,
    });
    items.push({
      t: "text",
      x,
      y: at.y + 3.6,
      text: LETTERS[cell.type],
      size: 10,
      weight: 700,
      fill: host ? theme.ink : paint.ink,
      anchor: "middle",
      least: 4,
      alpha,
    });
  }
}

/** @param {Point} at @return {Rect} */
function cardRect(at) {
  return { x: at.x - CARD.w / 2, y: at.y - CARD.h / 2, w: CARD.w, h: CARD.h };
}

/** A closed container, or the host's crowd. @param {Brush} brush @param {GraphNode} node @param {Point} at */
function drawCard({ items, theme, focus }, node, at) {
  const alpha = strength(focus, node.key);
  const chosen = focus.selected.has(node.key);
  const matched = focus.matches?.get(node.key);
  const crowd = node.kind === "crowd";
  const box = crowd ? { x: at.x - 88, y: at.y - 22, w: 176, h: 44 } : cardRect(at);
  const stroke = chosen ? theme.accent : matched ? theme.match : theme.line;
  items.push({
    t: "rect",
    ...box,
    r: crowd ? 22 : 12,
    fill: crowd ? theme.raised : theme.surface,
    stroke,
    width: chosen || matched ? 2.5 : 1.25,
    dash: crowd ? [3, 3] : undefined,
    alpha,
  });
  drawFill(items, theme, focus.fills?.get(node.key), box, 12, alpha, labelOf(focus, node));
  const text = shorten(labelOf(focus, node), 24);
  const sub = {
    text: matched && !crowd ? `${matched} found` : node.sub,
    size: 10.5,
    fill: matched ? theme.match : theme.muted,
    least: 6.5,
    alpha,
  };
  if (crowd) {
    items.push({
      t: "text",
      x: at.x,
      y: box.y + 19,
      text,
      size: 12.5,
      weight: 600,
      fill: theme.ink,
      anchor: "middle",
      floor: 9.5,
      most: 15,
      least: 5,
      alpha,
    });
    items.push({ t: "text", x: at.x, y: box.y + 34, anchor: "middle", ...sub });
    return;
  }
  const most = Math.min(24, (14 * (CARD.w - 24)) / (widthOf(text, 14) * 1.12));
  items.push({
    t: "text",
    x: box.x + 12,
    y: box.y + 22,
    text,
    size: Math.min(14, most),
    weight: 600,
    fill: theme.ink,
    anchor: "start",
    floor: 10.5,
    most,
    least: 4,
    alpha,
  });
  items.push({
    t: "text",
    x: box.x + box.w - 12,
    y: box.y + box.h - 12,
    anchor: "end",
    ...sub,
    text: matched ? sub.text : String(node.members.length - absentOf(focus, node) || node.sub),
  });
  drawStrip(items, theme, node.cells, box.x + 12, box.y + box.h - 23, alpha);
}

/** @param {Rect} box @param {Point} from @return {Point} */
function nearestOn(box, from) {
  const x = Math.min(box.x + box.w - 14, Math.max(box.x + 14, from.x));
  const y = Math.min(box.y + box.h - 14, Math.max(box.y + 14, from.y));
  const dx = from.x < box.x ? box.x : from.x > box.x + box.w ? box.x + box.w : x;
  const dy = from.y < box.y ? box.y : from.y > box.y + box.h ? box.y + box.h : y;
  return { x: dx, y: dy };
}

/** @param {Point} from @param {Point} to @param {number} by @return {Point} */
function shortenLine(from, to, by) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length > by ? (length - by) / length : 0.5;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** @param {Target[]} targets @return {Rect} */
function boundsOf(targets) {
  if (!targets.length) return { x: 0, y: 0, w: 1, h: 1 };
  let [l, t, r, b] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { rect } of targets) {
    l = Math.min(l, rect.x);
    t = Math.min(t, rect.y);
    r = Math.max(r, rect.x + rect.w);
    b = Math.max(b, rect.y + rect.h);
  }
  return { x: l, y: t, w: r - l, h: b - t };
}
