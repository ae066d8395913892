/** Everything known about one process. */

import { LIFE_WORDS, ROLE_WORDS } from "../../model/words.js";
import { line } from "../../model/shell-commands.js";
import { gapList } from "../connection.js";
import { h } from "../../base/dom.js";
import { ownerOf, typesEntered } from "../../model/sharing.js";
import { sayBytes, sayPort, servedBy } from "../../model/field-text.js";
import { sayAgo, sayMoment, startOf } from "../../base/times.js";
import { t } from "../../base/i18n.js";
import { sayAccount, sayAge, sayPercent } from "../../model/vitals/vitals.js";
import { facts, jump, section } from "../../widgets/pieces.js";
import { chainOf } from "./chain.js";
import { confinementOf } from "./confinement.js";
import { findPid, heading, nameOf } from "./context.js";
import { namespacesOf } from "./namespaces.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Process} Process
 */

/** @param {Context} context @param {Process} process */
export function aboutProcess(context, process) {
  const { state, graph } = context;
  const gaps = [...state.gaps.values()].filter((gap) => gap.pid === process.pid);
  const role = process.role ? ROLE_WORDS[process.role] : null;
  return [
    heading(role ? t("Process · {role}", { role: role.name }) : t("Process"), nameOf(process), role?.does),
    h(
      "pre",
      { class: "cmdline", tabindex: "0", "aria-label": t("Command line"), "data-focus": "cmdline" },
      process.cmdline.length ? line(process.cmdline) : `[${nameOf(process)}]`,
    ),
    facts([
      [t("pid"), pidsOf(process)],
      [t("parent"), parentOf(context, process)],
      [t("user id"), process.uid === null ? t("could not be read") : sayAccount(process.uid, context.vitals.host)],
      [t("container"), containerOf(context, process)],
      [t("started"), startedOf(context, process)],
      [t("uses"), useOf(context, process)],
      [t("state"), process.state ? (LIFE_WORDS[process.state] ?? null) : null],
      [t("entered"), enteredOf(context, process)],
      [t("serves"), servedOf(context, process)],
      [t("cgroup"), process.cgroup && h("span", { class: "mono break" }, process.cgroup)],
    ]),
    confinementOf(context, process),
    namespacesOf(context, t("Namespaces"), process.namespaces, ownerOf(graph.sharing, process), process),
    chainOf(context, process),
    gaps.length ? section(t("Could not be read"), gapList(gaps)) : null,
  ];
}

/** @param {Process} process */
function pidsOf({ pid, nspid }) {
  const pids = nspid.length ? nspid : [pid];
  return h(
    "span",
    { class: "pids" },
    pids.map((one, depth) =>
      h(
        "span",
        {
          class: "pid",
          title: depth === 0 ? t("on the host") : t("in the pid namespace {depth} levels below the host’s", { depth }),
        },
        String(one),
      ),
    ),
  );
}

/** When it started, and how long it has run. @param {Context} context @param {Process} process */
function startedOf({ state, zone }, process) {
  const start = startOf(process, state);
  if (start === null) return null;
  const now = Date.parse(state.taken_at);
  return h(
    "span",
    { title: sayMoment(start, now, zone).utc },
    `${sayMoment(start, now, zone).local} (${sayAgo(start, now)})`,
  );
}

/** @param {Context} context @param {Process} process */
function parentOf({ state, onSelect }, { ppid }) {
  if (ppid === 0) return t("none");
  const parent = findPid(state, ppid);
  return parent
    ? jump(nameOf(parent), parent.key, onSelect, [h("span", { class: "mono muted" }, String(ppid))])
    : h("span", { class: "mono" }, String(ppid));
}

/** The container that it entered, and which of its namespaces. @param {Context} context @param {Process} process */
function enteredOf({ state, onSelect }, process) {
  const known = process.entered ? state.containers.get(process.entered) : undefined;
  if (!known) return null;
  const types = h("span", { class: "mono muted" }, typesEntered(state, process).join(" "));
  return jump(known.name || shortId(known.id), known.id, onSelect, [types]);
}

/** The published port that a docker-proxy serves. @param {Context} context @param {Process} process */
function servedOf({ state, onSelect }, { pid, role }) {
  const served = role === "proxy" ? servedBy(state, pid) : null;
  if (!served) return null;
  const { container, port } = served;
  const mono = h("span", { class: "mono muted" }, sayPort(port));
  return jump(container.name || shortId(container.id), container.id, onSelect, [mono]);
}

/** What it uses, and when that was read. @param {Context} context @param {Process} process */
function useOf({ vitals }, { key }) {
  const use = vitals.processes.get(key);
  if (!use) return null;
  const parts = [
    use.cpu === null ? null : t("{percent} of a core", { percent: sayPercent(use.cpu) }),
    use.rss === null ? null : sayBytes(use.rss),
    use.threads === null ? null : t("{count} threads", { count: use.threads }),
    use.files === null ? null : t("{count} open files", { count: use.files }),
  ].filter(Boolean);
  return parts.length
    ? h("span", { title: sayAge(use, vitals) }, `${parts.join(" · ")} (${sayAge(use, vitals)})`)
    : null;
}

/** @param {Context} context @param {Process} process */
function containerOf({ state, onSelect }, { container }) {
  const known = container === null ? undefined : state.containers.get(container);
  if (known) return jump(known.name || shortId(known.id), known.id, onSelect);
  return container ? h("span", { class: "mono" }, shortId(container)) : t("none: a process of the host");
}
