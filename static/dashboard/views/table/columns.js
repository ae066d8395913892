/** The columns that the table can have. Each says something of a process, as a value to sort by and as text. Pure. */

import { TYPES } from "../../model/types.js";
import { mark, t } from "../../base/i18n.js";
import { NOBODY, namesOf, sayCapabilities } from "../../model/confinement.js";
import { cellsOf } from "./facts.js";
import { ownerOf, standing, typesEntered } from "../../model/sharing.js";
import { TICKS, ageOf, sayLength } from "../../base/times.js";
import { sayBytes } from "../../model/field-text.js";
import { sayAge, sayPercent } from "../../model/vitals/vitals.js";
import { titleOf } from "../graph/graph.js";

/**
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../base/csv.js").Value} Value
 * @typedef {import("./facts.js").TableFacts} TableFacts
 *
 * @typedef {object} Column
 * @property {string} name  in the address
 * @property {string} title  in English, for `t`
 * @property {[number, number]} width  at least so many pixels, and its share of what is left
 * @property {(process: Process, facts: TableFacts) => Value} value  null: there is none; it comes last
 * @property {(process: Process, facts: TableFacts) => Value} [text]  as it is read and copied, where it is not the
 *   value
 * @property {NamespaceType} [type]  of the namespace it is about
 * @property {boolean} [measured]  whether it says what the process uses now
 */

/** @type {Column[]} */
export const COLUMNS = [
  { name: "pid", title: mark("PID"), width: [58, 0], value: ({ pid }) => pid },
  {
    name: "inside",
    title: mark("Inside"),
    width: [52, 0],
    value: ({ nspid }) => (nspid.length > 1 ? (nspid.at(-1) ?? null) : null),
  },
  { name: "comm", title: mark("Process"), width: [130, 1.1], value: ({ comm }) => comm },
  { name: "role", title: mark("Role"), width: [72, 0], value: ({ role }) => role },
  {
    name: "container",
    title: mark("Container"),
    width: [130, 1],
    value: ({ container }, { state }) => (container === null ? null : titleOf(state, container)),
  },
  {
    name: "image",
    title: mark("Image"),
    width: [130, 1],
    value: ({ container }, { state }) => state.containers.get(container ?? "")?.image || null,
  },
  {
    name: "compose",
    title: mark("Compose"),
    width: [110, 0.8],
    value: ({ container }, { state }) => composeOf(state.containers.get(container ?? "")?.labels ?? {}),
  },
  {
    name: "engine",
    title: mark("Engine"),
    width: [70, 0],
    value: ({ container }, { state }) => state.containers.get(container ?? "")?.engine || null,
  },
  {
    name: "state",
    title: mark("State"),
    width: [74, 0],
    value: ({ container }, { state }) => state.containers.get(container ?? "")?.state || null,
  },
  {
    name: "life",
    title: mark("Zombie or stopped"),
    width: [90, 0],
    value: ({ state }) => (state && state !== "alive" ? state : null),
  },
  {
    name: "entered",
    title: mark("Entered"),
    width: [130, 0.8],
    value: (process, { state }) =>
      process.entered ? `${titleOf(state, process.entered)}: ${typesEntered(state, process).join(" ")}` : null,
  },
  {
    name: "user",
    title: mark("User"),
    width: [56, 0],
    value: ({ uid }) => uid,
    text: ({ uid }) => (uid === 0 ? "root" : uid),
  },
  {
    name: "euid",
    title: mark("Effective user"),
    width: [90, 0],
    value: ({ confinement }) => confinement?.euid ?? null,
    text: ({ confinement }) => (confinement?.euid === 0 ? "root" : (confinement?.euid ?? null)),
  },
  {
    name: "login",
    title: mark("Signed in as"),
    width: [84, 0],
    value: ({ confinement }) => (confinement?.loginuid === NOBODY ? null : (confinement?.loginuid ?? null)),
  },
  {
    name: "capabilities",
    title: mark("Capabilities"),
    width: [150, 1],
    value: ({ confinement }) => (confinement ? namesOf(confinement.effective).length : null),
    text: ({ confinement }) => (confinement ? sayCapabilities(confinement.effective) : null),
  },
  { name: "seccomp", title: mark("Seccomp"), width: [72, 0], value: ({ confinement }) => confinement?.seccomp ?? null },
  {
    name: "privileges",
    title: mark("No new privileges"),
    width: [120, 0],
    value: ({ confinement }) => (confinement?.no_new_privs == null ? null : confinement.no_new_privs ? 1 : 0),
    text: ({ confinement }) =>
      confinement?.no_new_privs == null ? null : confinement.no_new_privs ? t("yes") : t("no"),
  },
  { name: "ppid", title: mark("Parent PID"), width: [80, 0], value: ({ ppid }) => ppid || null },
  { name: "parent", title: mark("Parent"), width: [120, 0.8], value: ({ ppid }, { find }) => find(ppid)?.comm ?? null },
  {
    name: "pids",
    title: mark("PIDs, outside to inside"),
    width: [150, 0.4],
    value: ({ nspid, pid }) => (nspid.length ? nspid : [pid]).join(" › "),
  },
  {
    name: "started",
    title: mark("Started after boot"),
    width: [130, 0],
    value: ({ start_ticks }) => start_ticks,
    text: ({ start_ticks }) => sayLength(Math.round(start_ticks / TICKS)),
  },
  {
    name: "age",
    title: mark("Age"),
    width: [80, 0],
    value: (process, { state }) => ageOf(process, state),
    text: (process, { state }) => {
      const age = ageOf(process, state);
      return age === null ? null : sayLength(age);
    },
  },
  measured("cpu", mark("CPU"), 64, ({ cpu }) => cpu, sayPercent),
  measured("rss", mark("Memory"), 84, ({ rss }) => rss, sayBytes),
  measured("threads", mark("Threads"), 66, ({ threads }) => threads),
  measured("files", mark("Open files"), 80, ({ files }) => files),
  {
    name: "read",
    title: mark("Use read"),
    width: [110, 0],
    measured: true,
    value: (process, { vitals }) => {
      const use = vitals.processes.get(process.key);
      return use ? vitals.at - use.at : null;
    },
    text: (process, { vitals }) => {
      const use = vitals.processes.get(process.key);
      return use ? sayAge(use, vitals) : null;
    },
  },
  {
    name: "spaces",
    title: mark("Namespaces"),
    width: [176, 0],
    value: isolationOf,
    text: (process, facts) =>
      cellsOf(process, facts)
        .map(({ type, how }) => `${type}=${how}`)
        .join(" "),
  },
  ...TYPES.map(spaceColumn),
  { name: "cgroup", title: mark("Cgroup"), width: [180, 1.6], value: ({ cgroup }) => cgroup },
  {
    name: "cmdline",
    title: mark("Command line"),
    width: [180, 2.4],
    value: ({ cmdline }) => cmdline.join(" ") || null,
  },
];

/** Those that are shown until the reader chooses. */
export const USUAL = ["pid", "inside", "comm", "role", "container", "user", "spaces", "cmdline"];

/**
 * What a process uses; it may have been read some time ago.
 * @param {string} name
 * @param {string} title
 * @param {number} width
 * @param {(use: import("../../model/vitals/vitals.js").ProcessUse) => number|null} read
 * @param {(value: number) => string} [say]
 * @return {Column}
 */
function measured(name, title, width, read, say = String) {
  const figureOf = (/** @type {Process} */ process, /** @type {TableFacts} */ { vitals }) => {
    const use = vitals.processes.get(process.key);
    return use ? read(use) : null;
  };
  return {
    name,
    title,
    width: [width, 0],
    measured: true,
    value: figureOf,
    text: (process, facts) => {
      const value = figureOf(process, facts);
      return value === null ? null : say(value);
    },
  };
}

/**
 * The namespace of one type, by the inode number that other tools print.
 * @param {NamespaceType} type
 * @return {Column}
 */
function spaceColumn(type) {
  const spaceOf = (/** @type {Process} */ process, /** @type {State} */ state) =>
    state.namespaces.get(process.namespaces[type] ?? "");
  return {
    name: `ns${type}`,
    title: type,
    width: [118, 0],
    type,
    value: (process, { state }) => spaceOf(process, state)?.inode ?? null,
    text: (process, { state, sharing }) => {
      const inode = spaceOf(process, state)?.inode;
      return inode === undefined
        ? null
        : `${inode} ${standing(state, sharing, process.namespaces[type], ownerOf(sharing, process))}`;
    },
  };
}

/**
 * The columns of these names, in the order of all columns; unknown names are left out.
 * @param {string[]|null} names  null: the default ones
 * @return {Column[]}
 */
export function columnsOf(names) {
  const chosen = COLUMNS.filter(({ name }) => (names ?? USUAL).includes(name));
  return chosen.length ? chosen : columnsOf(null);
}

/** The name of a column in the language in use. @param {Column} column */
export function columnTitle({ title, type }) {
  return type ? t("Namespace {type}", { type }) : t(title);
}

/** In how many types it does not live in the host's namespace. @param {Process} process @param {TableFacts} facts */
function isolationOf({ namespaces }, { state }) {
  return TYPES.filter(
    (type) => namespaces[type] !== null && state.namespaces.get(namespaces[type] ?? "")?.initial === false,
  ).length;
}

/** @param {Record<string, string>} labels */
function composeOf(labels) {
  const project = labels["com.docker.compose.project"];
  const service = labels["com.docker.compose.service"];
  return project ? (service ? `${project} / ${service}` : project) : null;
}

/**
 * The text of a cell, as it is copied.
 * @param {Column} column
 * @param {Process} process
 * @param {TableFacts} facts
 * @return {Value}
 */
export function textOf(column, process, facts) {
  return (column.text ?? column.value)(process, facts);
}
