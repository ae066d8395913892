/** The fields that can be searched, and what each reads of a process. Pure. */

import { TYPES } from "../model/types.js";
import { HOLDER_KINDS, orphansByPid, wordsOfHolders } from "../model/holders.js";
import { leftOf } from "../model/left.js";
import { ageOf } from "../base/times.js";
import { mark } from "../base/i18n.js";
import { NOBODY, namesOf } from "../model/confinement.js";
import { ownerOf, standing } from "../model/sharing.js";
import { servedBy } from "../model/field-text.js";
import { memoryInUse } from "../model/usage.js";

/**
 * @typedef {import("../model/types.js").Process} Process
 * @typedef {import("../model/types.js").Container} Container
 * @typedef {import("../model/types.js").Usage} Usage
 *
 * @typedef {object} Facts  what a search may ask about
 * @property {import("../model/store.js").State} state
 * @property {import("../model/sharing.js").Sharing} sharing
 * @property {Map<string, {now: Usage, cores: number|null}>|null} loads what containers use; null: it is not known of
 *   that moment
 * @property {import("../model/vitals/vitals.js").Vitals|null} [vitals]  what processes use; null: as above
 *
 * Kinds: `text` may contain a value, a `word` is one of a few, a `number` is compared, a `measure` is what a container
 * uses of its limit, or a process itself, a
 * `type` is of namespaces, a `namespace` is one namespace, a `label` is a pair, a
 * `flag` holds or not.
 * @typedef {"text"|"word"|"number"|"measure"|"type"|"namespace"|"label"|"flag"} Kind
 * @typedef {{used: number|null, limit: number|null}} Measured
 *
 * @typedef {object} Field
 * @property {Kind} kind
 * @property {string} says  in English, for `t`
 * @property {(process: Process, facts: Facts) => string[]} [texts]
 * @property {(process: Process, facts: Facts) => (number|null)[]} [numbers]  the first is compared, any may be equal
 * @property {(process: Process, facts: Facts) => boolean|null} [flag]  null: not known
 * @property {(id: string, facts: Facts) => Measured} [measure]  of a container
 * @property {(use: import("../model/vitals/vitals.js").ProcessUse) => number|null} [own]  of a process; beside
 *   `measure` it is what a percentage is compared with
 * @property {boolean} [bytes]  whether a measure is of bytes
 * @property {boolean} [length]  whether a number is a length of time, in seconds
 * @property {string[]} [samples]  values worth proposing, where they are not read from the state
 */

/** @type {Record<string, Field>} */
export const FIELDS = {
  comm: { kind: "text", says: mark("name of the program"), texts: (process) => [process.comm] },
  cmdline: { kind: "text", says: mark("command line"), texts: (process) => [process.cmdline.join(" ")] },
  container: {
    kind: "text",
    says: mark("name or id of the container"),
    texts: (process, facts) =>
      process.container === null ? [] : [boxOf(process, facts)?.name ?? "", process.container],
  },
  image: {
    kind: "text",
    says: mark("image of the container"),
    texts: (process, facts) => known(boxOf(process, facts)?.image),
  },
  cgroup: { kind: "text", says: mark("cgroup path"), texts: (process) => known(process.cgroup) },
  label: {
    kind: "label",
    says: mark("label of the container: key, or key=value"),
    texts: (process, facts) =>
      Object.entries(boxOf(process, facts)?.labels ?? {}).map(([key, value]) => `${key}=${value}`),
  },
  project: {
    kind: "text",
    says: mark("Compose project of the container, else its stack or pod"),
    texts: (process, facts) => known(projectOf(boxOf(process, facts))),
  },
  service: {
    kind: "text",
    says: mark("Compose service of the container"),
    texts: (process, facts) => known(boxOf(process, facts)?.labels["com.docker.compose.service"]),
  },
  engine: {
    kind: "word",
    says: mark("container engine"),
    texts: (process, facts) => known(boxOf(process, facts)?.engine),
  },
  kind: {
    kind: "word",
    says: mark("container, system, sandbox (of a pod, or without a container), service"),
    samples: ["container", "sandbox", "service", "system"],
    texts: (process, facts) => known(kindOf(boxOf(process, facts)) ?? facts.sharing.isolateOf.get(process.key)?.kind),
  },
  pod: {
    kind: "text",
    says: mark("pod of the container, by name or id"),
    texts: (process, facts) => podOf(boxOf(process, facts)),
  },
  scope: {
    kind: "text",
    says: mark("where the engine keeps the container"),
    texts: (process, facts) => known(boxOf(process, facts)?.scope),
  },
  state: {
    kind: "word",
    says: mark("state of the container, or zombie"),
    texts: (process, facts) => [...known(boxOf(process, facts)?.state), ...known(process.state)],
  },
  health: {
    kind: "word",
    says: mark("health of the container: none, starting, healthy, unhealthy"),
    texts: (process, facts) => known(boxOf(process, facts)?.health),
  },
  exit: {
    kind: "number",
    says: mark("exit code of the container’s last run"),
    numbers: (process, facts) => [boxOf(process, facts)?.exit_code ?? null],
  },
  oom: {
    kind: "flag",
    says: mark("the container was killed for memory"),
    samples: ["yes", "no"],
    flag: (process, facts) => boxOf(process, facts)?.oom_killed ?? null,
  },
  restarts: {
    kind: "number",
    says: mark("restarts of the container by its policy"),
    numbers: (process, facts) => [boxOf(process, facts)?.restarts ?? null],
  },
  port: {
    kind: "number",
    says: mark("published port, on the host or inside; its docker-proxy too"),
    numbers: (process, facts) => portsOf(process, facts).flatMap((one) => [one.host_port, one.container_port]),
  },
  entered: {
    kind: "text",
    says: mark("in the namespaces of this container without belonging to it"),
    texts: ({ entered }, { state }) => (entered ? [state.containers.get(entered)?.name ?? "", entered] : []),
  },
  cap: {
    kind: "word",
    says: mark("may use this capability"),
    samples: ["sys_admin", "net_admin", "sys_module", "sys_ptrace"],
    texts: ({ confinement }) => (confinement ? namesOf(confinement.permitted) : []),
  },
  seccomp: {
    kind: "word",
    says: mark("mode of seccomp: none, strict, filter"),
    texts: ({ confinement }) => known(confinement?.seccomp),
  },
  lsm: {
    kind: "text",
    says: mark("label of a security module, such as AppArmor’s profile; none where none labels"),
    texts: ({ confinement }) => known(confinement?.label === "" ? "none" : confinement?.label),
  },
  no_new_privs: {
    kind: "flag",
    says: mark("no program that it executes gains privileges"),
    samples: ["yes", "no"],
    flag: ({ confinement }) => confinement?.no_new_privs ?? null,
  },
  euid: {
    kind: "number",
    says: mark("effective user id"),
    numbers: ({ confinement }) => [confinement?.euid ?? null],
  },
  login: {
    kind: "number",
    says: mark("user id that signed in, and started it"),
    numbers: ({ confinement }) => [confinement?.loginuid === NOBODY ? null : (confinement?.loginuid ?? null)],
  },
  role: { kind: "word", says: mark("role in the chain"), texts: (process) => known(process.role) },
  user: { kind: "number", says: mark("user id; root is 0"), numbers: (process) => [process.uid] },
  pid: {
    kind: "number",
    says: mark("process number, outside or inside"),
    numbers: (process) => [process.pid, ...process.nspid],
  },
  age: {
    kind: "number",
    says: mark("how long the process has run"),
    length: true,
    samples: ["5m", "1h", "7d"],
    numbers: (process, { state }) => [ageOf(process, state)],
  },
  ppid: { kind: "number", says: mark("process number of the parent"), numbers: (process) => [process.ppid] },
  memory: {
    kind: "measure",
    says: mark("memory of the container, or share of its limit"),
    bytes: true,
    samples: ["100m", "1g", "80%"],
    measure: (id, facts) => ({
      used: usedMemory(id, facts),
      limit: limitsOf(id, facts)?.memory_bytes ?? null,
    }),
  },
  cpu: {
    kind: "measure",
    says: mark("cores the container uses; in percent, what the process uses of a core"),
    samples: ["0.1", "1", "20%"],
    own: ({ cpu }) => cpu,
    measure: (id, facts) => ({
      used: facts.loads?.get(id)?.cores ?? null,
      limit: limitsOf(id, facts)?.cpu_cores ?? null,
    }),
  },
  rss: {
    kind: "measure",
    says: mark("resident memory of the process"),
    bytes: true,
    samples: ["100m", "500m", "1g"],
    own: ({ rss }) => rss,
  },
  threads: {
    kind: "measure",
    says: mark("threads of the process"),
    samples: ["10", "100"],
    own: ({ threads }) => threads,
  },
  files: {
    kind: "measure",
    says: mark("open files of the process"),
    samples: ["100", "1000"],
    own: ({ files }) => files,
  },
  pids: {
    kind: "measure",
    says: mark("tasks in the container’s cgroup: processes and threads"),
    samples: ["10", "100", "80%"],
    measure: (id, facts) => ({
      used: facts.loads?.get(id)?.now.pids ?? null,
      limit: limitsOf(id, facts)?.pids ?? null,
    }),
  },
  host: {
    kind: "type",
    says: mark("lives in the host’s namespace of this type"),
    texts: (process, facts) => typesThatStand("host", process, facts),
  },
  shared: {
    kind: "type",
    says: mark("shares its namespace of this type with others"),
    texts: (process, facts) => typesThatStand("shared", process, facts),
  },
  own: {
    kind: "type",
    says: mark("has a namespace of this type for itself"),
    texts: (process, facts) => typesThatStand("own", process, facts),
  },
  left: {
    kind: "type",
    says: mark("is left behind in a namespace of this type that another container has left"),
    texts: ({ container }, { state }) => (leftOf(state).get(container ?? "") ?? []).map(({ type }) => type),
  },
  held: {
    kind: "text",
    says: mark("lives in a namespace that something else holds: a kind, or the path of a bind mount"),
    samples: HOLDER_KINDS,
    texts: ({ namespaces }, { state }) =>
      TYPES.flatMap((type) => {
        const space = state.namespaces.get(namespaces[type] ?? "");
        return space ? wordsOfHolders(space) : [];
      }),
  },
  orphaned: {
    kind: "type",
    says: mark("keeps a namespace of this type alive that no process lives in"),
    texts: ({ pid }, { state }) => (orphansByPid(state).get(pid) ?? []).map(({ type }) => type),
  },
  ns: { kind: "namespace", says: mark("namespace by number, or type for any but the host’s") },
};

/** Other names of fields. @type {Record<string, string>} */
const ALIASES = { uid: "user", capability: "cap", nnp: "no_new_privs", name: "comm", cmd: "cmdline", mem: "memory" };

/** The field of that name; null where there is none. @param {string} name @return {string|null} */
export function fieldOf(name) {
  const field = ALIASES[name] ?? name;
  return Object.hasOwn(FIELDS, field) ? field : null;
}

/** As `inspector/facts/compose.py` has them. */
const PROJECTS = [
  "com.docker.compose.project",
  "io.podman.compose.project",
  "com.docker.stack.namespace",
  "io.kubernetes.pod.name",
];

/** The Compose project of a container, else its stack or pod. @param {Container|undefined} container */
function projectOf(container) {
  return PROJECTS.map((name) => container?.labels[name]).find(Boolean) ?? container?.pod?.name;
}

/** @param {Container|undefined} container @return {string|undefined} */
const kindOf = (container) => container && (container.kind ?? "container");

/** @param {Container|undefined} container */
const podOf = (container) => (container?.pod ? [container.pod.name, container.pod.id].filter(Boolean) : []);

/** The container of a process. @param {Process} process @param {Facts} facts */
export function boxOf(process, { state }) {
  return state.containers.get(process.container ?? "");
}

/** @param {string} id @param {Facts} facts */
function usedMemory(id, { loads }) {
  const load = loads?.get(id);
  return load ? memoryInUse(load.now) : null;
}

/** The published ports of its container, and the one that it serves. @param {Process} process @param {Facts} facts */
function portsOf(process, facts) {
  const served = process.role === "proxy" ? servedBy(facts.state, process.pid) : null;
  return served ? [served.port] : (boxOf(process, facts)?.ports ?? []);
}

/** @param {string} id @param {Facts} facts */
function limitsOf(id, { state }) {
  return state.containers.get(id)?.limits;
}

/** @param {string|null|undefined} text @return {string[]} */
function known(text) {
  return text ? [text] : [];
}

/** @param {"host"|"shared"|"own"} how @param {Process} process @param {Facts} facts @return {string[]} */
function typesThatStand(how, process, { state, sharing }) {
  return TYPES.filter((type) => standing(state, sharing, process.namespaces[type], ownerOf(sharing, process)) === how);
}
