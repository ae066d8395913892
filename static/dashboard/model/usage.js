/**
 * What containers used in the last minutes, in readable units and as shares of their limits. Pure.
 */

import { mark, t } from "../base/i18n.js";
import { sayBytes } from "./field-text.js";

/**
 * @typedef {import("./store.js").Load} Load
 * @typedef {import("./types.js").Container} Container
 * @typedef {"memory"|"cpu"|"pids"} What
 * @typedef {{at: number, memory: number|null, cpu: number|null, pids: number|null}} Point `at`: when it came, in
 *   milliseconds
 * @typedef {{share: number, limited: boolean, words: string}} Fill `share`: of the limit, or where there is none, of
 *   the one that uses most
 */

export const WHATS = /** @type {const} */ (["memory", "cpu", "pids"]);
/** @type {Record<What, string>} */
export const WHAT_WORDS = { memory: mark("memory"), cpu: mark("CPU"), pids: mark("tasks") };

const KEPT_MS = 5 * 60_000;
const MOST_POINTS = 200; // of one container
const STALE_MS = 15_000;

/** @typedef {ReturnType<typeof createUsage>} Usage */

/** Keeps the measurements of the last minutes. */
export function createUsage() {
  /** @type {Map<string, Point[]>} */
  const series = new Map();
  /** @type {Point[]} */
  let host = [];
  let heardAt = 0;

  return {
    /**
     * Take what all containers use now. The measurements of other containers are dropped.
     * @param {Map<string, Load>} loads
     * @param {number} now
     */
    note(loads, now) {
      heardAt = now;
      for (const id of series.keys()) if (!loads.has(id)) series.delete(id);
      for (const [id, load] of loads) {
        const kept = (series.get(id) ?? []).filter(({ at }) => at > now - KEPT_MS).slice(1 - MOST_POINTS);
        series.set(id, [...kept, { at: now, memory: usedOf(load, "memory"), cpu: load.cores, pids: load.now.pids }]);
      }
    },
    /** Take what the host uses now. @param {Point} point */
    noteHost(point) {
      host = [...host.filter(({ at }) => at > point.at - KEPT_MS).slice(1 - MOST_POINTS), point];
    },
    /** What the host used, oldest first. @return {Point[]} */
    ofHost: () => host,
    /** @param {string} id @return {Point[]} oldest first */
    of: (id) => series.get(id) ?? [],
    /** All containers together, at each moment. @return {Point[]} */
    sum() {
      /** @type {Map<number, Point>} */
      const sums = new Map();
      for (const points of series.values()) {
        for (const { at, ...used } of points) {
          const sum = sums.get(at) ?? { at, memory: null, cpu: null, pids: null };
          for (const what of WHATS) if (used[what] !== null) sum[what] = (sum[what] ?? 0) + used[what];
          sums.set(at, sum);
        }
      }
      return [...sums.values()].sort((a, b) => a.at - b.at);
    },
    /** Since when no measurement came, if that is too long; null otherwise. @param {number} now */
    staleSince: (now) => (heardAt && now - heardAt > STALE_MS ? heardAt : null),
    forget() {
      series.clear();
      host = [];
      heardAt = 0;
    },
  };
}

/**
 * @param {Container|undefined} container
 * @param {What} what
 * @return {number|null} null: none is set, or none is known
 */
export function limitOf(container, what) {
  const limits = container?.limits;
  if (!limits) return null;
  return (what === "memory" ? limits.memory_bytes : what === "cpu" ? limits.cpu_cores : limits.pids) ?? null;
}

/** @param {Load|undefined} load @param {What} what @return {number|null} */
export function usedOf(load, what) {
  if (!load) return null;
  return what === "memory" ? memoryInUse(load.now) : what === "cpu" ? load.cores : load.now.pids;
}

/** The page cache is not in use: the kernel gives it back at need. @param {import("./types.js").Usage} now */
export function memoryInUse({ memory_bytes: all, cache_bytes: cache }) {
  return all === null ? null : Math.max(0, all - (cache ?? 0));
}

/** "41.2 MiB", "0.25 cores", "12". @param {number} value @param {What} what */
export function sayAmount(value, what) {
  if (what === "memory") return sayBytes(value);
  return what === "cpu" ? t("{count} cores", { count: value.toFixed(value < 10 ? 2 : 1) }) : String(Math.round(value));
}

/**
 * "41.2 MiB of 128 MiB, 32%", or that there is no limit.
 * @param {number|null} used
 * @param {number|null|undefined} limit undefined: there can be none
 * @param {What} what
 */
export function sayUse(used, limit, what) {
  if (limit === undefined) return used === null ? t("not known") : sayAmount(used, what);
  if (used === null) return limit === null ? t("not known") : t("limit {limit}", { limit: sayAmount(limit, what) });
  if (limit === null) return t("{used}, no limit", { used: sayAmount(used, what) });
  return t("{used} of {limit}, {share}%", {
    used: sayAmount(used, what),
    limit: sayAmount(limit, what),
    share: String(Math.round((used / limit) * 100)),
  });
}

/**
 * The usage of each container as a share.
 * @param {Map<string, Container>} containers
 * @param {Map<string, Load>} loads
 * @param {What} what
 * @return {Map<string, Fill>}
 */
export function fillsOf(containers, loads, what) {
  const used = new Map([...containers.keys()].map((id) => [id, usedOf(loads.get(id), what)]));
  const most = Math.max(0, ...[...used.values()].map((value) => value ?? 0));
  /** @type {Map<string, Fill>} */
  const fills = new Map();
  for (const [id, value] of used) {
    if (value === null) continue;
    const limit = limitOf(containers.get(id), what);
    const share = limit ? value / limit : most ? value / most : 0;
    fills.set(id, {
      share: Math.min(1, share),
      limited: limit !== null,
      words: limit ? `${Math.round((value / limit) * 100)}%` : sayAmount(value, what),
    });
  }
  return fills;
}

/**
 * The positions of a chart's points.
 * @param {Point[]} points
 * @param {What} what
 * @param {{width: number, height: number, limit: number|null, now: number}} chart
 */
export function plot(points, what, { width, height, limit, now }) {
  const known = points.filter((point) => point[what] !== null);
  const highest = Math.max(0, ...known.map((point) => Number(point[what])));
  // A limit far above what is used would flatten the line: it is then not drawn.
  const top = limit !== null && limit <= highest * 4 ? Math.max(limit, highest) : highest;
  const scale = (top || 1) * 1.1;
  const x = (/** @type {number} */ at) => width * (1 - (now - at) / KEPT_MS);
  const y = (/** @type {number} */ value) => height - (value / scale) * height;
  return {
    spots: known.map((point) => ({
      x: x(point.at),
      y: y(Number(point[what])),
      at: point.at,
      value: Number(point[what]),
    })),
    limitAt: limit !== null && limit <= scale ? y(limit) : null,
  };
}
