/** Many childless siblings that look the same become one step that holds them. Pure. */

import { push } from "../../base/lists.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("./kinship.js").Kinship} Kinship
 * @typedef {import("./tree.js").Step} Step
 */

const ALIKE = 6; // so many become one

/** @param {Step[]} steps  siblings @param {Kinship} kinship @return {Step[]} */
export function foldAlike(steps, kinship) {
  const groups = groupsOf(steps, kinship).filter((group) => group.length >= ALIKE);
  const groupOf = new Map(groups.map((group) => [group[0], group]));
  const inside = new Set(groups.flat());
  return steps.flatMap((step) => {
    const group = groupOf.get(step);
    if (group) return [foldOf(step, group)];
    return inside.has(step) ? [] : [step];
  });
}

/** @param {Step} first @param {Step[]} group @return {Step} */
function foldOf(first, group) {
  return { ...first, id: `alike:${first.id}`, kind: "alike", children: group, size: group.length };
}

/** @param {Step[]} steps @param {Kinship} kinship */
function groupsOf(steps, kinship) {
  /** @type {Map<string, Step[]>} */
  const groups = new Map();
  /** A number for each set. @type {Map<NamespaceSet, number>} */
  const sets = new Map();
  for (const step of steps) {
    const { process } = step;
    if (!process || step.children.length || kinship.begins.has(process.key)) continue;
    const { namespaces, role, container } = process;
    if (!sets.has(namespaces)) sets.set(namespaces, sets.size);
    const looks = [sets.get(namespaces), step.via, role, container, nameOf(process), sidesOf(process, kinship)];
    push(groups, looks.join("|"), step);
  }
  return [...groups.values()];
}

/** @param {Process} process @param {Kinship} kinship */
function sidesOf({ key }, { sides }) {
  return sides ? `${sides.before.processes.has(key)}|${sides.after.processes.has(key)}` : "";
}

/** Kernel threads carry a number in their name: kworker/3:1 is like kworker/4:0. @param {Process} process */
function nameOf({ comm, cmdline }) {
  return cmdline.length ? comm : comm.replace(/[/:\d].*$/, "");
}
