/** Everything known about one namespace, or about several that the same processes hold. */

import { TYPE_WORDS } from "../../model/words.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { facts, jump, section, typeMark } from "../../widgets/pieces.js";
import { heading } from "./context.js";
import { helpOnTypes } from "./help.js";
import { memberList } from "./members.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Namespace} Namespace
 */

/** @param {Context} context @param {Namespace[]} spaces */
export function aboutNamespaces(context, spaces) {
  const [first, ...more] = spaces;
  const members = [...context.state.processes.values()].filter(
    (process) => process.namespaces[first.type] === first.key,
  );
  const words = TYPE_WORDS[first.type];
  const title = more.length
    ? t("{count} namespaces", { count: spaces.length })
    : t("{type} namespace", { type: words.name });
  return [
    heading(
      first.initial ? t("The host’s own namespace") : t("Namespace"),
      title,
      more.length ? t("Held by the same processes.") : t("Isolates {what}.", { what: words.isolates }),
    ),
    ...spaces.map((space) =>
      more.length
        ? section(
            `${TYPE_WORDS[space.type].name} · ${space.type}`,
            h("p", { class: "hint" }, t("Isolates {what}.", { what: TYPE_WORDS[space.type].isolates })),
            factsOf(context, space),
          )
        : factsOf(context, space),
    ),
    section(more.length ? t("Who lives in them") : t("Who lives in it"), memberList(context, members), helpOnTypes()),
  ];
}

/** @param {Context} context @param {Namespace} space */
function factsOf(context, space) {
  return facts([
    [
      t("inode"),
      h(
        "span",
        { class: "mono", title: t("given to another namespace as soon as this one is gone") },
        String(space.inode),
      ),
    ],
    [
      t("kernel id"),
      space.ns_id === null
        ? t("not known to this kernel")
        : h("span", { class: "mono", title: t("never used again while the host is up") }, String(space.ns_id)),
    ],
    [t("owner"), spaceJump(context, space.owner)],
    [t("parent"), spaceJump(context, space.parent)],
    [t("processes"), String(space.processes)],
  ]);
}

/** @param {Context} context @param {string|null} key */
function spaceJump({ state, onSelect }, key) {
  const space = key ? state.namespaces.get(key) : undefined;
  if (!space) return null;
  return jump(
    space.initial ? t("the host’s {type}", { type: space.type }) : `${space.type} ${space.ns_id ?? space.inode}`,
    space.key,
    onSelect,
    [typeMark(space.type)],
  );
}
