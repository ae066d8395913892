/** The matrix in words: the titles of rows, the word in a cell, and the sentences about it. Pure. */

import { visibleName } from "../../base/visible.js";
import { nameOfOther, sayLeft } from "../../model/left.js";
import { HOW_WORDS, TYPE_WORDS } from "../../model/words.js";
import { plural, t } from "../../base/i18n.js";
import { prefixBeside, shortId, shortName } from "../../base/short-name.js";

/**
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {(owner: string) => string} NameOf  the name of a container, a group or the host's processes
 * @typedef {(owner: string) => string} PrefixOf  what the names of its project begin with
 */

const NAMED = 3; // as many sharers are named in a sentence

/** @param {MatrixRow} row */
export function titleOf({ container, isolate, first, key }) {
  if (container) return container.name || shortId(key);
  if (isolate) return visibleName(isolate.name);
  return first ? `${visibleName(first.comm)} ${first.pid}` : key;
}

/**
 * The word in a cell, as short as it has to be.
 * @param {MatrixCell} cell
 * @param {string} title  of its row
 * @param {NameOf} nameOf
 * @param {PrefixOf} prefixOf
 * @param {(word: string) => boolean} fits
 */
export function wordOf({ how, others, left }, title, nameOf, prefixOf, fits) {
  if (left) return leftWord(left, prefixOf, fits);
  if (how === "own") return t("own");
  if (how === "host") return t("host");
  if (how === "unknown") return t("unknown");
  if (how === "none") return "";
  if (others.length !== 1) return t("with {count}", { count: others.length });
  const name = nameOf(others[0]);
  return shortName(name, prefixBeside(name, title, prefixOf(others[0])), fits);
}

/**
 * Who left, as far as there is room: else only that somebody did.
 * @param {import("../../model/left.js").Left} left
 * @param {PrefixOf} prefixOf
 * @param {(word: string) => boolean} fits
 */
function leftWord(left, prefixOf, fits) {
  const say = (/** @type {string} */ container) => t("left by {container}", { container });
  const word = say(shortName(nameOfOther(left), prefixOf(left.target?.id ?? ""), (name) => fits(say(name))));
  return fits(word) ? word : t("left");
}

/** The sentences about a cell. @param {MatrixCell} cell @param {NameOf} nameOf @return {string[]} */
export function sayCell(cell, nameOf) {
  return [
    sayHow(cell, nameOf),
    sayLeftBy(cell),
    sayDeclared(cell),
    sayStrays(cell),
    sayGuests(cell),
    sayBefore(cell),
  ].filter((text) => text !== null);
}

/** @param {MatrixCell} cell @param {NameOf} nameOf */
function sayHow({ type, how, others }, nameOf) {
  const { name } = TYPE_WORDS[type];
  if (how === "own") return t("{type}: its own.", { type: name });
  if (how === "host") return t("{type}: the host’s.", { type: name });
  if (how === "unknown") return t("{type}: could not be read.", { type: name });
  if (how === "none") return t("It has no process, and so no namespace.");
  return saySharers(name, others, nameOf);
}

/** @param {string} type @param {string[]} others @param {NameOf} nameOf */
function saySharers(type, others, nameOf) {
  const names = others.slice(0, NAMED).map(nameOf).join(", ");
  const more = others.length - NAMED;
  if (more > 0) return t("{type}: shared with {names} and {count} more.", { type, names, count: more });
  return names ? t("{type}: shared with {names}.", { type, names }) : t("{type}: shared by its processes.", { type });
}

/** @param {MatrixCell} cell */
function sayDeclared({ declared }) {
  if (!declared) return null;
  const value = declared.value.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/, "$1") || t("(the default)");
  return t("Declared {field}={value}, but this is observed.", { field: declared.field, value });
}

/** @param {MatrixCell} cell */
function sayLeftBy({ left }) {
  return left && t("It is {where}.", { where: sayLeft(left.type, nameOfOther(left)) });
}

/** @param {MatrixCell} cell */
function sayStrays({ strays }) {
  if (strays === 0) return null;
  return plural(strays, "{count} of its processes lives in another.", "{count} of its processes live in others.");
}

/** @param {MatrixCell} cell */
function sayGuests({ guests }) {
  if (!guests) return null;
  return plural(
    guests,
    "{count} process is in it without belonging to the container.",
    "{count} processes are in it without belonging to the container.",
  );
}

/** @param {MatrixCell} cell */
function sayBefore({ how, was }) {
  if (!was) return null;
  if (was.how === how) return t("It was another one before.");
  return t("Before: {how}.", { how: was.how === "none" ? "–" : HOW_WORDS[was.how] });
}

/** How what it may do differs from what was declared. @param {import("../../model/confinement.js").Held|null} held */
function sayHeld(held) {
  if (!held) return [];
  const { beyond, lacking, inside } = held;
  return [
    beyond.length > 0 && t("May do more than was declared: {names}.", { names: beyond.join(", ") }),
    lacking.length > 0 && t("Declared, and yet not held: {names}.", { names: lacking.join(", ") }),
    inside && t("Its capabilities hold in its own user namespace, not over the host."),
  ];
}

/** The sentences about what a container may do. @param {MatrixRow} row */
export function sayRights({ rights, container, cells }) {
  if (!rights) {
    const runs = container && cells.some(({ how }) => how !== "none");
    return runs ? t("No engine reports how it was created.") : "";
  }
  const { privileged, added, dropped, held } = rights;
  return [
    ...sayHeld(held),
    privileged && t("Privileged: hardly isolated from the host."),
    added.length > 0 && t("Capabilities added: {names}.", { names: added.join(", ") }),
    dropped.length > 0 && t("Capabilities dropped: {names}.", { names: dropped.join(", ") }),
  ]
    .filter(Boolean)
    .join(" ");
}

/** The marks of the rights as texts; see rights.js. @param {import("./matrix.js").Rights} rights @return {string[]} */
export function rightsTexts({ privileged, added, dropped, held }) {
  return [
    ...some("!", held?.beyond),
    ...some("?", held?.lacking),
    ...(privileged ? [t("privileged")] : []),
    ...added.map((name) => `+${name}`),
    ...some("−", dropped),
  ];
}

/** Whether hardly anything isolates it from the host. @param {import("./matrix.js").Rights} rights */
export function isBad({ privileged, added, held }) {
  return privileged || added.includes("ALL") || (held?.beyond.length ?? 0) > 0;
}

/** One text for some capabilities: the name, or how many. @param {string} sign @param {string[]} [names] */
export function some(sign, names = []) {
  return names.length ? [`${sign}${names.length > 1 ? names.length : names[0]}`] : [];
}
