/** The details of several processes: a fold, the host's other processes, or a group isolated without a container. */

import { h } from "../../base/dom.js";
import { ISOLATE_WORDS } from "../../model/words.js";
import { ownerOf, setOfContainer } from "../../model/sharing.js";
import { ownerTitle } from "../../views/graph/graph.js";
import { t } from "../../base/i18n.js";
import { facts, section } from "../../widgets/pieces.js";
import { opener } from "./container.js";
import { heading } from "./context.js";
import { memberList } from "./members.js";
import { namespacesOf } from "./namespaces.js";

/** @typedef {import("./context.js").Context} Context */

/** @param {Context} context @param {import("../../views/graph/graph.js").GraphNode} node */
export function aboutSeveral(context, node) {
  const members = node.members
    .map((key) => context.state.processes.get(key))
    .filter((process) => process !== undefined);
  const sub =
    node.kind === "crowd"
      ? t("They live in the host’s own namespaces only, so they say little about isolation.")
      : t("Same name, same parent, isolated alike.");
  return [
    heading(t("Several processes"), node.label, sub),
    h(
      "div",
      { class: "actions" },
      h(
        "button",
        { type: "button", class: "button", "data-focus": "open", click: () => context.onOpen(node.key) },
        t("Show each of them"),
      ),
    ),
    section(t("Processes"), memberList(context, members)),
  ];
}

/** Processes outside containers that share namespaces of their own. @param {Context} context @param {string} key */
export function aboutGroup(context, key) {
  const { state, graph } = context;
  const members = [...state.processes.values()].filter((process) => ownerOf(graph.sharing, process) === key);
  const set = setOfContainer(state, key, members);
  const isolate = graph.sharing.isolateOf.get(key);
  return [
    heading(
      isolate ? ISOLATE_WORDS[isolate.kind] : t("Isolated without a container"),
      ownerTitle(state, graph.sharing, key),
      t(
        "Processes of the host that share namespaces of their own: a sandbox, " +
          "a service with private mounts, and the like.",
      ),
    ),
    opener(context, key),
    facts([[t("processes"), String(members.length)]]),
    set ? namespacesOf(context, t("Namespaces of most of them"), set, key, null) : null,
    section(t("Processes"), memberList(context, members)),
  ];
}
