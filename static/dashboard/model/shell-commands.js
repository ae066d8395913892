/**
 * Shell commands that show more about a process, namespace or container, to be run on the host. The names in them are
 * hostile text. Pure.
 */

import { TYPES } from "./types.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Namespace} Namespace
 * @typedef {import("./types.js").NamespaceType} NamespaceType
 * @typedef {import("./store.js").State} State
 * @typedef {{text: string, does: string}} Command  `does`: what it shows, in the reader's language
 */

/** What nsenter(1) calls the types. @type {Record<NamespaceType, string>} */
const FLAGS = { mnt: "-m", uts: "-u", ipc: "-i", net: "-n", pid: "-p", user: "-U", cgroup: "-C", time: "-T" };

/**
 * Programs of the host that show what is in a namespace; the container itself may have none.
 * @type {Record<NamespaceType, (pid: number) => string[]>}
 */
const LOOKS = {
  mnt: (pid) => ["cat", `/proc/${pid}/mountinfo`],
  uts: (pid) => ["nsenter", "-t", `${pid}`, "-u", "hostname"],
  ipc: (pid) => ["nsenter", "-t", `${pid}`, "-i", "ipcs"],
  pid: (pid) => ["grep", "NSpid", `/proc/${pid}/status`],
  net: (pid) => ["nsenter", "-t", `${pid}`, "-n", "ss", "-tulnp"],
  user: (pid) => ["cat", `/proc/${pid}/uid_map`],
  cgroup: (pid) => ["cat", `/proc/${pid}/cgroup`],
  time: (pid) => ["cat", `/proc/${pid}/timens_offsets`],
};

/** The clients of the engines. @type {Record<string, string>} */
const CLIENTS = { docker: "docker", podman: "podman", containerd: "crictl", "cri-o": "crictl" };
/** The names that Docker and podman allow. For any other name the command uses the id. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const USUAL_SOCKET = /^(fd:\/\/|unix:\/\/(\/var)?\/run\/docker\.sock$)/;

/**
 * A text as one word of a shell's command line. Control characters are written as $'…', so that none reaches the
 * terminal.
 * @param {string} word
 */
export function quote(word) {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!/[\x00-\x1f\x7f-\x9f]/.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const escaped = word
    .replace(/[\\']/g, "\\$&")
    .replace(/[\x00-\x1f\x7f]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `$'${escaped.replace(/[\x80-\x9f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)}'`;
}

/** @param {string[]} words */
export const line = (words) => words.map(quote).join(" ");

/** @param {State} state @param {Process} process @return {Command[]} */
export function commandsOfProcess(state, process) {
  const { pid } = process;
  return [
    ...enter(state, process),
    { text: line(["ls", "-l", `/proc/${pid}/ns`]), does: t("the numbers of its namespaces") },
    { text: line(["cat", `/proc/${pid}/cgroup`]), does: t("its place in the cgroup tree") },
  ];
}

/**
 * A shell in every namespace that is not the host's.
 * @param {State} state
 * @param {Process} process
 * @return {Command[]}
 */
function enter(state, { pid, namespaces }) {
  const types = TYPES.filter((type) => state.namespaces.get(namespaces[type] ?? "")?.initial === false);
  return types.length ? [{ text: line(shell(pid, types)), does: t("a shell in its namespaces") }] : [];
}

/**
 * Another root file system may lack the reader's own shell, so the command names `sh`.
 * @param {number} pid
 * @param {NamespaceType[]} types
 */
function shell(pid, types) {
  return ["nsenter", "-t", `${pid}`, ...types.map((type) => FLAGS[type]), ...(types.includes("mnt") ? ["sh"] : [])];
}

/** @param {State} state @param {Container} container @param {Process|undefined} init @return {Command[]} */
export function commandsOfContainer(state, container, init) {
  const client = clientOf(state, container);
  const target = client && client[0] !== "crictl" && NAME.test(container.name) ? container.name : container.id;
  const ask = (/** @type {string[]} */ words, /** @type {string} */ does) => ({
    text: line([...(client ?? []), ...words, target]),
    does,
  });
  return [
    ...(client
      ? [ask(["inspect"], t("everything its engine knows")), ask(["logs", "--tail", "100"], t("what it printed last"))]
      : []),
    ...(client && init
      ? [{ text: line([...client, "exec", "-it", target, "sh"]), does: t("a shell in it, if it has one") }]
      : []),
    ...(init ? commandsOfProcess(state, init) : []),
  ];
}

/**
 * The client that reaches the container's engine from the host; null: none does.
 * @param {State} state
 * @param {Container} container
 * @return {string[]|null}
 */
function clientOf(state, { id, engine }) {
  const client = CLIENTS[engine];
  if (!client) return null;
  if (client !== "docker") return [client];
  const daemon = state.chains.get(id)?.links.find((link) => link.role === "daemon");
  const process = daemon && [...state.processes.values()].find((one) => one.pid === daemon.pid);
  if (process?.container) return null; // an engine in a container: the host's client asks another one
  const sockets = socketsOf(process?.cmdline ?? []);
  return !sockets.length || sockets.some((socket) => USUAL_SOCKET.test(socket)) ? [client] : [client, "-H", sockets[0]];
}

/** Where a dockerd listens. @param {string[]} words */
function socketsOf(words) {
  return words.flatMap((word, index) => {
    if (/^(-H|--host)$/.test(word)) return words[index + 1] ?? [];
    return /^(?:--host=|-H=?)(.+)$/.exec(word)?.[1] ?? [];
  });
}

/** @param {Namespace} space @param {Process|undefined} member one that lives in it @return {Command[]} */
export function commandsOfNamespace({ type, initial }, member) {
  if (initial || !member) return [];
  const { pid } = member;
  return [
    { text: line(shell(pid, [type])), does: t("a shell in this namespace") },
    { text: line(LOOKS[type](pid)), does: t("what is in it") },
    { text: line(["ls", "-l", `/proc/${pid}/ns/${type}`]), does: t("its number") },
  ];
}
