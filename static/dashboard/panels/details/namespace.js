/** Everything known about one namespace, or about several that the same processes hold. */

import { heldBy, lastOwner } from "../../model/holders.js";
import { TYPE_WORDS } from "../../model/words.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { facts, jump, section, typeMark } from "../../widgets/pieces.js";
import { sayAgo, sayMoment } from "../../base/times.js";
import { heading, link } from "./context.js";
import { helpOnTypes } from "./help.js";
import { memberList } from "./members.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Namespace} Namespace
 */

/** @param {Context} context @param {Namespace[]} namespaces */
export function aboutNamespaces(context, namespaces) {
  const [first, ...more] = namespaces;
  const members = [...context.state.processes.values()].filter(
    (process) => process.namespaces[first.type] === first.key,
  );
  const words = TYPE_WORDS[first.type];
  const title = more.length
    ? t("{count} namespaces", { count: namespaces.length })
    : t("{type} namespace", { type: words.name });
  return [
    heading(
      first.initial ? t("The host’s own namespace") : t("Namespace"),
      title,
      more.length ? t("Held by the same processes.") : t("Isolates {what}.", { what: words.isolates }),
    ),
    ...namespaces.map((namespace) =>
      more.length
        ? section(
            `${TYPE_WORDS[namespace.type].name} · ${namespace.type}`,
            h("p", { class: "hint" }, t("Isolates {what}.", { what: TYPE_WORDS[namespace.type].isolates })),
            factsOf(context, namespace),
          )
        : factsOf(context, namespace),
    ),
    section(more.length ? t("Who lives in them") : t("Who lives in it"), memberList(context, members), helpOnTypes()),
  ];
}

/** @param {Context} context @param {Namespace} namespace */
function factsOf(context, namespace) {
  return facts([
    [
      t("inode"),
      h(
        "span",
        { class: "mono", title: t("reused for another namespace once this one is gone") },
        String(namespace.inode),
      ),
    ],
    [
      t("kernel id"),
      namespace.ns_id === null
        ? t("not known to this kernel")
        : h("span", { class: "mono", title: t("not reused until the host restarts") }, String(namespace.ns_id)),
    ],
    [t("owner"), namespaceJump(context, namespace.owner)],
    [t("parent"), namespaceJump(context, namespace.parent)],
    [t("processes"), String(namespace.processes)],
    [t("held by"), heldList(context, namespace)],
    [t("lived in"), namespace.processes === 0 ? sayLastOwner(context) : null],
  ]);
}

/** What keeps it alive beside its processes. @param {Context} context @param {Namespace} namespace */
function heldList({ state, onSelect }, namespace) {
  const held = namespace.initial ? [] : heldBy(state, namespace);
  if (!held.length) return namespace.processes || namespace.initial ? null : t("something that could not be seen");
  return h(
    "ul",
    { class: "rights" },
    held.map(({ text, key }) => h("li", null, key === null ? text : link(text, key, onSelect))),
  );
}

/** "by web until 03:12, 2 h ago"; from history. @param {Context} context */
function sayLastOwner({ history, zone }) {
  const last = history?.life ? lastOwner(history.life) : null;
  if (!last) return null;
  const [at, now] = [Date.parse(last.until), Date.now()];
  return t("{name} until {moment}, {ago}", {
    name: last.name,
    moment: sayMoment(at, now, zone).local,
    ago: sayAgo(at, now),
  });
}

/** @param {Context} context @param {string|null} key */
function namespaceJump({ state, onSelect }, key) {
  const namespace = key ? state.namespaces.get(key) : undefined;
  if (!namespace) return null;
  return jump(
    namespace.initial
      ? t("the host’s {type}", { type: namespace.type })
      : `${namespace.type} ${namespace.ns_id ?? namespace.inode}`,
    namespace.key,
    onSelect,
    [typeMark(namespace.type)],
  );
}
