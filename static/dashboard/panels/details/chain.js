/** The chain that leads to a process or a container, each step explained. */

import { ROLE_WORDS, VIA_WORDS } from "../../model/words.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { titleOf } from "../../views/graph/graph.js";
import { jump, section } from "../../widgets/pieces.js";
import { MANY, findPid, nameOf } from "./context.js";
import { helpOnChains } from "./help.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").ChainLink} ChainLink
 */

/** @param {Context} context @param {Process} process */
export function chainOf(context, process) {
  const chains = [...context.state.chains.values()];
  const chain =
    (process.container && context.state.chains.get(process.container)) || chains.find((one) => isLink(one, process));
  if (!chain) return null;
  const others = process.container === null ? chains.filter((one) => isLink(one, process)) : [];
  if (others.length > 1) return severalChains(context, others);
  const above = chain.links.filter((link) => process.role !== "exec" || link.role !== "init");
  const self = /** @type {const} */ ({ pid: process.pid, role: process.role ?? "child", via: "parent" });
  const links = isLink(chain, process) ? chain.links : [...above, self];
  return section(t("Chain"), chainSteps(context, links, process.pid), helpOnChains(links));
}

/** @param {import("../../model/types.js").Chain} chain @param {Process} process */
const isLink = ({ links }, process) => links.some((link) => link.pid === process.pid);

/** @param {Context} context @param {import("../../model/types.js").Chain[]} chains */
function severalChains({ state, onSelect }, chains) {
  return section(
    t("Part of {count} chains", { count: chains.length }),
    h(
      "div",
      { class: "members" },
      chains.slice(0, MANY).map((one) => jump(titleOf(state, one.container), one.container, onSelect)),
      chains.length > MANY && h("span", { class: "muted" }, t("and {count} more", { count: chains.length - MANY })),
    ),
  );
}

/** @param {Context} context @param {readonly ChainLink[]} links */
export function wholeChain(context, links) {
  return section(t("Chain"), chainSteps(context, links, -1), helpOnChains(links));
}

/** @param {Context} context @param {readonly ChainLink[]} links @param {number} current */
function chainSteps(context, links, current) {
  return h(
    "ol",
    { class: "chain" },
    links.map((link) => step(context, link, link.pid === current)),
  );
}

/** @param {Context} context @param {ChainLink} link @param {boolean} current */
function step({ state, onSelect }, link, current) {
  const process = findPid(state, link.pid);
  const words = ROLE_WORDS[link.role];
  const pid = h("span", { class: "mono muted" }, String(link.pid));
  const role = h("span", { class: "role" }, words.name);
  return h(
    "li",
    {
      class: `${current ? "current" : ""} via-${link.via ?? "none"}`,
      title: link.via ? VIA_WORDS[link.via] : null,
      "aria-current": current ? "true" : null,
    },
    process
      ? jump(nameOf(process), process.key, onSelect, [pid, role])
      : h("span", { class: "muted" }, t("{pid}, ended", { pid: String(link.pid) }), " ", role),
    h("p", { class: "hint" }, words.does),
  );
}
