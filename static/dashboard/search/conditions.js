/** Turns a term of a search into a test of processes, or says what is wrong with the term. Pure. */

import { parseLength } from "../base/times.js";
import { FIELDS, boxOf, fieldOf } from "./fields.js";
import { TYPES } from "../model/types.js";
import { comparison, parseAmount, pattern } from "./patterns.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {import("./parse.js").Term} Term
 * @typedef {import("./fields.js").Facts} Facts
 * @typedef {import("./fields.js").Field} Field
 * @typedef {import("../model/types.js").Process} Process
 * @typedef {(process: Process) => boolean} Test
 */

/** A term cannot be understood; the message gives the reason, in the reader's language. */
export class NotUnderstood extends Error {}

/** @param {Term} term @param {Facts} facts @return {Test} @throws {NotUnderstood} */
export function testOf(term, facts) {
  const tests = term.values.map((value) => testOfValue(term, value, facts));
  return term.not
    ? (process) => !tests.some((test) => test(process))
    : (process) => tests.some((test) => test(process));
}

/** @param {Term} term @param {string} value @param {Facts} facts @return {Test} */
function testOfValue(term, value, facts) {
  const name = fieldOf(term.field);
  if (name === null) return wordTest(value, facts);
  const field = FIELDS[name];
  if (/[<>]/.test(term.op) && field.kind !== "number" && field.kind !== "measure")
    throw new NotUnderstood(t("“{field}” can’t be compared by < or >. Try {field}:…", { field: name }));
  switch (field.kind) {
    case "text":
      return textTest(name, field, term, value, facts);
    case "word":
      return listTest(field, pattern(value, true), facts);
    case "label":
      return listTest(field, labelPattern(value), facts);
    case "number":
      return field.length ? lengthTest(field, term, value, facts) : numberTest(name, field, term, value, facts);
    case "flag":
      return flagTest(field, value, facts);
    case "measure":
      return measureTest(name, field, term, value, facts);
    case "type":
      return typeTest(field, value, facts);
    case "namespace":
      return spaceTest(value, facts);
  }
}

/** @param {string} value @param {Facts} facts @return {Test} */
function wordTest(value, facts) {
  const like = pattern(value);
  const inBox = boxTest(value, like, facts);
  return (process) =>
    like(facts.sharing.isolateOf.get(process.key)?.name ?? "") ||
    like(process.comm) ||
    like(process.cmdline.join(" ")) ||
    String(process.pid) === value ||
    inBox(process.container);
}

const SHORTEST_ID = 6; // letters of an id that are not taken for a word

/**
 * Whether a container has the word in its name or image, as its state, as the value of a label, or as the beginning of
 * its id. Each container is tested once.
 * @param {string} value
 * @param {(text: string) => boolean} like
 * @param {Facts} facts
 * @return {(id: string|null) => boolean}
 */
function boxTest(value, like, { state }) {
  const named = new Set();
  const same = pattern(value, true);
  for (const { id, name, image, state: run, labels } of state.containers.values()) {
    const isNamed = like(name) || like(image) || same(run) || Object.values(labels).some(same);
    if (isNamed || (value.length >= SHORTEST_ID && id.startsWith(value))) named.add(id);
  }
  return (id) => id !== null && named.has(id);
}

/**
 * @param {string} name
 * @param {Field} field
 * @param {Term} term
 * @param {string} value
 * @param {Facts} facts
 * @return {Test}
 */
function textTest(name, field, term, value, facts) {
  const like = pattern(value, term.op === "=");
  if (name !== "container") return listTest(field, like, facts);
  return (process) =>
    process.container !== null && (like(boxOf(process, facts)?.name ?? "") || process.container.startsWith(value));
}

/** @param {Field} field @param {(text: string) => boolean} like @param {Facts} facts @return {Test} */
function listTest(field, like, facts) {
  return (process) => field.texts?.(process, facts).some(like) ?? false;
}

/** A whole pair, or something in a key. @param {string} value @return {(pair: string) => boolean} */
function labelPattern(value) {
  if (value.includes("=")) return pattern(value, true);
  const like = pattern(value);
  return (pair) => like(pair.slice(0, pair.indexOf("=")));
}

/** @param {Field} field @param {string} value @param {Facts} facts @return {Test} */
function flagTest(field, value, facts) {
  if (value !== "yes" && value !== "no") throw new NotUnderstood(t("“{value}” is neither yes nor no.", { value }));
  return (process) => field.flag?.(process, facts) === (value === "yes");
}

/**
 * @param {string} name
 * @param {Field} field
 * @param {Term} term
 * @param {string} value
 * @param {Facts} facts
 * @return {Test}
 */
function numberTest(name, field, term, value, facts) {
  const wanted = name === "user" && value === "root" ? 0 : Number(value);
  if (!/^\d+$/.test(value) && wanted !== 0) {
    if (name === "user") throw new NotUnderstood(t("“{value}” isn’t a user id. Try a number, or root.", { value }));
    throw new NotUnderstood(t("“{value}” isn’t a number.", { value }));
  }
  const holds = comparison(term.op);
  const any = term.op === ":" || term.op === "=";
  return (process) => {
    const numbers = field.numbers?.(process, facts) ?? [];
    return (any ? numbers : numbers.slice(0, 1)).some((number) => number !== null && holds(number, wanted));
  };
}

/** @param {Field} field @param {Term} term @param {string} value @param {Facts} facts @return {Test} */
function lengthTest(field, term, value, facts) {
  const wanted = parseLength(value);
  if (wanted === null || !/[<>]/.test(term.op))
    throw new NotUnderstood(t("“{value}” isn’t compared with a length of time. Try <5m, >2h or >7d.", { value }));
  const holds = comparison(term.op);
  return (process) => (field.numbers?.(process, facts) ?? []).some((one) => one !== null && holds(one, wanted));
}

/**
 * @param {string} name
 * @param {Field} field
 * @param {Term} term
 * @param {string} value
 * @param {Facts} facts
 * @return {Test}
 */
function measureTest(name, field, term, value, facts) {
  const wanted = parseAmount(value, field.bytes ?? false);
  if (!wanted || (!field.measure && wanted.share)) throw new NotUnderstood(sayNoAmount(name, field, value));
  if (!facts.loads) throw new NotUnderstood(t("“{field}” can be searched only live.", { field: name }));
  const holds = comparison(term.op);
  if (field.own && (wanted.share || !field.measure)) return ownTest(field.own, wanted, holds, facts);
  const verdicts = new Map(
    [...facts.state.containers.keys()].map((id) => [id, satisfies(field.measure?.(id, facts), wanted, holds)]),
  );
  return (process) => verdicts.get(process.container ?? "") ?? false;
}

/**
 * Compares what the process itself uses; one that was not read yet is not found.
 * @param {NonNullable<Field["own"]>} own
 * @param {import("./patterns.js").Amount} wanted
 * @param {(a: number, b: number) => boolean} holds
 * @param {Facts} facts
 * @return {Test}
 */
function ownTest(own, wanted, holds, { vitals }) {
  const amount = wanted.share ? wanted.amount * 100 : wanted.amount;
  return ({ key }) => {
    const use = vitals?.processes.get(key);
    const used = use ? own(use) : null;
    return used !== null && holds(used, amount);
  };
}

/** @param {string} name @param {Field} field @param {string} value */
function sayNoAmount(name, field, value) {
  if (!field.measure && field.bytes) return t("“{value}” isn’t an amount. Try 500m or 2g.", { value });
  if (!field.measure) return t("“{value}” isn’t a number.", { value });
  if (field.bytes) return t("“{value}” isn’t an amount. Try 500m, 2g or 80%.", { value });
  if (name === "cpu") return t("“{value}” isn’t an amount. Try 0.5, 2 or 20%.", { value });
  return t("“{value}” isn’t an amount. Try 100 or 80%.", { value });
}

/**
 * @param {import("./fields.js").Measured|undefined} measured
 * @param {import("./patterns.js").Amount} wanted
 * @param {(a: number, b: number) => boolean} holds
 */
function satisfies(measured, wanted, holds) {
  if (!measured || measured.used === null) return false;
  if (!wanted.share) return holds(measured.used, wanted.amount);
  return measured.limit !== null && measured.limit > 0 && holds(measured.used / measured.limit, wanted.amount);
}

/** @param {Field} field @param {string} value @param {Facts} facts @return {Test} */
function typeTest(field, value, facts) {
  const like = pattern(value, true);
  if (!TYPES.some(like))
    throw new NotUnderstood(t("“{value}” isn’t a namespace type. Try {types}.", { value, types: TYPES.join(", ") }));
  return listTest(field, like, facts);
}

/**
 * A namespace by number (`ns:4026532184`, `ns:4343`), key, or type for any that is not the host's.
 * @param {string} value
 * @param {Facts} facts
 * @return {Test}
 */
function spaceTest(value, { state }) {
  const wanted = new Set();
  for (const namespace of state.namespaces.values()) {
    const named =
      namespace.key.toLowerCase() === value || String(namespace.inode) === value || String(namespace.ns_id) === value;
    if (named || (namespace.type === value && !namespace.initial)) wanted.add(namespace.key);
  }
  return (process) => TYPES.some((type) => wanted.has(process.namespaces[type]));
}
