/** Everything known about one container. */

import { h } from "../../base/dom.js";
import { limitOf } from "../../model/usage.js";
import { setOfContainer } from "../../model/sharing.js";
import { t } from "../../base/i18n.js";
import { titleOf } from "../../views/graph/graph.js";
import { chartsOf } from "../../widgets/charts.js";
import { facts, jump, section } from "../../widgets/pieces.js";
import { sayEnd, sayHealth, sayPort } from "../../model/field-text.js";
import { topList } from "../vitals/top.js";
import { wholeChain } from "./chain.js";
import { findPid, heading } from "./context.js";
import { leftBehind } from "./left.js";
import { memberList } from "./members.js";
import { namespacesOf } from "./namespaces.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/types.js").Process} Process
 */

/** @param {Context} context @param {Container} container */
export function aboutContainer(context, container) {
  const { state } = context;
  const members = [...state.processes.values()].filter((process) => process.container === container.id);
  const set = setOfContainer(state, container.id, members);
  const chain = state.chains.get(container.id);
  return [
    heading(
      t("Container · {state}", { state: container.state || t("state unknown") }),
      titleOf(state, container.id),
      container.image,
    ),
    leftBehind(context, container.id),
    members.length ? opener(context, container.id) : null,
    facts([
      [t("id"), h("span", { class: "mono", title: container.id }, shortId(container.id))],
      [t("engine"), container.engine],
      [t("processes"), String(members.length)],
      [t("ended"), sayEnd(container) || null],
      [t("health"), sayHealth(container)],
      [t("health check"), container.health_check?.join(" ") || null],
      [t("restarts by its policy"), container.restarts ? String(container.restarts) : null],
      [t("published ports"), portsOf(context, container)],
      [t("compose"), composeOf(container)],
    ]),
    useOf(context, container),
    topList(context, members),
    set ? namespacesOf(context, t("Namespaces"), set, container.id, null) : null,
    declaredOf(container),
    labelsOf(container),
    chain ? wholeChain(context, chain.links) : null,
    members.length ? section(t("Processes"), memberList(context, members)) : null,
    enteredOf(context, container),
  ];
}

/**
 * The published ports, each with the docker-proxy that serves it.
 * @param {Context} context
 * @param {Container} container
 */
function portsOf({ state, onSelect }, { ports }) {
  if (!ports?.length) return null;
  return h(
    "ul",
    { class: "ports" },
    ports.map((port) => {
      const proxy = port.proxy === null ? undefined : findPid(state, port.proxy);
      const served = proxy && jump(`docker-proxy ${proxy.pid}`, proxy.key, onSelect);
      return h("li", null, h("span", { class: "mono" }, sayPort(port)), " ", served);
    }),
  );
}

/** Processes in its namespaces that do not belong to it. @param {Context} context @param {Container} container */
function enteredOf(context, { id }) {
  const guests = [...context.state.processes.values()].filter(({ entered }) => entered === id);
  if (!guests.length) return null;
  return section(
    t("In its namespaces without belonging to it"),
    h("p", { class: "hint" }, t("Entered from outside, as nsenter and ip netns exec do.")),
    memberList(context, guests),
  );
}

/** Opens or closes a box of the graph. @param {Context} context @param {string} key */
export function opener({ graph, onOpen }, key) {
  const closed = graph.nodes.some((node) => node.key === key && node.kind === "card");
  return h(
    "div",
    { class: "actions" },
    h(
      "button",
      { type: "button", class: "button", "data-focus": "open", click: () => onOpen(key) },
      closed ? t("Show its processes") : t("Close the group"),
    ),
  );
}

/** @param {Container} container */
function composeOf({ labels }) {
  const project = labels["com.docker.compose.project"];
  const service = labels["com.docker.compose.service"];
  return project ? `${project}${service ? ` / ${service}` : ""}` : null;
}

/** @param {Container} container */
function declaredOf({ declared }) {
  if (!declared) return section(t("Declared"), h("p", { class: "muted" }, t("No engine reports how it was created.")));
  const list = (/** @type {string[]|undefined} */ names) => (names?.length ? names.join(", ") : null);
  return section(
    t("Declared"),
    facts([
      ["network", declared.network || null],
      ["pid", declared.pid || null],
      ["ipc", declared.ipc || null],
      ["uts", declared.uts || null],
      ["userns", declared.userns || null],
      ["cgroupns", declared.cgroupns || null],
      [
        t("privileged"),
        declared.privileged ? h("strong", { class: "warn" }, t("yes: hardly isolated from the host")) : t("no"),
      ],
      [t("capabilities added"), list(declared.cap_add)],
      [t("capabilities dropped"), list(declared.cap_drop)],
    ]),
  );
}

/** All labels, folded away: there may be dozens. @param {Container} container */
function labelsOf({ labels }) {
  const all = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (!all.length) return null;
  return h(
    "details",
    { class: "block report-group labels-block", "data-keep": "labels" },
    h("summary", { "data-focus": "labels" }, t("Labels"), h("span", { class: "count" }, String(all.length))),
    h(
      "dl",
      { class: "labels" },
      all.map(([name, value]) =>
        h("div", null, h("dt", { class: "mono" }, name), h("dd", { class: "mono" }, value || "—")),
      ),
    ),
  );
}

/** What its cgroup uses, of what it may. @param {Context} context @param {Container} container */
function useOf({ usage, zone }, container) {
  const limits = {
    memory: limitOf(container, "memory"),
    cpu: limitOf(container, "cpu"),
    pids: limitOf(container, "pids"),
  };
  const now = Date.now();
  return chartsOf(t("Cgroup limits and usage"), {
    points: usage?.of(container.id) ?? [],
    limits,
    staleSince: usage?.staleSince(now) ?? null,
    now,
    zone,
  });
}
