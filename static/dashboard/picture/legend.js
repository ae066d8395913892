/** What a picture's signs mean: for what is drawn, and no more. Pure. */

import { FATE_WORDS, GROUP_WORDS, HOW_WORDS, LETTERS, ROLE_WORDS } from "../model/words.js";
import { TYPES } from "../model/types.js";
import { drawCell, drawShape } from "../views/graph/scene.js";
import { drawFateSign } from "../draw/signs.js";
import { t } from "../base/i18n.js";
import { widthOf } from "../draw/geometry.js";

/**
 * @typedef {import("../views/graph/scene.js").Item} Item
 * @typedef {import("../draw/theme.js").Theme} Theme
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {{sign: number, draw: (items: Item[], x: number, y: number) => void, text: string}} Entry  `sign`: how wide the sign is
 * @typedef {{title: string, entries: Entry[]}} Chapter
 */

const SIZE = 11.5;
const ROW = 25;
const GAP = 20;
const HEAD = 112; // room for a chapter's title
const WIDE = 1180; // from here on two chapters stand side by side

/** @param {Graph} graph @param {Theme} theme @param {Set<import("../model/types.js").NamespaceType>} off @param {boolean} compares @return {Chapter[]} */
export function legendOfGraph(graph, theme, off, compares) {
  return [
    { title: GROUP_WORDS.namespaces, entries: typeEntries(theme, off) },
    { title: t("Each is"), entries: standingEntries(graph, theme) },
    { title: GROUP_WORDS.processes, entries: roleEntries(graph, theme) },
    { title: t("Links"), entries: linkEntries(graph, theme) },
    ...(compares ? [{ title: t("Compared"), entries: fateEntries(theme) }] : []),
  ].filter(({ entries }) => entries.length > 0);
}

/** @param {Theme} theme @param {Set<import("../model/types.js").NamespaceType>} off @return {Entry[]} */
function typeEntries(theme, off) {
  return TYPES.filter((type) => !off.has(type)).map((type) => ({
    sign: 14,
    text: type,
    draw: (items, x, y) => drawCell(items, theme, { type, key: null, how: "own" }, x, y - 7, 14, 1),
  }));
}

/** @param {{nodes: {cells: import("../model/sharing.js").Cell[]}[], groups: {cells: import("../model/sharing.js").Cell[]}[]}} graph @param {Theme} theme @return {Entry[]} */
function standingEntries(graph, theme) {
  const found = new Set([...graph.nodes, ...graph.groups].flatMap(({ cells }) => cells.map(({ how }) => how)));
  return /** @type {const} */ (["own", "shared", "host", "unknown"])
    .filter((how) => found.has(how))
    .map((how) => ({
      sign: 18,
      text: HOW_WORDS[how],
      draw: (items, x, y) => drawCell(items, theme, { type: "net", key: null, how }, x, y - 7, 14, 1),
    }));
}

/** @param {Graph} graph @param {Theme} theme @return {Entry[]} */
function roleEntries(graph, theme) {
  const dots = graph.nodes.filter(({ kind }) => kind === "process" || kind === "fold");
  const roles = new Set(dots.filter(({ kind }) => kind === "process").map(({ role }) => role ?? "child"));
  const named = /** @type {const} */ (["daemon", "manager", "shim", "init", "exec", "proxy", "child"]).filter((role) =>
    roles.has(role),
  );
  const entryOf = (
    /** @type {string} */ text,
    /** @type {"process"|"fold"} */ kind,
    /** @type {import("../model/types.js").Role|null} */ role,
  ) => ({
    sign: 24,
    text,
    draw: (/** @type {Item[]} */ items, /** @type {number} */ x, /** @type {number} */ y) =>
      drawShape(items, theme, { kind, role }, { x: x + 11, y }, 1),
  });
  return [
    ...named.map((role) => entryOf(role === "child" ? t("other process") : ROLE_WORDS[role].name, "process", role)),
    ...(dots.some(({ kind }) => kind === "fold") ? [entryOf(t("several alike"), "fold", "child")] : []),
  ];
}

/** @param {Graph} graph @param {Theme} theme @return {Entry[]} */
function linkEntries({ links, nodes }, theme) {
  const line =
    (/** @type {number[]|undefined} */ dash) =>
    (/** @type {Item[]} */ items, /** @type {number} */ x, /** @type {number} */ y) =>
      void items.push({
        t: "line",
        x: 0,
        y: 0,
        points: [x, y, x + 30, y],
        stroke: theme.muted,
        width: 1.5,
        dash,
        arrow: true,
      });
  const has = (/** @type {string} */ kind) => links.some((link) => link.kind === kind);
  const hubs = nodes.filter(({ kind }) => kind === "hub");
  const shared = hubs.find(({ inside }) => !inside);
  return [
    ...(has("parent") ? [{ sign: 34, text: t("started"), draw: line(undefined) }] : []),
    ...(has("runtime") ? [{ sign: 34, text: t("manages, without being its parent"), draw: line([6, 4]) }] : []),
    ...(hubs.length
      ? [{ sign: 54, text: t("joins what lives in the same namespaces"), draw: hubSign(theme, shared ?? hubs[0]) }]
      : []),
  ];
}

/** @param {Theme} theme @param {import("../views/graph/graph.js").GraphNode} hub */
function hubSign(theme, hub) {
  const types = hub.types.slice(0, 1);
  return (/** @type {Item[]} */ items, /** @type {number} */ x, /** @type {number} */ y) => {
    for (const type of types)
      items.push({ t: "line", x: 0, y: 0, points: [x + 20, y, x + 50, y], stroke: theme.types[type].fill, width: 2.4 });
    items.push({
      t: "rect",
      x,
      y: y - 10,
      w: 22,
      h: 20,
      r: 10,
      fill: theme.surface,
      stroke: hub.inside ? theme.line : theme.ink,
      width: 1.5,
    });
    for (const type of types)
      items.push(
        { t: "circle", x: x + 11, y, r: 7, fill: theme.types[type].fill },
        {
          t: "text",
          x: x + 11,
          y: y + 3.4,
          text: LETTERS[type],
          size: 9.5,
          weight: 700,
          fill: theme.types[type].ink,
          anchor: "middle",
        },
      );
  };
}

/** @param {Theme} theme @return {Entry[]} */
function fateEntries(theme) {
  return /** @type {const} */ (["came", "went", "changed"]).map((fate) => ({
    sign: 14,
    text: FATE_WORDS[fate],
    draw: (items, x, y) => drawFateSign(items, theme, fate, x, y),
  }));
}

/** What the sheets of the other views explain. @param {Theme} theme @param {Set<import("../model/types.js").NamespaceType>} off @param {boolean} compares @param {Graph|null} chains where steps of chains are drawn @return {Chapter[]} */
export function legendOfSheet(theme, off, compares, chains) {
  const every = {
    nodes: [
      {
        cells: /** @type {const} */ (["own", "shared", "host", "unknown"]).map((how) => ({
          type: /** @type {const} */ ("net"),
          key: null,
          how,
        })),
      },
    ],
    groups: [],
  };
  return [
    { title: GROUP_WORDS.namespaces, entries: typeEntries(theme, off) },
    { title: t("Each is"), entries: standingEntries(every, theme) },
    ...(chains
      ? [
          { title: GROUP_WORDS.processes, entries: roleEntries(chains, theme) },
          { title: t("Links"), entries: linkEntries(chains, theme).slice(0, 2) },
        ]
      : []),
    ...(compares ? [{ title: t("Compared"), entries: fateEntries(theme) }] : []),
  ];
}

/** Chapters below one another, their titles in a column of their own; on a wide sheet in two halves of much the same height. @param {Chapter[]} chapters @param {Theme} theme @param {number} width @return {{items: Item[], height: number}} */
export function setLegend(chapters, theme, width) {
  if (width < WIDE) return setColumn(chapters, theme, 0, width);
  const room = width / 2 - GAP;
  const halves = chapters.map((_, index) => [
    setColumn(chapters.slice(0, index + 1), theme, 0, room),
    setColumn(chapters.slice(index + 1), theme, room + 2 * GAP, room),
  ]);
  const heights = halves.map((half) => Math.max(...half.map(({ height }) => height)));
  const best = halves[heights.lastIndexOf(Math.min(...heights))] ?? [];
  return { items: best.flatMap(({ items }) => items), height: Math.min(...heights) };
}

/** @param {Chapter[]} chapters @param {Theme} theme @param {number} left @param {number} room */
function setColumn(chapters, theme, left, room) {
  /** @type {Item[]} */
  const items = [];
  let height = 0;
  for (const chapter of chapters) height += setChapter(items, chapter, theme, left, height, room);
  return { items, height };
}

/** @param {Item[]} items @param {Chapter} chapter @param {Theme} theme @param {number} left @param {number} top @param {number} room @return {number} how high it is */
function setChapter(items, { title, entries }, theme, left, top, room) {
  items.push({ t: "text", x: left, y: top + ROW / 2 + 4, text: title, size: SIZE, weight: 600, fill: theme.ink });
  let [x, y] = [left + HEAD, top];
  for (const { sign, draw, text } of entries) {
    const wide = sign + 5 + widthOf(text, SIZE);
    if (x + wide > left + room && x > left + HEAD) [x, y] = [left + HEAD, y + ROW];
    draw(items, x, y + ROW / 2);
    items.push({ t: "text", x: x + sign + 5, y: y + ROW / 2 + 4, text, size: SIZE, fill: theme.muted });
    x += wide + GAP;
  }
  return y - top + ROW;
}
