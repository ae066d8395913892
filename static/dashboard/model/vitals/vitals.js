/** What the host and its processes use now, as it arrives with the metrics. Pure. */

import { t } from "../../base/i18n.js";
import { sayLength } from "../../base/times.js";
import { sayBytes } from "../field-text.js";

/**
 * @typedef {import("../types.js").Process} Process
 * @typedef {import("../types.js").HostVitals} HostVitals
 *
 * @typedef {object} ProcessUse  what a process used when it was read; null: not known
 * @property {number} at  when it was read, in milliseconds, by the clock of the agent
 * @property {number|null} cpu  percent of one core
 * @property {number|null} rss  bytes
 * @property {number|null} threads
 * @property {number|null} files
 *
 * @typedef {object} Vitals
 * @property {HostVitals|null} host  null: no agent told them
 * @property {Map<string, ProcessUse>} processes  by key; a process that was not read yet is not among them
 * @property {number} at  of the newest message, in milliseconds, by the clock of the agent
 */

/** @type {Vitals} */
export const NO_VITALS = { host: null, processes: new Map(), at: 0 };

/**
 * The vitals after a message. Processes that are not read this time keep what they used; those that ended are dropped.
 * @param {Vitals} before
 * @param {import("../types.js").Metrics} metrics
 * @param {Map<string, Process>} alive
 * @return {Vitals}
 */
export function vitalsAfter(before, metrics, alive) {
  const at = Date.parse(metrics.taken_at);
  const processes = new Map([...before.processes].filter(([key]) => alive.has(key)));
  for (const [key, read] of Object.entries(metrics.processes ?? {})) {
    if (!alive.has(key)) continue;
    const { cpu = null, rss_bytes: rss = null, threads = null, files = null } = read;
    processes.set(key, { at: at - (read.age_s ?? 0) * 1000, cpu, rss, threads, files });
  }
  return { host: metrics.host ?? null, processes, at };
}

/**
 * Those of the processes that use most: by processors, then by memory.
 * @param {Iterable<Process>} processes
 * @param {Vitals} vitals
 * @param {number} most
 * @return {{process: Process, use: ProcessUse}[]}
 */
export function topOf(processes, vitals, most) {
  const found = [];
  for (const process of processes) {
    const use = vitals.processes.get(process.key);
    if (use && (use.cpu !== null || use.rss !== null)) found.push({ process, use });
  }
  return found
    .sort(({ use: a }, { use: b }) => (b.cpu ?? -1) - (a.cpu ?? -1) || (b.rss ?? -1) - (a.rss ?? -1))
    .slice(0, most);
}

/** "12.5%", of one core. @param {number} percent */
export const sayPercent = (percent) => `${percent.toFixed(percent < 10 ? 1 : 0)}%`;

/** "1.2 MiB/s". @param {number|null} rate */
export const sayRate = (rate) => (rate === null ? t("not known") : `${sayBytes(rate)}/s`);

/** How long ago it was read. @param {ProcessUse} use @param {Vitals} vitals */
export function sayAge(use, vitals) {
  return t("read {length} ago", { length: sayLength(Math.max(0, Math.round((vitals.at - use.at) / 1000))) });
}

/** The name of an account, beside its number. @param {number} uid @param {HostVitals|null|undefined} host */
export function sayAccount(uid, host) {
  const name = host?.names?.[String(uid)] ?? (uid === 0 ? "root" : null);
  return name === null ? String(uid) : `${uid} (${name})`;
}

/** What the host uses as a point of the charts. @param {HostVitals} host @param {number} at */
export function pointOf({ cpu, cores, memory_total: total, memory_available: available }, at) {
  return {
    at,
    cpu: cpu == null || cores == null ? null : (cpu / 100) * cores,
    memory: total == null || available == null ? null : Math.max(0, total - available),
    pids: null,
  };
}
