/**
 * What a node of the graph says: for a process, for siblings that are folded, for a closed container, for the host's
 * crowd. Pure.
 */

import { visibleName } from "../../base/visible.js";
import { LIFE_WORDS, ROLE_WORDS, counted } from "../../model/words.js";
import { plural, t } from "../../base/i18n.js";
import { sayRun } from "../../model/field-text.js";
import { SECTION } from "./sections.js";
import { isUnknown, ownerTitle, strip } from "../../model/sharing.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("./units.js").Facts} Facts
 * @typedef {import("./graph.js").GraphNode} GraphNode
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/store.js").State} State
 */

/** The default values of a node. */
const PLAIN = { inside: true, depth: 0, role: null, spaces: [], types: [] };

/** @param {Facts} facts @param {Process} process @return {GraphNode} */
export function processNode({ state, unitOf, inChain }, process) {
  const role = process.role ?? inChain.get(process.key)?.role ?? null;
  const inside = process.nspid.length > 1 ? ` · ${t("{pid} inside", { pid: String(process.nspid.at(-1)) })}` : "";
  const title = role && role !== "child" ? `${ROLE_WORDS[role].name} ` : "";
  const unit = unitOf.get(process.key);
  return {
    ...PLAIN,
    key: process.key,
    kind: "process",
    unit: unit ?? "host",
    inside: role !== "shim" || process.container !== null || unit === undefined,
    label: visibleName(process.comm),
    sub: `${title}${process.pid}${inside}${remarkOn(state, process)}`,
    role,
    cells: [],
    members: [process.key],
  };
}

/** That it is a zombie, or in a container that it does not belong to. @param {State} state @param {Process} process */
export function remarkOn(state, { state: life, entered }) {
  const told = [
    life && life in LIFE_WORDS && life,
    entered && t("in {name}", { name: state.containers.get(entered)?.name || shortId(entered) }),
  ];
  return told.map((one) => (one ? ` · ${one}` : "")).join("");
}

/** @param {Facts} facts @param {string} key @param {Process[]} processes @return {GraphNode} */
export function foldNode(facts, key, processes) {
  const node = processNode(facts, processes[0]);
  return {
    ...node,
    key,
    kind: "fold",
    label: `${node.label} ×${processes.length}`,
    sub: `${processes[0].pid} … ${processes.at(-1)?.pid}`,
    members: processes.map((process) => process.key),
  };
}

/**
 * A closed container or group.
 * @param {Facts} facts
 * @param {string} id
 * @param {Process[]} processes
 * @return {GraphNode}
 */
export function cardNode(facts, id, processes) {
  const container = facts.state.containers.get(id);
  const shim = facts.byPid.get(container?.shim_pid ?? -1);
  const members = processes.map((process) => process.key);
  if (shim && facts.unitOf.get(shim.key) === id && processes.length) members.push(shim.key);
  return {
    ...PLAIN,
    key: id,
    kind: "card",
    unit: id,
    label: ownerTitle(facts.state, facts.sharing, id),
    prefix: facts.prefixes.get(id),
    sub: processes.length
      ? counted(processes.length, "process", "processes")
      : container
        ? sayRun(container)
        : t("no process"),
    cells: cellsOf(facts, id),
    members,
  };
}

/**
 * The containers of a closed section.
 * @param {string} key
 * @param {string[]} units
 * @param {Process[]} processes
 * @return {GraphNode}
 */
export function sectionNode(key, units, processes) {
  return {
    ...PLAIN,
    key,
    kind: "card",
    unit: key,
    label: visibleName(key.slice(SECTION.length)),
    sub: `${counted(units.length, "container")} · ${counted(processes.length, "process", "processes")}`,
    cells: [],
    members: processes.map((process) => process.key),
  };
}

/** @param {Facts} facts @return {GraphNode} */
export function crowdNode({ crowd }) {
  const unread = crowd.filter((process) => isUnknown(process.namespaces)).length;
  return {
    ...PLAIN,
    key: "crowd",
    kind: "crowd",
    unit: "host",
    label: counted(crowd.length, "host process", "host processes"),
    sub: unread
      ? plural(unread, "{count} could not be read", "{count} could not be read")
      : t("all in the host’s namespaces"),
    cells: [],
    members: crowd.map((process) => process.key),
  };
}

/**
 * How a container or group stands to the others, without the types that are switched off.
 * @param {Facts} facts
 * @param {string} id
 */
export function cellsOf({ state, sharing, options, around }, id) {
  const set = around.get(id);
  return set ? strip(state, sharing, set, id).filter((cell) => !options.off.has(cell.type)) : [];
}
