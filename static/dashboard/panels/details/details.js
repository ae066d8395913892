/** The details panel: everything known about what is selected, or an overview of the host. */

import { TYPE_WORDS, counted } from "../../model/words.js";
import { commandsOfContainer, commandsOfNamespace, commandsOfProcess } from "../../model/shell-commands.js";
import { t } from "../../base/i18n.js";
import { titleOf } from "../../views/graph/graph.js";
import { aboutContainer } from "./container.js";
import { commandsFor } from "./commands.js";
import { fateNote } from "./fate.js";
import { aboutGroup, aboutSeveral } from "./group.js";
import { aboutHost } from "./host.js";
import { historyOf } from "./history.js";
import { aboutNamespaces } from "./namespace.js";
import { aboutProcess } from "./process.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../address/view-query.js").LifeKind} LifeKind
 */

/**
 * What to show for a key; null: nothing has this key now.
 * @param {Context} context
 * @param {string|null} key
 * @return {Node[]|null}
 */
export function detailsOf(context, key) {
  const parts = partsOf(context, key);
  return parts ? parts.filter((part) => part !== null) : null;
}

/** @param {Context} context @param {string|null} key @return {(Node|null)[]|null} */
function partsOf(context, key) {
  const { state, graph } = context;
  if (key === null || key === "host") return aboutHost(context);
  const process = state.processes.get(key);
  if (process) return withTime(context, "process", key, aboutProcess(context, process));
  const container = state.containers.get(key);
  if (container) return withTime(context, "container", key, aboutContainer(context, container));
  const namespace = state.namespaces.get(key);
  if (namespace) return withTime(context, "namespace", key, aboutNamespaces(context, [namespace]));
  if (graph.sharing.firstOf.has(key)) return aboutGroup(context, key);
  const node = graph.nodes.find((one) => one.key === key);
  if (node?.kind === "hub")
    return aboutNamespaces(
      context,
      node.spaces.map((one) => state.namespaces.get(one)).filter((one) => one !== undefined),
    );
  return node ? aboutSeveral(context, node) : null;
}

/**
 * Adds to the details: below the name, how it changed between the compared moments; at the end, its recent history and
 * shell commands.
 * @param {Context} context
 * @param {LifeKind} kind
 * @param {string} key
 * @param {(Node|null)[]} parts
 */
function withTime(context, kind, key, [name, ...rest]) {
  const { union, history } = context;
  const fate = union?.fates.get(key);
  return [
    name,
    union && fate ? fateNote(union, key, fate) : null,
    ...rest,
    history && historyOf(history, kind, key),
    commandsFor(context, commandsOf(context.state, key)),
  ];
}

/** @param {State} state @param {string} key @return {import("../../model/shell-commands.js").Command[]} */
function commandsOf(state, key) {
  const processes = [...state.processes.values()];
  const [process, container, namespace] = [
    state.processes.get(key),
    state.containers.get(key),
    state.namespaces.get(key),
  ];
  if (process) return commandsOfProcess(state, process);
  if (container)
    return commandsOfContainer(
      state,
      container,
      processes.find((one) => one.container === key && one.pid === container.init_pid),
    );
  if (!namespace) return [];
  const members = processes.filter((one) => one.namespaces[namespace.type] === key);
  return commandsOfNamespace(namespace, members.find(({ role }) => role === "init") ?? members[0]);
}

/**
 * The text for a screen reader when something is selected.
 * @param {State} state
 * @param {import("../../views/graph/graph.js").Graph} graph
 * @param {string} key
 */
export function announce(state, graph, key) {
  const process = state.processes.get(key);
  if (process)
    return [
      process.comm,
      `pid ${process.pid}`,
      process.role,
      process.container && t("in {container}", { container: titleOf(state, process.container) }),
    ]
      .filter(Boolean)
      .join(", ");
  const node = graph.nodes.find((one) => one.key === key);
  if (node) return `${node.label}, ${node.sub}`;
  const namespace = state.namespaces.get(key);
  if (!namespace) return titleOf(state, key);
  const { type, processes } = namespace;
  return `${t("{type} namespace", { type: TYPE_WORDS[type].name })}, ${counted(processes, "process", "processes")}`;
}
