/** The chains as a picture: who started whom, as a tree with its namespaces. Pure. */

import { EDGE, MOST_ROWS, SIZE, fit, ground, write } from "../../draw/sheet.js";
import { ROLE_WORDS } from "../../model/words.js";
import { beginsOpen, rowsOf } from "./rows.js";
import { buildTree } from "./tree.js";
import { drawCell, drawFateSign, drawShape } from "../../draw/signs.js";
import { line } from "../../draw/items.js";
import { ownerOf, strip } from "../../model/sharing.js";
import { sayGroup } from "./words.js";
import { t } from "../../base/i18n.js";
import { titleOf } from "../graph/graph.js";

/**
 * @typedef {import("../../draw/sheet.js").Listed} Listed
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./tree.js").Step} Step
 */

const ROW = 30;
const INDENT = 26;
const TOP = 10;
const LEAST = 760;
const COMMAND = 46; // letters of a command line

/** @param {Listed} listed @return {import("../../draw/sheet.js").Sheet} */
export function drawChains(listed) {
  const { options } = listed.subject;
  const all = allRows(listed);
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

/** @param {Listed} listed */
function allRows({ subject: { state, union, options }, graph, found }) {
  const absent = { before: "came", after: "went", both: null }[options.view.side];
  const tree = buildTree({
    state,
    sides: union,
    admits: ({ key }) => graph.nodeOf.has(key) && !(union && union.fates.get(key) === absent),
  });
  const turned = options.all ? closedAtFirst(tree) : options.view.turned;
  return rowsOf(
    tree,
    turned,
    found && (({ kind, id, process }) => found.has(kind === "container" ? id : (process?.key ?? ""))),
  );
}

/** The ids of the steps that must be turned for all to be open. @param {Step[]} tree */
function closedAtFirst(tree) {
  const closed = everyStep(tree).filter((step) => step.children.length && !beginsOpen(step));
  return new Set(closed.map(({ id }) => id));
}

/** @param {Step[]} steps @return {Step[]} */
const everyStep = (steps) => steps.flatMap((step) => [step, ...everyStep(step.children)]);

/** @param {Item[]} items @param {Listed} listed @param {Row} row @param {number} y @return {number} where it ends */
function drawRow(items, listed, row, y) {
  const { theme } = listed.subject.options;
  const { step, level } = row;
  const pen = new Pen(items, theme, EDGE + (level - 1) * INDENT, y);
  drawGuides(items, theme, row, y);
  if (step.kind === "host" || step.kind === "idle") drawHeading(pen, step);
  else drawStep(pen, listed, row);
  return pen.x;
}

/** Writes the texts of a row, one after the other. */
class Pen {
  /** @param {Item[]} items @param {Theme} theme @param {number} x @param {number} y */
  constructor(items, theme, x, y) {
    this.items = items;
    this.theme = theme;
    this.x = x;
    this.y = y;
  }

  /** @param {string} text @param {Parameters<typeof write>[4]} look @param {number} [after]  pixels that follow it */
  write(text, look, after = 0) {
    this.x = write(this.items, text, this.x, this.y, look) + after;
  }
}

/** @param {Pen} pen @param {Step} step  `host` or `idle` */
function drawHeading(pen, { kind, size }) {
  const [title, text] = sayGroup(kind, size);
  pen.write(title, { fill: pen.theme.ink, weight: 600 }, 10);
  pen.write(text, { fill: pen.theme.muted });
}

/** @param {Pen} pen @param {Listed} listed @param {Row} row */
function drawStep(pen, listed, { step, expanded }) {
  const { state, union } = listed.subject;
  const { process, container } = step;
  const fate = union?.fates.get(process?.key ?? container?.id ?? "");
  if (process) drawProcess(pen, step, process);
  if (fate) {
    drawFateSign(pen.items, pen.theme, fate, pen.x, pen.y);
    pen.x += 22;
  }
  if (container) drawChip(pen, fit(titleOf(state, container.id), 220), fit(container.image, 160, 11));
  if (process) drawCells(pen, listed, step, process);
  if (step.kind !== "alike" && expanded === false) drawBelow(pen, step.size);
  if (process) drawCommand(pen, process.cmdline.join(" "));
}

/** @param {Pen} pen @param {Step} step @param {Process} process */
function drawProcess(pen, { kind, children }, { comm, role, nspid, pid }) {
  const { theme } = pen;
  const shape = { kind: /** @type {"fold"|"process"} */ (kind === "alike" ? "fold" : "process"), role };
  drawShape(pen.items, theme, shape, { x: pen.x + 11, y: pen.y }, 1);
  pen.x += 30;
  const times = kind === "alike" ? ` ×${children.length}` : "";
  pen.write(`${fit(comm || "?", 200, 12.5)}${times}`, { fill: theme.ink, weight: 600, size: 12.5 }, 8);
  pen.write((nspid.length ? nspid : [pid]).join(" › "), { fill: theme.muted }, 8);
  if (role && role !== "child") pen.write(ROLE_WORDS[role].name, { fill: theme.accent, size: 11.5 }, 8);
}

/**
 * The namespaces in which it differs from the step above, and those that its container shares.
 * @param {Pen} pen
 * @param {Listed} listed
 * @param {Step} step
 * @param {Process} process
 */
function drawCells(pen, { subject, graph }, { changes, container }, process) {
  const { off } = subject.options.view.options;
  const cells = strip(subject.state, graph.sharing, process.namespaces, ownerOf(graph.sharing, process));
  for (const cell of cells) {
    const { type, how } = cell;
    if (off.has(type) || !(changes.includes(type) || (container !== null && how === "shared"))) continue;
    drawCell(pen.items, pen.theme, cell, pen.x + 2, pen.y - 7, 14, 1);
    pen.x += 20;
  }
}

/** @param {Pen} pen @param {number} count  of the processes that a closed step hides */
function drawBelow(pen, count) {
  pen.x += 4;
  pen.write(t("+{count} below", { count }), { fill: pen.theme.muted, size: 11 }, 4);
}

/** @param {Pen} pen @param {string} command */
function drawCommand(pen, command) {
  if (!command) return;
  pen.x += 6;
  pen.write(fit(command, COMMAND * SIZE * 0.5, 11), { fill: pen.theme.faint, size: 11 });
}

/**
 * Lines from a step to the one above: dashed where it is no child of it.
 * @param {Item[]} items
 * @param {Theme} theme
 * @param {Row} row
 * @param {number} y
 */
function drawGuides(items, theme, { step, level, trunks, position, siblings }, y) {
  const at = (/** @type {number} */ depth) => EDGE + (depth - 1) * INDENT + 11;
  for (const [index, goesOn] of trunks.entries())
    if (index > 0 && goesOn)
      items.push(line([at(index), y - ROW / 2, at(index), y + ROW / 2], { stroke: theme.line, width: 1.25 }));
  if (level < 2) return;
  const dash = step.via === "runtime" ? [4, 3] : undefined;
  const x = at(level - 1);
  items.push(line([x, y - ROW / 2, x, position === siblings ? y : y + ROW / 2], { stroke: theme.faint, width: 1.25 }));
  items.push(line([x, y, x + INDENT - 13, y], { stroke: theme.faint, width: 1.25, dash }));
}

/** The container that begins here. @param {Pen} pen @param {string} name @param {string} image */
function drawChip(pen, name, image) {
  const { items, theme, x, y } = pen;
  const place = items.length;
  pen.x += 8;
  pen.write(name, { fill: theme.ink, weight: 600, size: 11.5 }, 8);
  const frame = { x, y: y - 10, w: pen.x - x, h: 20, r: 6, fill: theme.page, stroke: theme.line, width: 1 };
  items.splice(place, 0, { t: "rect", ...frame });
  pen.x += 8;
  pen.write(image, { fill: theme.muted, size: 11 }, 8);
}
