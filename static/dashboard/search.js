/** The search language: words and `field:value`, each of which must hold. Pure. */

import { TYPES } from "./shapes.js";
import { ownerOf, standing } from "./sharing.js";

/**
 * @typedef {import("./shapes.js").Process} Process
 * @typedef {import("./store.js").State} State
 * @typedef {import("./sharing.js").Sharing} Sharing
 * @typedef {{field: string, value: string, not: boolean}} Term
 * @typedef {(process: Process) => boolean} Test
 */

export const FIELDS = ["comm", "pid", "container", "image", "uid", "role", "ns", "host", "shared", "own"];

/** @param {string} text @return {Term[]} */
export function parse(text) {
  const words = text.match(/-?(?:[a-z]+:)?(?:"[^"]*"?|\S+)/gi) ?? [];
  return words.map(parseWord).filter((term) => term.value !== "");
}

/** @param {string} word @return {Term} */
function parseWord(word) {
  const not = word.length > 1 && word.startsWith("-");
  const rest = not ? word.slice(1) : word;
  const colon = rest.indexOf(":");
  const field = colon > 0 ? rest.slice(0, colon).toLowerCase() : "";
  const known = FIELDS.includes(field) || field === "user";
  const value = (known ? rest.slice(colon + 1) : rest).replaceAll('"', "").toLowerCase();
  return { field: known ? (field === "user" ? "uid" : field) : "", value, not };
}

/** What decides whether a process matches; null where there is nothing to search for. @param {string} text @param {State} state @param {Sharing} sharing @return {Test|null} */
export function matcher(text, state, sharing) {
  const terms = parse(text);
  if (!terms.length) return null;
  const tests = terms.map((term) => {
    const test = testOf(term, state, sharing);
    return term.not ? (/** @type {Process} */ process) => !test(process) : test;
  });
  return (process) => tests.every((test) => test(process));
}

/** @param {Term} term @param {State} state @param {Sharing} sharing @return {Test} */
function testOf(term, state, sharing) {
  const { field, value } = term;
  const like = pattern(value);
  const nameOf = (/** @type {Process} */ process) => state.containers.get(process.container ?? "");
  switch (field) {
    case "comm":
      return (process) => like(process.comm);
    case "pid":
      return (process) => process.pid === Number(value) || process.nspid.includes(Number(value));
    case "container":
      return (process) => process.container !== null && (like(nameOf(process)?.name ?? "") || process.container.startsWith(value));
    case "image":
      return (process) => like(nameOf(process)?.image ?? "");
    case "uid":
      return (process) => process.uid === (value === "root" ? 0 : Number(value));
    case "role":
      return (process) => process.role === value;
    case "ns":
      return (process) => TYPES.some((type) => inNamespace(process, type, value, state));
    case "host":
    case "shared":
    case "own":
      return (process) => TYPES.some((type) => type === value && standing(state, sharing, process.namespaces[type], ownerOf(sharing, process)) === field);
    default:
      return (process) =>
        like(process.comm) || like(process.cmdline.join(" ")) || String(process.pid) === value || like(nameOf(process)?.name ?? "") || like(nameOf(process)?.image ?? "");
  }
}

/** A namespace by number (`ns:4026532184`, `ns:4343`), key, or type for any that is not the host's. @param {Process} process @param {import("./shapes.js").NamespaceType} type @param {string} value @param {State} state */
function inNamespace(process, type, value, state) {
  const space = state.namespaces.get(process.namespaces[type] ?? "");
  if (!space) return false;
  return (type === value && !space.initial) || space.key.toLowerCase() === value || String(space.inode) === value || String(space.ns_id) === value;
}

/** Text that contains the value; `*` stands for anything, and then the whole text is meant. @param {string} value @return {(text: string) => boolean} */
function pattern(value) {
  if (!value.includes("*")) return (text) => text.toLowerCase().includes(value);
  const parts = value.split("*");
  return (text) => {
    const low = text.toLowerCase();
    let at = 0;
    for (const [index, part] of parts.entries()) {
      const found = index === parts.length - 1 && part !== "" ? low.lastIndexOf(part) : low.indexOf(part, at);
      if (found < at || (index === 0 && found !== 0)) return false;
      at = found + part.length;
    }
    return parts.at(-1) === "" || at === low.length;
  };
}
