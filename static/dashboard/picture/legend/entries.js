/** The entries of a legend, one for each sign that is drawn. Pure. */

import { drawCell, drawFateSign, drawShape } from "../../draw/signs.js";
import { drawHubSign } from "./hub-sign.js";
import { FATE_WORDS, HOW_WORDS, ROLE_WORDS } from "../../model/words.js";
import { t } from "../../base/i18n.js";
import { TYPES } from "../../model/types.js";

/**
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../views/graph/graph.js").Graph} Graph
 * @typedef {import("../../model/sharing.js").Cell["how"]} How
 * @typedef {import("../../model/types.js").Role} Role
 * @typedef {import("./legend.js").Entry} Entry
 */

const CELL = 14;
const ROLES = /** @type {const} */ (["daemon", "manager", "shim", "init", "exec", "proxy", "child"]);

/** @param {Theme} theme @param {Set<import("../../model/types.js").NamespaceType>} off @return {Entry[]} */
export function typeEntries(theme, off) {
  return TYPES.filter((type) => !off.has(type)).map((type) => ({
    sign: CELL,
    text: type,
    draw: (items, x, y) => drawCell(items, theme, { type, key: null, how: "own" }, x, y - CELL / 2, CELL, 1),
  }));
}

/** How a namespace can be shared. @param {readonly How[]} hows @param {Theme} theme @return {Entry[]} */
export function sharingEntries(hows, theme) {
  return hows.map((how) => ({
    sign: CELL + 4,
    text: HOW_WORDS[how],
    draw: (items, x, y) => drawCell(items, theme, { type: "net", key: null, how }, x, y - CELL / 2, CELL, 1),
  }));
}

/** @param {Graph} graph @param {Theme} theme @return {Entry[]} */
export function roleEntries({ nodes }, theme) {
  const processes = nodes.filter(({ kind }) => kind === "process");
  const drawn = new Set(processes.map(({ role }) => role ?? "child"));
  const entries = ROLES.filter((role) => drawn.has(role)).map((role) =>
    shapeEntry(role === "child" ? t("other process") : ROLE_WORDS[role].name, "process", role, theme),
  );
  const folds = nodes.some(({ kind }) => kind === "fold");
  return folds ? [...entries, shapeEntry(t("several alike"), "fold", "child", theme)] : entries;
}

/** @param {string} text @param {"process"|"fold"} kind @param {Role} role @param {Theme} theme @return {Entry} */
function shapeEntry(text, kind, role, theme) {
  return { sign: 24, text, draw: (items, x, y) => drawShape(items, theme, { kind, role }, { x: x + 11, y }, 1) };
}

/** @param {Graph} graph @param {Theme} theme @return {Entry[]} */
export function linkEntries({ links, nodes }, theme) {
  const has = (/** @type {string} */ kind) => links.some((link) => link.kind === kind);
  const entries = [];
  if (has("parent")) entries.push(lineEntry(t("started"), undefined, theme));
  if (has("runtime")) entries.push(lineEntry(t("manages, without being its parent"), [6, 4], theme));
  const hubs = nodes.filter(({ kind }) => kind === "hub");
  if (hubs.length) entries.push(hubEntry(hubs.find(({ inside }) => !inside) ?? hubs[0], theme));
  return entries;
}

/** @param {string} text @param {number[]|undefined} dash @param {Theme} theme @return {Entry} */
function lineEntry(text, dash, theme) {
  const style = { stroke: theme.muted, width: 1.5, dash, arrow: true };
  return {
    sign: 34,
    text,
    draw: (items, x, y) => void items.push({ t: "line", x: 0, y: 0, points: [x, y, x + 30, y], ...style }),
  };
}

/** @param {import("../../views/graph/graph.js").GraphNode} hub @param {Theme} theme @return {Entry} */
function hubEntry(hub, theme) {
  return {
    sign: 54,
    text: t("joins processes in the same namespaces"),
    draw: (items, x, y) => drawHubSign(items, theme, hub, x, y),
  };
}

/** @param {Theme} theme @return {Entry[]} */
export function fateEntries(theme) {
  return /** @type {const} */ (["came", "went", "changed"]).map((fate) => ({
    sign: CELL,
    text: FATE_WORDS[fate],
    draw: (items, x, y) => drawFateSign(items, theme, fate, x, y),
  }));
}
