/** The chains as a picture: who started whom, as a tree with its namespaces. Pure. */

import { EDGE, MOST_ROWS, SIZE, fit, ground, write } from "../../draw/sheet.js";
import { ROLE_WORDS } from "../../model/words.js";
import { beginsOpen, buildTree, rowsOf } from "./tree.js";
import { drawCell, drawFateSign, drawShape } from "../../draw/signs.js";
import { ownerOf, strip } from "../../model/sharing.js";
import { plural, t } from "../../base/i18n.js";
import { titleOf } from "../graph/graph.js";

/**
 * @typedef {import("../../draw/sheet.js").Listed} Listed
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("./tree.js").Row} Row
 * @typedef {import("./tree.js").Step} Step
 */

const ROW = 30;
const INDENT = 26;
const TOP = 10;
const LEAST = 760;
const COMMAND = 46; // letters of a command line

/** @param {Listed} listed @return {import("../../draw/sheet.js").Sheet} */
export function drawChains(listed) {
  const {
    subject: { state, union, options },
    graph,
    found,
  } = listed;
  const absent = { before: "came", after: "went", both: null }[options.view.side];
  const tree = buildTree({
    state,
    sides: union,
    admits: ({ key }) => graph.nodeOf.has(key) && !(union && union.fates.get(key) === absent),
  });
  const turned = options.all
    ? new Set(
        everyStep(tree)
          .filter((step) => step.children.length && !beginsOpen(step))
          .map(({ id }) => id),
      )
    : options.view.turned;
  const all = rowsOf(tree, turned, found && ((step) => found.has(step.process?.key ?? "")));
  const rows = all.slice(0, MOST_ROWS);
  /** @type {Item[]} */
  const items = [];
  const ends = rows.map((row, index) => drawRow(items, listed, row, TOP + index * ROW + ROW / 2));
  const width = Math.max(LEAST, ...ends) + EDGE;
  const height = 2 * TOP + rows.length * ROW;
  return {
    items: [...ground(width, height, [], options.theme), ...items],
    width,
    height,
    left: all.length - rows.length,
  };
}

/** @param {Step[]} steps @return {Step[]} */
const everyStep = (steps) => steps.flatMap((step) => [step, ...everyStep(step.children)]);

/** @param {Item[]} items @param {Listed} listed @param {Row} row @param {number} y @return {number} where it ends */
function drawRow(items, { subject: { state, union, options }, graph }, row, y) {
  const { theme, view } = options;
  const { step, level, expanded } = row;
  let x = EDGE + (level - 1) * INDENT;
  drawGuides(items, theme, row, y);
  if (step.kind === "host")
    return write(
      items,
      plural(step.size, "{count} process that belongs to no chain", "{count} processes that belong to no chain"),
      write(items, t("The host"), x, y, { fill: theme.ink, weight: 600 }) + 10,
      y,
      { fill: theme.muted },
    );
  if (step.kind === "idle")
    return write(
      items,
      plural(step.size, "{count} container that does not run", "{count} containers that do not run"),
      write(items, t("Without a process"), x, y, { fill: theme.ink, weight: 600 }) + 10,
      y,
      { fill: theme.muted },
    );
  const fate = union?.fates.get(step.process?.key ?? step.container?.id ?? "");
  const { process, container } = step;
  if (process) {
    drawShape(
      items,
      theme,
      { kind: step.kind === "alike" ? "fold" : "process", role: process.role },
      { x: x + 11, y },
      1,
    );
    x =
      write(
        items,
        `${fit(process.comm || "?", 200, 12.5)}${step.kind === "alike" ? ` ×${step.children.length}` : ""}`,
        x + 30,
        y,
        { fill: theme.ink, weight: 600, size: 12.5 },
      ) + 8;
    x =
      write(items, (process.nspid.length ? process.nspid : [process.pid]).join(" › "), x, y, { fill: theme.muted }) + 8;
    if (process.role && process.role !== "child")
      x = write(items, ROLE_WORDS[process.role].name, x, y, { fill: theme.accent, size: 11.5 }) + 8;
  }
  if (fate) {
    drawFateSign(items, theme, fate, x, y);
    x += 22;
  }
  if (container)
    x = drawChip(items, theme, fit(titleOf(state, container.id), 220), fit(container.image, 160, 11), x, y);
  const cells = process
    ? strip(state, graph.sharing, process.namespaces, ownerOf(graph.sharing, process)).filter(
        ({ type, how }) =>
          !view.options.off.has(type) && (step.changes.includes(type) || (container !== null && how === "shared")),
      )
    : [];
  for (const cell of cells) {
    drawCell(items, theme, cell, x + 2, y - 7, 14, 1);
    x += 20;
  }
  if (step.kind !== "alike" && expanded === false)
    x = write(items, t("+{count} below", { count: step.size }), x + 4, y, { fill: theme.muted, size: 11 }) + 4;
  const command = process?.cmdline.join(" ") ?? "";
  return command ? write(items, fit(command, COMMAND * SIZE * 0.5, 11), x + 6, y, { fill: theme.faint, size: 11 }) : x;
}

/** Lines from a step to the one above: dashed where it is no child of it. @param {Item[]} items @param {import("../../draw/theme.js").Theme} theme @param {Row} row @param {number} y */
function drawGuides(items, theme, { step, level, trunks, position, siblings }, y) {
  const at = (/** @type {number} */ depth) => EDGE + (depth - 1) * INDENT + 11;
  for (const [index, goesOn] of trunks.entries())
    if (index > 0 && goesOn)
      items.push({
        t: "line",
        x: 0,
        y: 0,
        points: [at(index), y - ROW / 2, at(index), y + ROW / 2],
        stroke: theme.line,
        width: 1.25,
      });
  if (level < 2) return;
  const dash = step.via === "runtime" ? [4, 3] : undefined;
  const x = at(level - 1);
  items.push({
    t: "line",
    x: 0,
    y: 0,
    points: [x, y - ROW / 2, x, position === siblings ? y : y + ROW / 2],
    stroke: theme.faint,
    width: 1.25,
  });
  items.push({ t: "line", x: 0, y: 0, points: [x, y, x + INDENT - 13, y], stroke: theme.faint, width: 1.25, dash });
}

/** The container that begins here. @param {Item[]} items @param {import("../../draw/theme.js").Theme} theme @param {string} name @param {string} image @param {number} x @param {number} y */
function drawChip(items, theme, name, image, x, y) {
  const place = items.length;
  const end = write(items, name, x + 8, y, { fill: theme.ink, weight: 600, size: 11.5 }) + 8;
  items.splice(place, 0, {
    t: "rect",
    x,
    y: y - 10,
    w: end - x,
    h: 20,
    r: 6,
    fill: theme.page,
    stroke: theme.line,
    width: 1,
  });
  return write(items, image, end + 8, y, { fill: theme.muted, size: 11 }) + 8;
}
