/** The rows of the tree that are seen: those in open steps, or what a search finds and the way to it. Pure. */

import { SUPERVISORS } from "./kinship.js";

/**
 * @typedef {import("./tree.js").Step} Step
 *
 * @typedef {object} Row
 * @property {Step} step
 * @property {number} level  from 1
 * @property {boolean|null} expanded  null: it has nothing to open
 * @property {number} position  among its siblings, from 1
 * @property {number} siblings
 * @property {boolean[]} trunks  for each level above it, whether a line goes on below
 * @property {number} parent  index of the row above it in the tree; -1 for the first
 * @property {boolean} match  whether the search finds it, and not only what is below it
 */

const OPEN_UP_TO = 12; // a step with more processes below it begins closed

/** Whether a step begins open. @param {Step} step */
export function beginsOpen(step) {
  if (step.kind === "alike" || step.kind === "host") return false;
  return SUPERVISORS.has(step.process?.role ?? "") || step.process?.pid === 1 || step.size <= OPEN_UP_TO;
}

/**
 * The rows, top to bottom.
 * @param {Step[]} tree
 * @param {Set<string>} turned  ids of the steps that the reader opened or closed
 * @param {((step: Step) => boolean)|null} [matches]  where something is searched for: only what matches, and the way
 *   to it
 * @return {Row[]}
 */
export function rowsOf(tree, turned, matches = null) {
  const rows = new Rows(turned, matches && findMatches(tree, matches));
  rows.add(tree, { level: 1, trunks: [], parent: -1 });
  return rows.list;
}

class Rows {
  /** @type {Row[]} */
  list = [];

  /** @param {Set<string>} turned @param {Map<Step, boolean>|null} kept  null: nothing is searched for */
  constructor(turned, kept) {
    this.turned = turned;
    this.kept = kept;
  }

  /** @param {Step[]} steps @param {Pick<Row, "level"|"trunks"|"parent">} place */
  add(steps, place) {
    const { level, trunks } = place;
    const shown = this.#shown(steps);
    for (const [index, step] of shown.entries()) {
      const expanded = this.#isExpanded(step);
      const match = this.kept?.get(step) ?? true;
      const parent = this.list.length;
      this.list.push({ step, ...place, expanded, position: index + 1, siblings: shown.length, match });
      const goesOn = index < shown.length - 1;
      if (expanded) this.add(step.children, { level: level + 1, trunks: [...trunks, goesOn], parent });
    }
  }

  /** @param {Step[]} steps */
  #shown(steps) {
    const { kept } = this;
    return kept ? steps.filter((step) => kept.has(step)) : steps;
  }

  /** @param {Step} step */
  #isExpanded(step) {
    if (!this.#shown(step.children).length) return null;
    return this.kept !== null || beginsOpen(step) !== this.turned.has(step.id);
  }
}

/**
 * The steps that match (true), and those that lead to them (false).
 * @param {Step[]} tree
 * @param {(step: Step) => boolean} matches
 * @return {Map<Step, boolean>}
 */
function findMatches(tree, matches) {
  const kept = new Map();
  /** @param {Step} step @return {boolean} */
  function visit(step) {
    const below = step.children.map(visit).includes(true);
    const own = step.kind !== "alike" && matches(step);
    if (own || below) kept.set(step, own);
    return own || below;
  }
  tree.forEach(visit);
  return kept;
}
