/** The search: the test that its text asks for, and the problems of its terms. Pure. */

import { FIELDS, fieldOf } from "./fields.js";
import { NotUnderstood, testOf } from "./conditions.js";
import { parse } from "./parse.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {import("./fields.js").Facts} Facts
 * @typedef {import("./conditions.js").Test} Test
 * @typedef {import("./parse.js").Term} Term
 * @typedef {{from: number, to: number, text: string}} Problem  a term, by its place, and why it is left out
 *
 * @typedef {object} Search
 * @property {Test|null} test  null: nothing is searched for
 * @property {Problem[]} problems
 * @property {boolean} measures  whether the answer changes with what containers use
 */

/** @param {string} text @param {Facts} facts @return {Search} */
export function readSearch(text, facts) {
  /** @type {Test[]} */
  const tests = [];
  /** @type {Problem[]} */
  const problems = [];
  const terms = parse(text)
    .map((term) => asKnown(term, text, problems))
    .map(asFlag)
    .filter((term) => term.values.length);
  for (const term of terms) {
    try {
      tests.push(testOf(term, facts));
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      problems.push({ from: term.from, to: term.to, text: error.message });
    }
  }
  const measures = terms.some((term) => FIELDS[fieldOf(term.field) ?? ""]?.kind === "measure");
  return {
    test: tests.length ? (process) => tests.every((test) => test(process)) : null,
    problems: problems.sort((a, b) => a.from - b.from),
    measures,
  };
}

/** A flag alone means that it holds. @param {Term} term @return {Term} */
function asFlag(term) {
  const isFlag = FIELDS[fieldOf(term.field) ?? ""]?.kind === "flag" && term.op === ":";
  return isFlag && !term.values.length ? { ...term, values: ["yes"] } : term;
}

/**
 * A term with an unknown field is taken as a word with a colon in it, and may be a mistake.
 * @param {Term} term
 * @param {string} text
 * @param {Problem[]} problems
 * @return {Term}
 */
function asKnown(term, text, problems) {
  if (term.field === "" || fieldOf(term.field)) return term;
  const meant = Object.keys(FIELDS).find((name) => resembles(name, term.field));
  if (meant)
    problems.push({
      from: term.from,
      to: term.to,
      text: t("There is no field “{field}”. Did you mean “{meant}”? It is searched for as a word.", {
        field: term.field,
        meant,
      }),
    });
  const word = text
    .slice(term.from + Number(term.not), term.to)
    .replaceAll('"', "")
    .toLowerCase();
  return { ...term, field: "", op: ":", values: [word] };
}

/**
 * Whether two names differ by one typing error: a letter more, less or different, or two letters swapped.
 * @param {string} a
 * @param {string} b
 */
function resembles(a, b) {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let [head, tail] = [0, 0];
  const short = Math.min(a.length, b.length);
  while (head < short && a[head] === b[head]) head++;
  while (tail < short - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  return Math.max(left.length, right.length) <= 1 || (left.length === 2 && left === [...right].reverse().join(""));
}
