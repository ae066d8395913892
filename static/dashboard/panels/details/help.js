/** Short explanations for readers who learn the concepts from the page; they are folded. */

import { TYPES } from "../../model/types.js";
import { ROLE_WORDS, TYPE_WORDS, VIA_WORDS } from "../../model/words.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { cellMark, typeMark } from "../../widgets/pieces.js";

/** What each type isolates, and what the signs mean. */
export function helpOnTypes() {
  const hows = /** @type {const} */ (["own", "shared", "host"]).map(
    (how) =>
      /** @type {const} */ ([
        how,
        {
          own: t("its own: nobody else lives in it"),
          shared: t("shared: others live in it as well"),
          host: t("the host’s: not isolated in this respect"),
        }[how],
      ]),
  );
  return help("types", t("What the letters mean"), [
    row(
      null,
      "",
      t("Namespaces isolate: they decide what a process sees. Cgroups limit: they decide how much it may use."),
    ),
    ...TYPES.map((type) => row(typeMark(type), TYPE_WORDS[type].name, TYPE_WORDS[type].isolates)),
    ...hows.map(([how, words]) => row(cellMark({ type: "net", key: null, how }), "", words)),
  ]);
}

/**
 * What the links of a chain mean, and what roles there are beside those that the chain itself explains.
 * @param {readonly import("../../model/types.js").ChainLink[]} shown
 */
export function helpOnChains(shown) {
  const links = /** @type {const} */ (["parent", "runtime"]).map((via) =>
    row(h("span", { class: `via-line via-${via}`, "aria-hidden": "true" }), "", VIA_WORDS[via]),
  );
  const roles = /** @type {const} */ (["daemon", "manager", "shim", "init", "exec", "child", "proxy"])
    .filter((role) => !shown.some((link) => link.role === role))
    .map((role) => row(null, ROLE_WORDS[role].name, ROLE_WORDS[role].does));
  return help("chains", t("What the links and roles mean"), [...links, ...roles]);
}

/** @param {string} name @param {string} title @param {HTMLElement[]} rows */
function help(name, title, rows) {
  return h(
    "details",
    { class: "explain", "data-explains": name, "data-keep": `explain:${name}` },
    h("summary", { "data-focus": `explain:${name}` }, title),
    h("ul", null, rows),
  );
}

/** @param {Node|null} mark @param {string} name @param {string} words */
function row(mark, name, words) {
  return h("li", null, mark, h("span", null, name && h("strong", null, name), name && " ", words));
}
