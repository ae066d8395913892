/** Suggestions for a search: fields, then their values, with how many processes have them. Pure. */

import { FIELDS, fieldOf } from "./fields.js";
import { TYPES } from "../model/types.js";
import { parse, quote, split } from "./parse.js";
import { pattern } from "./patterns.js";
import { standIn } from "./stand-in.js";
import { t } from "../base/i18n.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("./fields.js").Facts} Facts
 *
 * @typedef {object} Option
 * @property {string} text  what replaces this part
 * @property {string} note
 * @property {number|null} count  processes, and containers without one, that match
 * @property {boolean} whole  whether the term is complete with it
 *
 * @typedef {{from: number, to: number, options: Option[]}} Suggestion  what this part of the text may become
 */

const MANY = 9;

/** @param {string} text @param {number} caret @param {Facts} facts @return {Suggestion} */
export function suggest(text, caret, facts) {
  const term = parse(text).find((one) => one.from < caret && caret <= one.to);
  const field = term && fieldOf(term.field);
  const to = caret + (/^[^\s,|"]*"?/.exec(text.slice(caret))?.[0].length ?? 0);
  if (term && field && caret >= term.at) {
    const typed = split(text.slice(term.at, caret), ",|").at(-1) ?? "";
    return {
      from: caret - typed.length,
      to,
      options: valuesFor(field, typed.replaceAll('"', "").toLowerCase(), facts),
    };
  }
  const from = term ? term.from + Number(term.not) : caret;
  return { from, to, options: startsFor(text.slice(from, caret).toLowerCase(), facts) };
}

/** Fields that begin so, and names that contain it. @param {string} typed @param {Facts} facts @return {Option[]} */
function startsFor(typed, facts) {
  const fields = Object.entries(FIELDS)
    .filter(([name]) => name.startsWith(typed))
    .map(([name, { kind, says }]) => ({
      text: name + (kind === "measure" || FIELDS[name].length ? ">" : ":"),
      note: t(says),
      count: null,
      whole: false,
    }));
  if (typed.length < 2) return fields;
  const names = ["container", "comm"].flatMap((name) =>
    rank(tally(name, facts), typed)
      .slice(0, 3)
      .map((value) => asOption(`${name}:`, value)),
  );
  return [...fields, ...names].slice(0, MANY);
}

/** @param {string} name @param {string} typed @param {Facts} facts @return {Option[]} */
function valuesFor(name, typed, facts) {
  const { kind, samples } = FIELDS[name];
  if (samples) {
    const longer = samples.filter((value) => value.startsWith(typed) && value !== typed);
    return longer.map((value) => ({
      text: value,
      note: value.endsWith("%") ? t("of its limit") : "",
      count: null,
      whole: true,
    }));
  }
  if (kind === "number" && name !== "user") return [];
  return rank(tally(name, facts), typed)
    .slice(0, MANY)
    .map((value) => asOption("", value));
}

/** @param {string} prefix @param {[string, number]} value @return {Option} */
function asOption(prefix, [value, count]) {
  return { text: prefix + quote(value), note: "", count, whole: true };
}

/**
 * Each value of a field, and how many processes it finds.
 * @param {string} name
 * @param {Facts} facts
 * @return {Map<string, number>}
 */
export function tally(name, facts) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const process of [...facts.state.processes.values(), ...standIns(facts)]) {
    for (const value of valuesOf(name, process, facts)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return FIELDS[name].kind === "text" ? widen(counts) : counts;
}

/** What stands for the containers without a process. @param {Facts} facts */
function standIns({ state }) {
  const alive = new Set([...state.processes.values()].map(({ container }) => container));
  return [...state.containers.keys()].filter((id) => !alive.has(id)).map((id) => standIn(id));
}

/** What contains a value is found by it too. @param {Map<string, number>} counts */
function widen(counts) {
  if (counts.size > 500) return counts; // too many values: the comparison of all pairs would be slow
  return new Map(
    [...counts.keys()].map((value) => {
      const like = pattern(value.toLowerCase());
      return [value, [...counts].reduce((sum, [other, count]) => sum + (like(other) ? count : 0), 0)];
    }),
  );
}

/** @param {string} name @param {import("../model/types.js").Process} process @param {Facts} facts @return {string[]} */
function valuesOf(name, process, facts) {
  if (name === "user") return process.uid === null ? [] : [process.uid === 0 ? "root" : String(process.uid)];
  if (name === "ns")
    return TYPES.filter((type) => facts.state.namespaces.get(process.namespaces[type] ?? "")?.initial === false);
  const texts = FIELDS[name].texts?.(process, facts) ?? [];
  return name === "container"
    ? texts.slice(0, 1).map((title) => title || shortId(process.container ?? ""))
    : texts.filter(Boolean);
}

/**
 * Those that contain what was typed: those that begin with it first, then the most frequent.
 * @param {Map<string, number>} counts
 * @param {string} typed
 * @return {[string, number][]}
 */
function rank(counts, typed) {
  const begins = (/** @type {string} */ value) => Number(value.toLowerCase().startsWith(typed));
  return [...counts]
    .filter(([value]) => value.toLowerCase().includes(typed))
    .sort((a, b) => begins(b[0]) - begins(a[0]) || b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
