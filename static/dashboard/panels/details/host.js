/** An overview of the host: how each container is isolated, and what is shared. */

import { topList } from "../vitals/top.js";
import { vitalsOf } from "../vitals/host.js";
import { attentionList } from "../attention/list.js";
import { gapList } from "../connection.js";
import { heldBy, orphansOf } from "../../model/holders.js";
import { h } from "../../base/dom.js";
import { number, t } from "../../base/i18n.js";
import { ownerTitle, titleOf } from "../../views/graph/graph.js";
import { ISOLATED, ownerOf, selectable, setOfContainer, strip } from "../../model/sharing.js";
import { ISOLATE_WORDS, counted, countedIsolates } from "../../model/words.js";
import { alikeIn, isolatesOf } from "../../model/isolation/isolated.js";
import { countKinds } from "../../model/isolation/kinds.js";
import { visibleName } from "../../base/visible.js";
import { chartsOf } from "../../widgets/charts.js";
import { cellMark, jump, section, stripOf, typeMark } from "../../widgets/pieces.js";
import { heading, link } from "./context.js";
import { helpOnTypes } from "./help.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/isolation/isolated.js").Isolate} Isolate
 * @typedef {(id: string) => import("../../model/sharing.js").Cell[]} CellsOf
 */

const LISTED = 200; // containers
const FINDINGS = 24;
const ATTENDED = 20;
const NAMED = 4;

/** @param {Context} context */
export function aboutHost(context) {
  const { state } = context;
  const containers = [...state.containers.values()].sort((a, b) =>
    titleOf(state, a.id) < titleOf(state, b.id) ? -1 : 1,
  );
  const cellsOf = cellsOfContainers(context, containers);
  const gaps = gapList(state.gaps.values());
  const namespaces = [...state.namespaces.values()].filter((namespace) => !namespace.initial).length;
  return [
    heading(t("Host"), state.host.hostname, `Linux ${state.host.kernel}`),
    readBy(state.host.reader),
    h(
      "div",
      { class: "figures" },
      figure(state.processes.size, t("processes")),
      figure(countKinds(state).containers, t("containers")),
      figure(namespaces, t("namespaces")),
    ),
    attentionOf(context),
    ...vitalsOf(context),
    topList(context, state.processes.values()),
    useOf(context),
    containers.length
      ? overview(context, containers, cellsOf)
      : noContainers([...state.gaps.values()].find((gap) => gap.what === "docker")),
    findings(context, containers, cellsOf),
    isolatedOf(context),
    orphansIn(context),
    gaps ? section(t("Could not be read"), gaps) : null,
  ];
}

/** How its agent reads processes. @param {"kernel"|"procfs"|null} [reader] */
function readBy(reader) {
  if (!reader) return null;
  const fromKernel = reader === "kernel";
  return h(
    "p",
    { class: "hint" },
    fromKernel ? t("Processes are read from the kernel itself.") : t("Processes are read from /proc."),
  );
}

/** @param {Context} context */
function attentionOf({ needs, zone, onSelect }) {
  if (!needs.length) return null;
  return section(t("Needs attention"), attentionList(needs, { zone, most: ATTENDED, onSelect }));
}

/** What all containers use together. @param {Context} context */
function useOf({ usage, zone }) {
  const points = usage?.sum() ?? [];
  const now = Date.now();
  return points.length
    ? chartsOf(t("What containers use"), {
        points,
        limits: null,
        staleSince: usage?.staleSince(now) ?? null,
        now,
        zone,
      })
    : null;
}

/** @param {Context} context @param {Container[]} containers @return {CellsOf} */
function cellsOfContainers({ state, graph }, containers) {
  /** @type {Map<string, Process[]>} */
  const members = new Map(containers.map((container) => [container.id, []]));
  for (const process of state.processes.values()) if (process.container) members.get(process.container)?.push(process);
  const found = new Map(
    containers.map(({ id }) => {
      const set = setOfContainer(state, id, members.get(id) ?? []);
      return [id, set ? strip(state, graph.sharing, set, id) : []];
    }),
  );
  return (id) => found.get(id) ?? [];
}

/** @param {Context} context @param {Container[]} containers @param {CellsOf} cellsOf */
function overview({ state, onSelect }, containers, cellsOf) {
  return section(
    t("Isolation of each container"),
    h(
      "ul",
      { class: "overview" },
      containers
        .slice(0, LISTED)
        .map(({ id }) => h("li", null, jump(titleOf(state, id), id, onSelect, [stripOf(cellsOf(id))]))),
    ),
    containers.length > LISTED &&
      h("p", { class: "hint" }, t("and {count} more", { count: containers.length - LISTED })),
    helpOnTypes(),
  );
}

/** Namespaces that no process lives in, with what holds them. @param {Context} context */
function orphansIn({ state, onSelect }) {
  const orphans = orphansOf(state);
  if (!orphans.length) return null;
  const more = orphans.length - FINDINGS;
  return section(
    t("Namespaces without a process"),
    h(
      "ul",
      { class: "overview" },
      orphans.slice(0, FINDINGS).map((space) => {
        const [first] = heldBy(state, space);
        const name = jump(`${space.type}:[${space.inode}]`, space.key, onSelect, [typeMark(space.type)]);
        return h("li", null, name, h("span", { class: "muted" }, first ? ` ${first.text}` : ""));
      }),
    ),
    more > 0 && h("p", { class: "hint" }, t("and {count} more", { count: more })),
  );
}

/** @param {number} count @param {string} name */
function figure(count, name) {
  return h("div", { class: "figure" }, h("strong", null, number(count)), h("span", null, name));
}

/** @param {import("../../model/types.js").Gap|undefined} docker */
function noContainers(docker) {
  if (!docker)
    return section(
      t("No containers"),
      h("p", null, t("Nothing on this host runs in a container now. Start one, and it appears here by itself.")),
      h("pre", { class: "cmdline" }, "make demo"),
    );
  const why =
    docker.why === "unsupported"
      ? t("There is no Docker on this host, or its socket is elsewhere.")
      : docker.why === "forbidden"
        ? t("The agent may not use the Docker socket: run it as root, or as a member of the docker group.")
        : t("Docker is there but did not answer in time.");
  return section(
    t("Docker does not answer"),
    h("p", null, why),
    h(
      "p",
      { class: "hint" },
      t("Processes and namespaces are seen without it; containers are then named after their cgroups."),
    ),
  );
}

/**
 * What the containers share, in sentences.
 * @param {Context} context
 * @param {Container[]} containers
 * @param {CellsOf} cellsOf
 */
function findings(context, containers, cellsOf) {
  const rows = [...withHost(context, containers, cellsOf), ...amongContainers(context)].slice(0, FINDINGS);
  return rows.length ? section(t("Shared"), h("ul", { class: "findings" }, rows)) : null;
}

/** @param {Context} context @param {Container[]} containers @param {CellsOf} cellsOf */
function withHost({ state, onSelect }, containers, cellsOf) {
  return ISOLATED.flatMap((type) => {
    const sharers = containers.filter(({ id }) =>
      cellsOf(id).some((cell) => cell.type === type && cell.how === "host"),
    );
    if (!sharers.length) return [];
    const names = sharers
      .slice(0, NAMED)
      .flatMap(({ id }, index) => [index ? ", " : "", link(titleOf(state, id), id, onSelect)]);
    return h(
      "li",
      null,
      cellMark({ type, key: null, how: "host" }),
      h(
        "span",
        null,
        t("The host’s {type} namespace:", { type }),
        " ",
        names,
        sharers.length > NAMED && ` ${t("and {count} more", { count: sharers.length - NAMED })}`,
      ),
    );
  });
}

/** @param {Context} context */
function amongContainers({ state, graph, onSelect }) {
  return [...state.namespaces.values()].flatMap((namespace) => {
    const owners = [...(graph.sharing.owners.get(namespace.key) ?? [])];
    if (namespace.initial || owners.length < 2) return [];
    const names = owners
      .map((owner) => (owner === "" ? t("the host") : ownerTitle(state, graph.sharing, owner)))
      .sort();
    const shown = names.slice(0, NAMED - 1).join(", ");
    const label =
      names.length >= NAMED ? t("{names} and {count} more", { names: shown, count: names.length - NAMED + 1 }) : shown;
    return h(
      "li",
      null,
      cellMark({ type: namespace.type, key: namespace.key, how: "shared" }),
      h("span", null, t("One {type} namespace:", { type: namespace.type }), " ", link(label, namespace.key, onSelect)),
    );
  });
}

/** Services and sandboxes; of many, those of one program on one line. @param {Context} context */
function isolatedOf(context) {
  const all = isolatesOf(context.state);
  if (!all.length) return null;
  const kinds = ["service", "sandbox"].map((kind) => all.filter((one) => one.kind === kind).length);
  const said = ["service", "sandbox"].flatMap((kind, index) =>
    kinds[index] ? [countedIsolates(kinds[index], kind)] : [],
  );
  const rows = alikeIn(all).slice(0, LISTED);
  return section(
    t("Isolated without a container"),
    h("p", { class: "hint" }, said.join(" · ")),
    h(
      "ul",
      { class: "overview" },
      rows.map((alike) => h("li", null, isolatedRow(context, alike))),
    ),
  );
}

/** @param {Context} context @param {Isolate[]} alike */
function isolatedRow({ state, graph, onSelect }, alike) {
  const [first] = alike;
  const { processes, kind, name, program } = first;
  const count = alike.reduce((sum, one) => sum + one.processes.length, 0);
  const label = alike.length > 1 ? `${visibleName(program)} ×${alike.length}` : visibleName(name);
  const set = setOfContainer(state, first.key, processes);
  const sub = `${ISOLATE_WORDS[kind]} · ${counted(count, "process", "processes")}`;
  return jump(label, selectable(first), onSelect, [
    h("span", { class: "muted isolate-sub" }, sub),
    stripOf(set ? strip(state, graph.sharing, set, ownerOf(graph.sharing, processes[0])) : []),
  ]);
}
