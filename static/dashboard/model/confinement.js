/** What a process may do: capabilities by name and in words. See capabilities(7). Pure. */

import { mark, t } from "../base/i18n.js";

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
