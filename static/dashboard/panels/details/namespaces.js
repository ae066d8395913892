/** The eight namespaces of a process or container: how each is shared, and who else is in it. */

import { HOW_WORDS, TYPE_WORDS, counted } from "../../model/words.js";
import { foldNames } from "../../model/recent-changes.js";
import { h } from "../../base/dom.js";
import { leftOf, nameOfOther } from "../../model/left.js";
import { ownerOf, strip } from "../../model/sharing.js";
import { ownerTitle } from "../../views/graph/graph.js";
import { t } from "../../base/i18n.js";
import { cellMark, section } from "../../widgets/pieces.js";
import { nameOf } from "./context.js";
import { helpOnTypes } from "./help.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Namespace} Namespace
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/sharing.js").Cell} Cell
 */

/** Types that engines share with the host by default: shown, but not as a warning. */
const USUAL = new Set(["user", "cgroup", "time"]);
const NAMED = 3;

/**
 * @param {Context} context
 * @param {string} title
 * @param {NamespaceSet} set
 * @param {string} owner whose view it is: a container, a group, or ""
 * @param {Process|null} self left out of who else is in them
 */
export function namespacesOf(context, title, set, owner, self) {
  const cells = strip(context.state, context.graph.sharing, set, owner);
  const others = othersIn(context, cells, owner, self);
  return section(
    title,
    h(
      "ul",
      { class: "namespace-list" },
      cells.map((cell) => row(context, cell, owner, others.get(cell.key ?? "") ?? [])),
    ),
    helpOnTypes(),
  );
}

/**
 * Who else is in each namespace that is not the host's. The other processes of its own container or group are not
 * listed.
 * @param {Context} context
 * @param {Cell[]} cells
 * @param {string} owner
 * @param {Process|null} self
 * @return {Map<string, Process[]>}
 */
function othersIn({ state, graph }, cells, owner, self) {
  const wanted = cells.filter(({ how }) => how === "shared");
  /** @type {Map<string, Process[]>} */
  const found = new Map(wanted.map(({ key }) => [key ?? "", []]));
  for (const process of state.processes.values()) {
    if (process === self || (owner !== "" && ownerOf(graph.sharing, process) === owner)) continue;
    for (const { type, key } of wanted) if (process.namespaces[type] === key) found.get(key ?? "")?.push(process);
  }
  return found;
}

/** @param {Context} context @param {Cell} cell @param {string} owner @param {Process[]} others */
function row(context, cell, owner, others) {
  const namespace = cell.key ? context.state.namespaces.get(cell.key) : undefined;
  const words = TYPE_WORDS[cell.type];
  const name = h("span", { class: "namespace-name" }, words.name);
  if (!namespace)
    return h(
      "li",
      null,
      h("span", { class: "namespace-row" }, cellMark(cell), name, h("span", { class: "muted" }, HOW_WORDS[cell.how])),
    );
  const left = leftOf(context.state)
    .get(owner)
    ?.find(({ type }) => type === cell.type);
  const how = h(
    "span",
    { class: left ? "how left" : USUAL.has(cell.type) ? `how ${cell.how} usual` : `how ${cell.how}` },
    left
      ? t("left by {container}", { container: nameOfOther(left) })
      : cell.how === "shared"
        ? sharers(context, namespace, owner)
        : HOW_WORDS[cell.how],
  );
  return h(
    "li",
    null,
    h(
      "button",
      {
        type: "button",
        class: "namespace-row",
        "data-focus": `namespace:${namespace.key}`,
        title: t("Isolates {what}", { what: words.isolates }),
        click: () => context.onSelect(namespace.key),
      },
      cellMark(cell),
      name,
      how,
      h(
        "span",
        { class: "count", title: counted(namespace.processes, "process lives in it", "processes live in it") },
        String(namespace.processes),
      ),
    ),
    others.length > 0 && h("p", { class: "namespace-others muted" }, sayOthers(context, others)),
  );
}

/** "with web, sidecar". @param {Context} context @param {Namespace} namespace @param {string} self */
function sharers({ state, graph }, namespace, self) {
  const owners = [...(graph.sharing.owners.get(namespace.key) ?? [])]
    .filter((owner) => owner !== self)
    .map((owner) => titleOfOwner({ state, graph }, owner));
  if (!owners.length) return HOW_WORDS.shared;
  const names = owners.slice(0, 2).join(", ");
  return owners.length > 2
    ? t("with {names} and {count} more", { names, count: owners.length - 2 })
    : t("with {names}", { names });
}

/** @param {Pick<Context, "state"|"graph">} context @param {string} owner */
const titleOfOwner = ({ state, graph }, owner) =>
  owner === "" ? t("the host") : ownerTitle(state, graph.sharing, owner);

/**
 * "sh, worker ×8"; of several containers "web: httpd · jobs: worker ×8".
 * @param {Context} context
 * @param {Process[]} others
 */
function sayOthers(context, others) {
  /** @type {Map<string, string[]>} */
  const owners = new Map();
  for (const process of others) {
    const owner = ownerOf(context.graph.sharing, process);
    const names = owners.get(owner);
    if (names) names.push(nameOf(process));
    else owners.set(owner, [nameOf(process)]);
  }
  const groups = [...owners]
    .slice(0, NAMED)
    .map(([owner, names]) =>
      owners.size === 1
        ? fold(names)
        : t("{container}: {names}", { container: titleOfOwner(context, owner), names: fold(names) }),
    );
  return owners.size > NAMED
    ? t("{names} and {count} more", { names: groups.join(" · "), count: owners.size - NAMED })
    : groups.join(" · ");
}

/** @param {string[]} names */
function fold(names) {
  const { text, more } = foldNames(names, NAMED);
  return more ? t("{names} and {count} more", { names: text, count: more }) : text;
}
