/** The rows of the matrix by project or pod, each with a line that counts and can be closed. Pure. */

import { TYPES } from "../../model/types.js";
import { TYPE_NOUNS, counted, countedIsolates } from "../../model/words.js";
import { heldBy, orphansOf } from "../../model/holders.js";
import { alikeIn } from "../../model/isolation/isolated.js";
import { plural, t } from "../../base/i18n.js";
import { projectOf } from "../../model/grouping/projects.js";
import { push } from "../../base/lists.js";
import { summarise } from "./summary.js";
import { visibleName } from "../../base/visible.js";

/**
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 *
 * @typedef {object} Heading  the line of a group
 * @property {string} title
 * @property {string|null} key  in the address; null: it cannot be closed
 * @property {boolean} open
 * @property {string[]} says  how many there are, and how many of them are not isolated
 *
 * @typedef {object} Orphan  the line of a namespace that no process lives in
 * @property {string} key
 * @property {import("../../model/types.js").Namespace} space
 * @property {string} holder  what keeps it alive; empty: it could not be seen
 */

const { compare } = new Intl.Collator("en", { numeric: true }); // data-2 before data-10
const [LOOSE, OUTSIDE] = ["containers", "outside"];

/** Before kind and program, in the key of what is isolated alike. */
export const ALIKE = "outside:";

/**
 * Containers by project, those of none after them, and last what is not in a container. Where no project has two
 * containers they are one group, and its line cannot be closed.
 * @param {MatrixRow[]} rows  in their order
 * @param {import("../../address/view-query.js").Order} order
 * @param {(key: string) => boolean} isOpen
 * @return {(Heading|MatrixRow)[]}
 */
export function groupLines(rows, order, isOpen) {
  const groups = [...groupsOf(rows)];
  if (groups.length < 2) return rows;
  if (order !== "least") groups.sort(([a], [b]) => compare(a, b));
  const rank = (/** @type {string} */ key) => (key.startsWith(ALIKE) ? 2 : [LOOSE, OUTSIDE].indexOf(key));
  groups.sort(([a], [b]) => rank(a) - rank(b));
  groups.sort(([, a], [, b]) => Number(hasChanged(b)) - Number(hasChanged(a)));
  return groups.flatMap(([key, members]) => {
    const heading = headingOf(key, members, groups, isOpen);
    return heading.open ? [heading, ...members.sort((a, b) => Number(isSandbox(b)) - Number(isSandbox(a)))] : [heading];
  });
}

const MOST_ORPHANS = 12; // so many are one line for each type

/**
 * The namespaces that no process lives in, under a heading; many of them by type, each a group that begins closed.
 * @param {import("../../model/store.js").State} state
 * @param {(key: string) => boolean} isOpen
 * @return {(Heading|Orphan)[]}
 */
export function orphanLines(state, isOpen) {
  const orphans = orphansOf(state).map((space) => orphanOf(state, space));
  if (!orphans.length) return [];
  const title = t("Namespaces without a process");
  const heading = { title, key: null, open: true, says: [counted(orphans.length, "namespace")] };
  return [
    heading,
    ...(orphans.length < MOST_ORPHANS ? orphans : TYPES.flatMap((type) => ofType(orphans, type, isOpen))),
  ];
}

/** @param {import("../../model/store.js").State} state @param {Orphan["space"]} space @return {Orphan} */
function orphanOf(state, space) {
  const [first, ...others] = heldBy(state, space).map(({ text }) => text);
  const more = others.length ? ` ${t("and {count} more", { count: others.length })}` : "";
  return { key: space.key, space, holder: first ? first + more : "" };
}

/**
 * @param {Orphan[]} orphans
 * @param {import("../../model/types.js").NamespaceType} type
 * @param {(key: string) => boolean} isOpen
 */
function ofType(orphans, type, isOpen) {
  const members = orphans.filter(({ space }) => space.type === type);
  if (!members.length) return [];
  const key = `${ALIKE}namespaces:${type}`;
  const heading = { title: TYPE_NOUNS[type], key, open: isOpen(key), says: [counted(members.length, "namespace")] };
  return heading.open ? [heading, ...members] : [heading];
}

/** The sandbox of a pod stands first: it holds what the others share. @param {MatrixRow} row */
const isSandbox = ({ container }) => container?.kind === "sandbox";

/** In a comparison, groups in which something changed come first. @param {MatrixRow[]} members */
const hasChanged = (members) => members.some(({ fate }) => fate !== null);

/** @param {MatrixRow[]} rows */
function groupsOf(rows) {
  const inside = rows.filter(({ container }) => container);
  const projects = inside
    .map(({ container }) => container && projectOf(container))
    .filter((project) => project !== null);
  const groups = projects.length > new Set(projects).size;
  /** @type {Map<string, MatrixRow[]>} */
  const members = new Map();
  const folded = new Set(
    alikeIn(rows.flatMap(({ isolate }) => isolate ?? []))
      .filter(({ length }) => length > 1)
      .flat(),
  );
  for (const row of rows)
    if (row.isolate && folded.has(row.isolate)) push(members, alikeKey(row.isolate), row);
    else push(members, row.container ? (groups ? groupOf(row) : LOOSE) : OUTSIDE, row);
  return members;
}

/** @param {import("../../model/isolation/isolated.js").Isolate} isolate */
const alikeKey = ({ kind, program }) => `${ALIKE}${kind}:${program}`;

/** @param {MatrixRow} row */
function groupOf({ container }) {
  if (!container) return OUTSIDE;
  const project = projectOf(container);
  return project === null ? LOOSE : keyOf(project);
}

/** The key of a project's group. @param {string} project */
const keyOf = (project) => `project:${project}`;

/** The key of the group that a row is in. @param {MatrixRow} row */
export const groupKeyOf = (/** @type {MatrixRow} */ row) => (row.isolate ? alikeKey(row.isolate) : groupOf(row));

/**
 * @param {string} key
 * @param {MatrixRow[]} members
 * @param {[string, MatrixRow[]][]} groups  all of them
 * @param {(key: string) => boolean} isOpen
 * @return {Heading}
 */
function headingOf(key, members, groups, isOpen) {
  const projects = groups.some(([one]) => one.startsWith(keyOf("")));
  if (key === OUTSIDE)
    return { title: t("Isolated without a container"), key: null, open: true, says: sayOutside(members) };
  if (key.startsWith(ALIKE)) return { title: programOf(members), key, open: isOpen(key), says: sayAlike(members) };
  const title = key === LOOSE ? (projects ? t("No project") : t("Containers")) : key.slice(keyOf("").length);
  return { title, key: projects ? key : null, open: !projects || isOpen(key), says: sayGroup(members) };
}

/** @param {MatrixRow[]} members */
const programOf = ([{ isolate }]) => visibleName(isolate?.program ?? "");

/** @param {MatrixRow[]} members */
function sayOutside(members) {
  const kinds = members.map(({ isolate }) => isolate?.kind ?? "process");
  const count = (/** @type {string} */ kind) => kinds.filter((one) => one === kind).length;
  const others = count("process");
  return [
    ...["service", "sandbox"].filter(count).map((kind) => countedIsolates(count(kind), kind)),
    ...(others ? [counted(others, "process", "processes")] : []),
  ];
}

/** @param {MatrixRow[]} members */
function sayAlike(members) {
  const processes = members.reduce((sum, row) => sum + row.processes, 0);
  const types = TYPES.filter((type) => members.some(({ isolate }) => isolate?.types.includes(type)));
  return [
    countedIsolates(members.length, members[0].isolate?.kind ?? ""),
    counted(processes, "process", "processes"),
    types.join(" "),
  ];
}

/** @param {MatrixRow[]} members @return {string[]} */
function sayGroup(members) {
  const { host, shared, privileged } = summarise(members);
  const sharing = shared.reduce((most, { count }) => Math.max(most, count), 0);
  return [
    counted(members.filter((row) => !isSandbox(row)).length, "container"),
    ...host.map(({ type, count }) =>
      plural(count, "{count} shares the host’s {type}", "{count} share the host’s {type}", { type: TYPE_NOUNS[type] }),
    ),
    ...(privileged ? [plural(privileged, "{count} is privileged", "{count} are privileged")] : []),
    ...(sharing ? [plural(sharing, "{count} shares with another", "{count} share with one another")] : []),
  ];
}
