/** A list of processes, by container, the host's last. */

import { h } from "../../base/dom.js";
import { ownerOf } from "../../model/sharing.js";
import { ownerTitle } from "../../views/graph/graph.js";
import { t } from "../../base/i18n.js";
import { jump } from "../../widgets/pieces.js";
import { MANY, nameOf } from "./context.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Process} Process
 */

/** @param {Context} context @param {Process[]} members */
export function memberList(context, members) {
  const { state, graph } = context;
  const titleOf = (/** @type {string} */ owner) => (owner === "" ? t("Host") : ownerTitle(state, graph.sharing, owner));
  const ordered = [...byOwner(context, members)].sort(
    (a, b) => Number(a[0] === "") - Number(b[0] === "") || (titleOf(a[0]) < titleOf(b[0]) ? -1 : 1),
  );
  const named = ordered.length > 1 || ordered[0]?.[0] !== "";
  return h(
    "div",
    { class: "member-groups" },
    ordered
      .slice(0, MANY)
      .map(([owner, processes]) =>
        h(
          "div",
          null,
          named && h("h4", null, titleOf(owner), h("span", { class: "count" }, String(processes.length))),
          membersOf(context, processes),
        ),
      ),
    ordered.length > MANY &&
      h("p", { class: "hint" }, t("and {count} more containers and groups", { count: ordered.length - MANY })),
  );
}

/** @param {Context} context @param {Process[]} members */
function byOwner({ graph }, members) {
  /** @type {Map<string, Process[]>} */
  const groups = new Map();
  for (const process of members) {
    const owner = ownerOf(graph.sharing, process);
    const group = groups.get(owner);
    if (group) group.push(process);
    else groups.set(owner, [process]);
  }
  return groups;
}

/** @param {Context} context @param {Process[]} processes */
function membersOf({ onSelect }, processes) {
  return h(
    "div",
    { class: "members" },
    processes
      .slice(0, MANY)
      .map((process) =>
        jump(nameOf(process), process.key, onSelect, [
          h(
            "span",
            { class: "mono muted" },
            process.nspid.length > 1 ? `${process.pid} › ${process.nspid.at(-1)}` : String(process.pid),
          ),
        ]),
      ),
    processes.length > MANY &&
      h("span", { class: "muted" }, t("and {count} more: see the table", { count: processes.length - MANY })),
  );
}
