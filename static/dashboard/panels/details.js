/** The details panel: everything known about what is selected, or the host at a glance where nothing is. */

import { HOW_WORDS, ROLE_WORDS, TYPE_WORDS, VIA_WORDS, counted } from "../words.js";
import { TYPES } from "../shapes.js";
import { h } from "../dom.js";
import { ownerOf, setOfContainer, strip } from "../sharing.js";
import { ownerTitle, titleOf } from "../graph.js";
import { cellMark, facts, jump, meter, sayBytes, sayValue, section, stripOf, typeMark } from "./pieces.js";
import { changesOf } from "../union.js";
import { fateMark } from "./report.js";
import { gapList } from "./status.js";

/**
 * @typedef {import("../store.js").State} State
 * @typedef {import("../store.js").Load} Load
 * @typedef {import("../shapes.js").Process} Process
 * @typedef {import("../shapes.js").Container} Container
 * @typedef {import("../shapes.js").Namespace} Namespace
 * @typedef {import("../graph.js").Graph} Graph
 *
 * @typedef {object} Context
 * @property {State} state
 * @property {Graph} graph
 * @property {Map<string, Load>} loads
 * @property {(key: string) => void} onSelect
 * @property {(key: string) => void} onOpen
 * @property {(kind: import("../url.js").LifeKind, key: string) => void} [onLife]
 * @property {import("../union.js").Union|null} [union]  the two moments compared
 */

const MANY = 12;
/** Types that engines share with the host unless told otherwise: said, but not as a warning. */
const USUAL = new Set(["user", "cgroup", "time"]);

/** What to show for a key; null where the key means nothing now. @param {Context} context @param {string|null} key @return {Node[]|null} */
export function detailsOf(context, key) {
  const { state, graph } = context;
  if (key === null) return aboutHost(context);
  const process = state.processes.get(key);
  if (process) return withTime(context, "process", key, aboutProcess(context, process));
  const container = state.containers.get(key);
  if (container) return withTime(context, "container", key, aboutContainer(context, container));
  const space = state.namespaces.get(key);
  if (space) return withTime(context, "namespace", key, aboutNamespaces(context, [space]));
  if (graph.sharing.firstOf.has(key)) return aboutGroup(context, key);
  const node = graph.nodes.find((one) => one.key === key);
  if (node?.kind === "hub") return aboutNamespaces(context, node.spaces.map((one) => state.namespaces.get(one)).filter((one) => one !== undefined));
  if (node) return aboutSeveral(context, node);
  return key === "host" ? aboutHost(context) : null;
}

/** What became of it, below its name; its whole life, below everything else. @param {Context} context @param {import("../url.js").LifeKind} kind @param {string} key @param {Node[]} parts */
function withTime({ union = null, onLife }, kind, key, parts) {
  const fate = union?.fates.get(key);
  const [first, ...rest] = parts;
  return [first, ...(union && fate ? [fateOf(union, key, fate)] : []), ...rest, ...(onLife ? [lifeOf(kind, key, onLife)] : [])];
}

const FATE_WORDS = { came: "Not there at A, there at B.", went: "There at A, gone at B: these are its last facts.", changed: "There at both, and changed:" };

/** @param {import("../union.js").Union} union @param {string} key @param {import("../union.js").Fate} fate */
function fateOf(union, key, fate) {
  const changes = fate === "changed" ? changesOf(union, key) : [];
  return h("div", { class: `fate-note ${fate}`, id: "fate-note", "data-fate": fate }, fateMark(fate),
    h("div", null, h("p", null, FATE_WORDS[fate]),
      changes.length > 0 && h("dl", { class: "life-facts" }, changes.slice(0, MANY).map((one) => h("div", null, h("dt", null, one.field), h("dd", null, h("del", null, shortKey(one.before)), " → ", h("ins", null, shortKey(one.after))))))));
}

/** @param {any} value */
const shortKey = (value) => (typeof value === "string" && /^[0-9a-f]{8,}:[a-z]+:/.test(value) ? value.split(":").slice(1).join(" ") : sayValue(value));

/** @param {import("../url.js").LifeKind} kind @param {string} key @param {NonNullable<Context["onLife"]>} onLife */
function lifeOf(kind, key, onLife) {
  return section("History", h("button", { type: "button", class: "button", id: "life-open", "data-focus": "life", click: () => onLife(kind, key) }, `The life of this ${kind}`), h("p", { class: "hint after" }, kind === "namespace" ? "When it appeared and went, and who lived in it when." : "When it appeared and went, and every change between."));
}

/** @param {string} kind @param {string} title @param {string} [sub] */
function heading(kind, title, sub) {
  return h("header", { class: "details-head" }, h("p", { class: "kind" }, kind), h("h2", { tabindex: "-1" }, title), sub ? h("p", { class: "muted" }, sub) : null);
}

/** @param {Process} process */
const nameOf = (process) => process.comm || "?";

/** @param {Context} context @param {Process} process */
function aboutProcess(context, process) {
  const { state, graph, onSelect } = context;
  const container = process.container === null ? null : state.containers.get(process.container);
  const cells = strip(state, graph.sharing, process.namespaces, ownerOf(graph.sharing, process));
  const gaps = [...state.gaps.values()].filter((gap) => gap.pid === process.pid);
  const role = process.role ? ROLE_WORDS[process.role] : null;
  return [
    heading(role ? `Process · ${role.name}` : "Process", nameOf(process), role?.does),
    h("pre", { class: "cmdline", tabindex: "0", "aria-label": "Command line" }, process.cmdline.length ? process.cmdline.map(quote).join(" ") : `[${nameOf(process)}]`),
    facts([
      ["pid", h("span", { class: "pids" }, process.nspid.length ? process.nspid.map((pid, index) => h("span", { class: "pid", title: index === 0 ? "on the host" : `in pid namespace ${index} below the host’s` }, pid)) : h("span", { class: "pid" }, process.pid))],
      ["parent", parentOf(context, process)],
      ["user id", process.uid === null ? "could not be read" : process.uid === 0 ? "0 (root)" : process.uid],
      ["container", container ? jump(container.name || container.id.slice(0, 12), container.id, onSelect) : process.container ? h("span", { class: "mono" }, process.container.slice(0, 12)) : "none: a process of the host"],
      ["cgroup", process.cgroup && h("span", { class: "mono break" }, process.cgroup)],
    ]),
    chainOf(context, process),
    section("Namespaces", h("ul", { class: "spaces" }, cells.map((cell) => spaceRow(context, cell, process)))),
    gaps.length ? section("Could not be read", gapList(gaps)) : null,
  ].filter((part) => part !== null);
}

/** @param {string} word */
function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** @param {Context} context @param {Process} process */
function parentOf({ state, onSelect }, process) {
  if (process.ppid === 0) return "none";
  const parent = findPid(state, process.ppid);
  return parent ? jump(nameOf(parent), parent.key, onSelect, [h("span", { class: "mono muted" }, parent.pid)]) : h("span", { class: "mono" }, process.ppid);
}

/** @param {State} state @param {number} pid */
function findPid(state, pid) {
  for (const process of state.processes.values()) if (process.pid === pid) return process;
  return undefined;
}

/** The chain that leads to a process, each step explained. @param {Context} context @param {Process} process */
function chainOf(context, process) {
  const { state, onSelect } = context;
  const chains = [...state.chains.values()];
  const chain = (process.container && state.chains.get(process.container)) || chains.find((one) => one.links.some((link) => link.pid === process.pid));
  if (!chain) return null;
  const others = process.container === null ? chains.filter((one) => one.links.some((link) => link.pid === process.pid)) : [];
  if (others.length > 1) {
    return section(`Part of ${others.length} chains`, h("div", { class: "members" }, others.slice(0, MANY).map((one) => jump(titleOf(state, one.container), one.container, onSelect)), others.length > MANY && h("span", { class: "muted" }, `and ${others.length - MANY} more`)));
  }
  const inside = chain.links.some((link) => link.pid === process.pid);
  const steps = inside ? chain.links : [...chain.links.filter((link) => process.role !== "exec" || link.role !== "init"), .../** @type {const} */ ([{ pid: process.pid, role: process.role ?? "child", via: "parent" }])];
  return section("Chain", chainSteps(context, steps, process.pid));
}

/** @param {Context} context @param {readonly import("../shapes.js").ChainLink[]} links @param {number} current */
function chainSteps({ state, onSelect }, links, current) {
  return h("ol", { class: "chain" }, links.map((link) => {
    const process = findPid(state, link.pid);
    const words = ROLE_WORDS[link.role];
    const label = process ? nameOf(process) : "ended";
    return h("li", { class: `${link.pid === current ? "current" : ""} via-${link.via ?? "none"}`, title: link.via ? VIA_WORDS[link.via] : null },
      process ? jump(label, process.key, onSelect, [h("span", { class: "mono muted" }, link.pid), h("span", { class: "role" }, words.name)]) : h("span", null, `${label} ${link.pid}`),
      h("p", { class: "hint" }, words.does));
  }));
}

/** @param {Context} context @param {import("../sharing.js").Cell} cell @param {Process|null} self */
function spaceRow(context, cell, self) {
  const { state, graph, onSelect } = context;
  const space = cell.key ? state.namespaces.get(cell.key) : undefined;
  const words = TYPE_WORDS[cell.type];
  if (!space) return h("li", null, cellMark(cell), h("span", { class: "space-name" }, words.name), h("span", { class: "muted" }, HOW_WORDS[cell.how]));
  return h("li", null,
    h("button", { type: "button", class: "space", "data-focus": `space:${space.key}`, title: `Isolates ${words.isolates}`, click: () => onSelect(space.key) },
      cellMark(cell),
      h("span", { class: "space-name" }, words.name),
      h("span", { class: USUAL.has(cell.type) ? `how ${cell.how} usual` : `how ${cell.how}` }, cell.how === "shared" ? sharers(context, space, self ? ownerOf(graph.sharing, self) : "") : HOW_WORDS[cell.how]),
      h("span", { class: "count", title: counted(space.processes, "process lives", "processes live") + " in it" }, space.processes)));
}

/** "shared with web, sidecar". @param {Context} context @param {Namespace} space @param {string} self */
function sharers({ state, graph }, space, self) {
  const owners = [...(graph.sharing.owners.get(space.key) ?? [])].filter((owner) => owner !== self).map((owner) => ownerTitle(state, graph.sharing, owner));
  if (!owners.length) return "shared with others";
  return `with ${owners.slice(0, 2).join(", ")}${owners.length > 2 ? ` and ${owners.length - 2} more` : ""}`;
}

/** @param {Context} context @param {Container} container */
function aboutContainer(context, container) {
  const { state, graph } = context;
  const members = [...state.processes.values()].filter((process) => process.container === container.id);
  const set = setOfContainer(state, container.id, members);
  const chain = state.chains.get(container.id);
  const card = graph.nodes.find((node) => node.key === container.id && node.kind === "card");
  return [
    heading(`Container · ${container.state || "state unknown"}`, titleOf(state, container.id), container.image),
    h("div", { class: "actions" }, members.length > 0 && h("button", { type: "button", class: "button", "data-focus": "open", click: () => context.onOpen(container.id) }, card ? "Show its processes" : "Close the group")),
    facts([
      ["id", h("span", { class: "mono", title: container.id }, container.id.slice(0, 12))],
      ["engine", container.engine],
      ["processes", members.length],
      ["compose", composeOf(container)],
    ]),
    usageOf(container, context.loads.get(container.id)),
    set ? section("Namespaces", h("ul", { class: "spaces" }, strip(state, graph.sharing, set, container.id).map((cell) => spaceRow(context, cell, members[0] ?? null)))) : null,
    declaredOf(container),
    chain ? section("Chain", chainSteps(context, chain.links, -1)) : null,
    members.length ? section("Processes", memberList(context, members)) : null,
  ].filter((part) => part !== null);
}

/** @param {Container} container */
function composeOf({ labels }) {
  const project = labels["com.docker.compose.project"];
  const service = labels["com.docker.compose.service"];
  return project ? `${project}${service ? ` / ${service}` : ""}` : null;
}

/** @param {Container} container */
function declaredOf({ declared }) {
  if (!declared) return section("Declared", h("p", { class: "muted" }, "No engine told us how it was asked for."));
  const list = (/** @type {string[]|undefined} */ names) => (names?.length ? names.join(", ") : null);
  return section("Declared", facts([
    ["network", declared.network || null],
    ["pid", declared.pid || null],
    ["ipc", declared.ipc || null],
    ["uts", declared.uts || null],
    ["userns", declared.userns || null],
    ["cgroupns", declared.cgroupns || null],
    ["privileged", declared.privileged ? h("strong", { class: "warn" }, "yes: hardly isolated from the host") : "no"],
    ["added", list(declared.cap_add)],
    ["dropped", list(declared.cap_drop)],
  ]));
}

/** @param {Container} container @param {Load|undefined} load */
function usageOf({ limits }, load) {
  const now = load?.now;
  const row = (/** @type {string} */ name, /** @type {number|null|undefined} */ used, /** @type {number|null|undefined} */ limit, /** @type {(value: number) => string} */ say) => {
    if (used === null || used === undefined) return limit ? /** @type {[string, Node]} */ ([name, h("span", null, `limit ${say(limit)}`)]) : null;
    const words = limit ? `${say(used)} of ${say(limit)}` : `${say(used)}, no limit`;
    return /** @type {[string, Node]} */ ([name, h("span", { class: "usage" }, h("span", null, words), limit ? meter(used / limit, words) : null)]);
  };
  const rows = [
    row("memory", now?.memory_bytes, limits?.memory_bytes, sayBytes),
    row("CPU", load?.cores, limits?.cpu_cores, (cores) => `${cores.toFixed(2)} cores`),
    row("pids", now?.pids, limits?.pids, (count) => String(count)),
  ].filter((one) => one !== null);
  return rows.length ? section("Cgroup limits and usage", facts(rows)) : null;
}

/** @param {Context} context @param {Namespace[]} spaces */
function aboutNamespaces(context, spaces) {
  const { state } = context;
  const [first] = spaces;
  const members = [...state.processes.values()].filter((process) => process.namespaces[first.type] === first.key);
  const words = TYPE_WORDS[first.type];
  const title = spaces.length === 1 ? `${words.name} namespace` : `${spaces.length} namespaces`;
  return [
    heading(first.initial ? "The host’s own namespace" : "Namespace", title, spaces.length === 1 ? `Isolates ${words.isolates}.` : "Held by the same processes."),
    ...spaces.map((space) => section(`${TYPE_WORDS[space.type].name} · ${space.type}`,
      facts([
        ["inode", h("span", { class: "mono" }, space.inode)],
        ["kernel id", space.ns_id === null ? "not known to this kernel" : h("span", { class: "mono", title: "never used again while the host is up" }, space.ns_id)],
        ["owner", spaceJump(context, space.owner)],
        ["parent", spaceJump(context, space.parent)],
        ["processes", space.processes],
      ]))),
    section(`Who lives in ${spaces.length === 1 ? "it" : "them"}`, memberList(context, members)),
  ];
}

/** @param {Context} context @param {string|null} key */
function spaceJump({ state, onSelect }, key) {
  const space = key ? state.namespaces.get(key) : undefined;
  if (!space) return null;
  return jump(space.initial ? `the host’s ${space.type}` : `${space.type} ${space.ns_id ?? space.inode}`, space.key, onSelect, [typeMark(space.type)]);
}

/** Processes, by container, the host's last. @param {Context} context @param {Process[]} members */
function memberList({ state, graph, onSelect }, members) {
  const titleOf = (/** @type {string} */ owner) => (owner === "" ? "Host" : ownerTitle(state, graph.sharing, owner));
  /** @type {Map<string, Process[]>} */
  const groups = new Map();
  for (const process of members) {
    const owner = ownerOf(graph.sharing, process);
    const group = groups.get(owner);
    if (group) group.push(process);
    else groups.set(owner, [process]);
  }
  const ordered = [...groups].sort((a, b) => Number(a[0] === "") - Number(b[0] === "") || (titleOf(a[0]) < titleOf(b[0]) ? -1 : 1));
  return h("div", { class: "member-groups" }, ordered.slice(0, MANY).map(([owner, processes]) => h("div", null,
    groups.size > 1 || owner !== "" ? h("h4", null, titleOf(owner), h("span", { class: "count" }, processes.length)) : null,
    h("div", { class: "members" },
      processes.slice(0, MANY).map((process) => jump(nameOf(process), process.key, onSelect, [h("span", { class: "mono muted" }, process.nspid.length > 1 ? `${process.pid} › ${process.nspid.at(-1)}` : process.pid)])),
      processes.length > MANY && h("span", { class: "muted" }, `and ${processes.length - MANY} more: see the table`)))),
    ordered.length > MANY && h("p", { class: "hint" }, `and ${ordered.length - MANY} more containers and groups`));
}

/** @param {Context} context @param {import("../graph.js").GraphNode} node */
function aboutSeveral(context, node) {
  const { state } = context;
  const members = node.members.map((key) => state.processes.get(key)).filter((process) => process !== undefined);
  const crowd = node.kind === "crowd";
  return [
    heading("Several processes", node.label, crowd ? "They live in the host’s own namespaces only, so they say little about isolation." : "Same name, same parent, isolated alike."),
    h("div", { class: "actions" }, h("button", { type: "button", class: "button", "data-focus": "open", click: () => context.onOpen(node.key) }, "Show each of them")),
    section("Processes", memberList(context, members)),
  ];
}

/** Processes outside containers that share namespaces of their own. @param {Context} context @param {string} key */
function aboutGroup(context, key) {
  const { state, graph } = context;
  const members = [...state.processes.values()].filter((process) => ownerOf(graph.sharing, process) === key);
  const card = graph.nodes.some((node) => node.key === key && node.kind === "card");
  const set = setOfContainer(state, key, members);
  return [
    heading("Isolated without a container", ownerTitle(state, graph.sharing, key), "Processes of the host that share namespaces of their own: a sandbox, a service with private mounts, and the like."),
    h("div", { class: "actions" }, h("button", { type: "button", class: "button", "data-focus": "open", click: () => context.onOpen(key) }, card ? "Show its processes" : "Close the group")),
    facts([["processes", members.length]]),
    set ? section("Namespaces of most of them", h("ul", { class: "spaces" }, strip(state, graph.sharing, set, key).map((cell) => spaceRow(context, cell, members[0])))) : null,
    section("Processes", memberList(context, members)),
  ].filter((part) => part !== null);
}

/** The host at a glance: who is isolated how. @param {Context} context */
function aboutHost(context) {
  const { state, graph, onSelect } = context;
  const containers = [...state.containers.values()].sort((a, b) => (titleOf(state, a.id) < titleOf(state, b.id) ? -1 : 1));
  /** @type {Map<string, Process[]>} */
  const members = new Map(containers.map((container) => [container.id, []]));
  for (const process of state.processes.values()) if (process.container) members.get(process.container)?.push(process);
  const gaps = gapList(state.gaps.values());
  const docker = [...state.gaps.values()].find((gap) => gap.what === "docker");
  const cellsOf = (/** @type {string} */ id) => {
    const set = setOfContainer(state, id, members.get(id) ?? []);
    return set ? strip(state, graph.sharing, set, id) : [];
  };
  return [
    heading("Host", state.host.hostname, `Linux ${state.host.kernel}`),
    h("div", { class: "figures" }, figure(state.processes.size, "processes"), figure(containers.length, "containers"), figure([...state.namespaces.values()].filter((space) => !space.initial).length, "namespaces")),
    containers.length
      ? section("How isolated is each container", h("ul", { class: "overview" }, containers.slice(0, 200).map((container) => h("li", null, jump(titleOf(state, container.id), container.id, onSelect, [stripOf(cellsOf(container.id))])))), containers.length > 200 && h("p", { class: "hint" }, `and ${containers.length - 200} more`))
      : emptyContainers(docker),
    findings(context, containers, cellsOf),
    groupsOf(context),
    gaps ? section("Could not be read", gaps) : null,
  ].filter((part) => part !== null);
}

/** @param {number} count @param {string} name */
function figure(count, name) {
  return h("div", { class: "figure" }, h("strong", null, count.toLocaleString("en")), h("span", null, name));
}

/** @param {import("../shapes.js").Gap|undefined} docker */
function emptyContainers(docker) {
  if (docker) return section("Docker does not answer", h("p", null, docker.why === "unsupported" ? "There is no Docker on this host, or its socket is elsewhere." : docker.why === "forbidden" ? "The agent may not use the Docker socket: run it as root, or as a member of the docker group." : "Docker is there but gave no answer in time."), h("p", { class: "hint" }, "Processes and namespaces are seen without it; containers are then named after their cgroups."));
  return section("No containers", h("p", null, "Nothing on this host runs in a container now. Start one, and it appears here by itself."), h("pre", { class: "cmdline" }, "make demo"));
}

/** What the containers share, in sentences. @param {Context} context @param {Container[]} containers @param {(id: string) => import("../sharing.js").Cell[]} cellsOf */
function findings({ state, graph, onSelect }, containers, cellsOf) {
  const rows = [];
  for (const type of /** @type {const} */ (["net", "pid", "ipc", "uts", "mnt"])) {
    const with_host = containers.filter((container) => cellsOf(container.id).some((cell) => cell.type === type && cell.how === "host"));
    if (with_host.length) rows.push(h("li", null, cellMark({ type, key: null, how: "host" }), h("span", null, `The host’s ${type} namespace: `, with_host.slice(0, 4).map((container, index) => [index ? ", " : "", link(titleOf(state, container.id), container.id, onSelect)]).flat(), with_host.length > 4 && ` and ${with_host.length - 4} more`)));
  }
  for (const space of state.namespaces.values()) {
    const owners = [...(graph.sharing.owners.get(space.key) ?? [])];
    if (space.initial || owners.length < 2 || rows.length > 24) continue;
    const names = owners.map((owner) => ownerTitle(state, graph.sharing, owner)).sort();
    rows.push(h("li", null, cellMark({ type: space.type, key: space.key, how: "shared" }), h("span", null, `One ${space.type} namespace: `, link(`${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`, space.key, onSelect))));
  }
  return rows.length ? section("Shared", h("ul", { class: "findings" }, rows)) : null;
}

/** @param {Context} context */
function groupsOf({ state, graph, onSelect }) {
  const groups = [...graph.sharing.firstOf.keys()];
  if (!groups.length) return null;
  const shown = groups.slice(0, MANY).map((key) => jump(ownerTitle(state, graph.sharing, key), key, onSelect));
  return section("Isolated without a container", h("div", { class: "members" }, shown, groups.length > MANY && h("span", { class: "muted" }, `and ${groups.length - MANY} more`)));
}

/** @param {string} label @param {string} key @param {(key: string) => void} onSelect */
function link(label, key, onSelect) {
  return h("button", { type: "button", class: "link", click: () => onSelect(key) }, label);
}

/** What a screen reader hears when something is selected. @param {State} state @param {Graph} graph @param {string} key */
export function announce(state, graph, key) {
  const process = state.processes.get(key);
  if (process) return `${process.comm}, pid ${process.pid}${process.role ? `, ${process.role}` : ""}${process.container ? `, in ${titleOf(state, process.container)}` : ""}`;
  const node = graph.nodes.find((one) => one.key === key);
  if (node) return `${node.label}, ${node.sub}`;
  const space = state.namespaces.get(key);
  return space ? `${TYPE_WORDS[space.type].name} namespace, ${counted(space.processes, "process", "processes")}` : titleOf(state, key);
}

/** Every type that is not the host's, for the table. @param {import("../sharing.js").Cell[]} cells */
export function isolation(cells) {
  return TYPES.filter((type) => cells.some((cell) => cell.type === type && (cell.how === "own" || cell.how === "shared"))).length;
}
