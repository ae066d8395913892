/** What a process may do, by its credentials, in words. */

import { NOBODY, namesOf, sayCapabilities, sayMay, saySeccomp } from "../../model/confinement.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { facts, section } from "../../widgets/pieces.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Process} Process
 */

/** Null where it is not known. @param {Context} context @param {Process} process */
export function confinementOf({ state }, { confinement, namespaces, uid }) {
  if (!confinement) return null;
  const { effective, permitted, bounding, ambient } = confinement;
  const dormant = permitted !== effective;
  const inside = state.namespaces.get(namespaces.user ?? "")?.initial === false;
  const may = sayMay(permitted);
  return section(
    t("Rights"),
    facts([
      [
        t("may"),
        may.length
          ? h(
              "ul",
              { class: "rights" },
              may.map((one) => h("li", null, one)),
            )
          : null,
      ],
      [t("capabilities"), mono(sayCapabilities(effective))],
      [t("can make effective"), dormant && mono(sayCapabilities(permitted))],
      [t("can gain at most"), mono(sayCapabilities(bounding))],
      [t("passes on"), ambient > 0 && mono(sayCapabilities(ambient))],
      [t("seccomp"), saySeccomp(confinement.seccomp)],
      [t("security label"), sayLabel(confinement.label ?? null)],
      [t("no new privileges"), sayPrivileges(confinement.no_new_privs)],
      [t("effective user id"), confinement.euid === uid ? null : String(confinement.euid)],
      [t("saved user id"), confinement.suid === uid ? null : String(confinement.suid)],
      [t("signed in as"), sayLogin(confinement.loginuid ?? null)],
    ]),
    inside && namesOf(permitted).length
      ? h("p", { class: "hint" }, t("Only over what its own user namespace owns, not over the host."))
      : null,
  );
}

/** @param {string} text */
const mono = (text) => h("span", { class: "mono break" }, text);

/** @param {string|null} label */
function sayLabel(label) {
  if (label === null) return t("unknown");
  return label ? mono(label) : t("none: no security module labels processes on this host");
}

/** @param {boolean|null} held */
function sayPrivileges(held) {
  if (held === null) return t("unknown");
  return held ? t("yes: no program that it executes gains any") : t("no");
}

/** @param {number|null} uid */
function sayLogin(uid) {
  if (uid === null) return null;
  return uid === NOBODY ? t("nobody: it belongs to no sign-in") : String(uid);
}
