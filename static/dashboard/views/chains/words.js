/** The tree in words: the titles of groups of steps, and command lines. Pure. */

import { plural, t } from "../../base/i18n.js";

const LONGEST = 400; // characters of a command line

/**
 * The title of a group of steps, and what is in it.
 * @param {import("./tree.js").Step["kind"]} kind  `host` or `idle`
 * @param {number} size
 */
export function sayGroup(kind, size) {
  if (kind === "host")
    return [
      t("The host"),
      plural(size, "{count} process that belongs to no chain", "{count} processes that belong to no chain"),
    ];
  return [
    t("Without a process"),
    plural(size, "{count} container that does not run", "{count} containers that do not run"),
  ];
}

/**
 * The command line of a step. Those of shims are alike but for the id of their container, which the step says anyway:
 * only the program is said.
 * @param {import("../../model/types.js").Process} process
 */
export function sayStepCommand({ role, cmdline }) {
  if (role !== "shim" || cmdline.length < 2) return sayCommand(cmdline);
  return `${cmdline[0].slice(cmdline[0].lastIndexOf("/") + 1)} …`;
}

/** A command line, with the ids of containers as short as Docker prints them. @param {string[]} words */
export function sayCommand(words) {
  return words
    .join(" ")
    .slice(0, LONGEST)
    .replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}
