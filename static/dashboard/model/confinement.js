/**
 * What a process may do: capabilities by name and in words, and what a container's may beside what its engine was asked
 * for. See capabilities(7). Pure.
 */

import { mark, t } from "../base/i18n.js";

/**
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Declared} Declared
 * @typedef {import("./store.js").State} State
 *
 * @typedef {object} Held
 * @property {string[]} beyond  capabilities that were not declared; all of them are one: ALL
 * @property {string[]} lacking  capabilities that were declared, and that it cannot have; all of them are one: ALL
 * @property {boolean} inside  they hold in a user namespace of its own, not over the host
 */

/** The name of each capability, without `CAP_`, in the order of their numbers; inspector/facts/capabilities.py. */
export const CAPABILITIES = [
  ..."chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable".split(" "),
  ..."net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot".split(" "),
  ..."sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease".split(" "),
  ..."audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read".split(" "),
  ..."perfmon bpf checkpoint_restore".split(" "),
];

/** What those capabilities allow that reach beyond the process itself. @type {Record<string, string>} */
const MAY = {
  dac_override: mark("read and write any file"),
  dac_read_search: mark("read any file"),
  kill: mark("end any process"),
  setuid: mark("become any user"),
  net_admin: mark("change the network and its firewall"),
  net_raw: mark("send packets of any form"),
  sys_module: mark("load kernel modules"),
  sys_rawio: mark("reach memory and devices directly"),
  sys_ptrace: mark("read and change other processes"),
  sys_admin: mark("mount file systems, and most of what root may"),
  sys_boot: mark("reboot the machine"),
  sys_time: mark("set the clock"),
  mknod: mark("make device files"),
  mac_admin: mark("change what security modules allow"),
  syslog: mark("read the kernel’s messages"),
  perfmon: mark("read the kernel’s memory"),
  bpf: mark("load BPF programs"),
};

/** A mode of seccomp in words. @type {Record<string, string>} */
const SECCOMP = {
  none: mark("none: every system call is allowed"),
  strict: mark("strict: only read, write and exit are allowed"),
  filter: mark("filter: a program decides which system calls are allowed"),
};

export const NOBODY = 2 ** 32 - 1; // of a login: nobody signed in

/** The names of a set, in the order of their numbers. @param {number} set @return {string[]} */
export function namesOf(set) {
  const names = [];
  for (let number = 0, rest = set; rest >= 1; number++, rest = Math.floor(rest / 2))
    if (rest % 2) names.push(CAPABILITIES[number] ?? String(number));
  return names;
}

/** A set as a person reads it: none, all, names, or all but the few that are missing. @param {number} set */
export function sayCapabilities(set) {
  const held = namesOf(set);
  const missing = CAPABILITIES.filter((name) => !held.includes(name));
  if (!held.length) return t("none");
  if (!missing.length) return t("all");
  return held.length <= 2 * missing.length ? held.join(" ") : t("all but {names}", { names: missing.join(" ") });
}

/** What a set allows beyond the process itself, in words. @param {number} set @return {string[]} */
export function sayMay(set) {
  return namesOf(set)
    .filter((name) => name in MAY)
    .map((name) => t(MAY[name]));
}

/** @param {string} mode */
export function saySeccomp(mode) {
  return mode in SECCOMP ? t(SECCOMP[mode]) : mode;
}

/** What Docker gives without being asked. @type {Record<string, string[]>} */
const GIVEN = {
  docker: upper(
    ..."chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot".split(" "),
    ..."mknod audit_write setfcap".split(" "),
  ),
};

const ALL = CAPABILITIES.map((name) => name.toUpperCase());

/**
 * How what a container may do differs from what was declared. What counts is the bounding set: an ordinary user in it
 * holds nothing, and yet a program can gain as much. Null where it is not known, or where nothing is known of what its
 * engine gives.
 * @param {State} state
 * @param {Container} container
 * @param {Process[]} processes  of the container
 * @return {Held|null}
 */
export function heldBy(state, container, processes) {
  const first = processes.find(({ pid }) => pid === container.init_pid);
  const given = GIVEN[container.engine];
  if (!first?.confinement || !container.declared || !given) return null;
  const asked = askedFor(container.declared, given);
  const ceiling = ceilingOf(state);
  const own = boundsOf([first]);
  const most = boundsOf(processes.filter(({ namespaces }) => namespaces.user === first.namespaces.user));
  const beyond = [...most].filter((name) => !asked.has(name));
  const lacking = [...asked].filter((name) => !own.has(name) && ceiling.has(name));
  return {
    beyond: beyond.length > 0 && [...ceiling].every((name) => most.has(name)) ? ["ALL"] : beyond,
    lacking: lacking.length > 0 && own.size === 0 ? ["ALL"] : lacking,
    inside: state.namespaces.get(first.namespaces.user ?? "")?.initial === false,
  };
}

/** The capabilities that a container was declared to have. @param {Declared} declared @param {string[]} given */
function askedFor({ privileged, cap_add, cap_drop }, given) {
  if (privileged) return new Set(ALL);
  const [added, dropped] = [cap_add ?? [], cap_drop ?? []].map((names) => names.map(shortName));
  const asked = new Set(added.includes("ALL") ? ALL : dropped.includes("ALL") ? [] : given);
  for (const name of dropped) asked.delete(name);
  for (const name of added) if (name !== "ALL") asked.add(name);
  return asked;
}

/** Those that this host has at all: what a process outside of containers can gain. @param {State} state */
function ceilingOf(state) {
  return boundsOf([...state.processes.values()].filter(({ container }) => container === null));
}

/** What any of these processes has or can gain. @param {Process[]} processes @return {Set<string>} */
function boundsOf(processes) {
  const sets = new Set(processes.flatMap(({ confinement: held }) => (held ? [held.bounding, held.permitted] : [])));
  return new Set([...sets].flatMap((set) => upper(...namesOf(set))));
}

/** A capability as it is named when it is added: NET_ADMIN for CAP_NET_ADMIN. @param {string} name */
export function shortName(name) {
  return name.replace(/^CAP_/i, "").toUpperCase();
}

/** @param {string[]} names */
function upper(...names) {
  return names.map((name) => name.toUpperCase());
}
