/** The vitals of the host: charts of processors and memory, and what else it uses. */

import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { sayAgo, sayLength } from "../../base/times.js";
import { sayBytes } from "../../model/field-text.js";
import { sayPercent, sayRate } from "../../model/vitals/vitals.js";
import { chartsOf } from "../../widgets/charts.js";
import { facts, section } from "../../widgets/pieces.js";

/**
 * @typedef {import("../details/context.js").Context} Context
 * @typedef {import("../../model/types.js").HostVitals} HostVitals
 */

const INTERFACES = 6;

/** @param {Context} context @return {(HTMLElement|null)[]} nothing where no agent tells them, or not of this moment */
export function vitalsOf({ vitals, usage, state, zone }) {
  const { host } = vitals;
  if (!host) return [];
  const now = Date.now();
  const charts = chartsOf(t("What the host uses"), {
    points: usage?.ofHost() ?? [],
    limits: { memory: host.memory_total ?? null, cpu: host.cores ?? null, pids: null },
    staleSince: usage?.staleSince(now) ?? null,
    now,
    zone,
  });
  const { booted_at: booted } = state.host;
  const rows = facts([
    [
      t("up"),
      booted ? sayLength(Math.max(0, Math.round((Date.parse(state.taken_at) - Date.parse(booted)) / 1000))) : null,
    ],
    [t("load"), host.load ? host.load.map((one) => one.toFixed(2)).join(" · ") : null],
    [t("swap"), part(host.swap_used, host.swap_total)],
    [t("disk of the data"), host.disk ? h("span", { title: host.disk.path }, diskOf(host.disk)) : null],
    ...networkOf(host),
    [t("signed in"), signedIn(host, Date.parse(state.taken_at))],
    [t("the agent itself"), agentOf(host)],
  ]);
  return [charts, section(t("Vitals"), rows)];
}

/** "1.2 GiB of 4 GiB". @param {number|null|undefined} used @param {number|null|undefined} total */
function part(used, total) {
  if (used == null || total == null) return null;
  return total ? t("{used} of {total}", { used: sayBytes(used), total: sayBytes(total) }) : t("none");
}

/** @param {{total_bytes: number, free_bytes: number}} disk */
function diskOf({ total_bytes: total, free_bytes: free }) {
  return t("{free} free of {total}", { free: sayBytes(free), total: sayBytes(total) });
}

/** The interfaces through which most goes. @param {HostVitals} host @return {[string, string][]} */
function networkOf({ interfaces = {} }) {
  const flow = (/** @type {{received: number|null, sent: number|null}} */ one) => (one.received ?? 0) + (one.sent ?? 0);
  return Object.entries(interfaces)
    .sort(([, a], [, b]) => Number(b.physical) - Number(a.physical) || flow(b) - flow(a))
    .slice(0, INTERFACES)
    .map(([name, { received, sent }]) => [name, `↓ ${sayRate(received)} · ↑ ${sayRate(sent)}`]);
}

/** @param {HostVitals} host @param {number} now */
function signedIn({ signed_in: sessions }, now) {
  if (!sessions) return null;
  if (!sessions.length) return t("nobody");
  return h(
    "ul",
    { class: "ports" },
    sessions.map(({ name, terminal, origin, since }) =>
      h("li", null, [name, terminal, origin, sayAgo(Date.parse(since), now)].filter(Boolean).join(" · ")),
    ),
  );
}

/** @param {HostVitals} host */
function agentOf({ agent }) {
  if (!agent) return null;
  const { cpu, rss_bytes: rss, threads, files } = agent;
  const parts = [
    cpu == null ? null : t("{percent} of a core", { percent: sayPercent(cpu) }),
    rss == null ? null : sayBytes(rss),
    threads == null ? null : t("{count} threads", { count: threads }),
    files == null ? null : t("{count} open files", { count: files }),
  ];
  return parts.filter(Boolean).join(" · ") || null;
}
