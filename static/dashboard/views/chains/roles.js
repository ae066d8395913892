/** What a step's role means. It is explained in the first row of each role. Pure. */

import { ROLE_WORDS } from "../../model/words.js";
import { mark, t } from "../../base/i18n.js";

/**
 * @typedef {import("./tree.js").Step} Step
 * @typedef {import("./rows.js").Row} Row
 */

const INITS = new Set(["docker-init", "tini", "catatonit", "dumb-init"]);
const INIT_WORDS = mark(
  "A small init in front of the program, as docker run --init adds it. It passes signals on " +
    "and reaps processes that ended.",
);

/** @param {Step} step */
export function explainRole(step) {
  const role = step.process?.role;
  if (roleOf(step) === "small init") return t(INIT_WORDS);
  return role ? t(ROLE_WORDS[role].does) : "";
}

/**
 * The ids of the first steps of each role. What descends from an exec does not descend from the init, as the words
 * about children say.
 * @param {Row[]} rows
 * @return {Set<string>}
 */
export function firstsOfRoles(rows) {
  /** @type {Map<string, string>} */
  const firsts = new Map();
  for (const { step, parent } of rows) {
    const role = roleOf(step);
    if (step.kind !== "process" || !role || firsts.has(role)) continue;
    if (role !== "child" || rows[parent]?.step.process?.role === "init") firsts.set(role, step.id);
  }
  return new Set(firsts.values());
}

/** @param {Step} step */
function roleOf({ process }) {
  return process?.role === "init" && INITS.has(process.comm) ? "small init" : (process?.role ?? "");
}
