/** What an engine says of the run of a container, in words. Pure. */

import { mark, t } from "../base/i18n.js";

/**
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Port} Port
 * @typedef {import("./store.js").State} State
 */

const EVERYWHERE = new Set(["0.0.0.0", "::"]);
/** @type {Record<string, string>} */
const HEALTH = {
  starting: mark("starting: its check has not succeeded yet"),
  healthy: mark("healthy"),
  unhealthy: mark("unhealthy"),
};

/**
 * "exit 137, out of memory"; empty where nothing is known.
 * @param {{exit_code?: number|null, oom_killed?: boolean|null}} run
 */
export function sayEnd({ exit_code: code, oom_killed: killed }) {
  const told = [code === null || code === undefined ? null : t("exit {code}", { code }), killed && t("out of memory")];
  return told.filter(Boolean).join(", ");
}

/** "exited, exit 137, out of memory". @param {Container} container */
export function sayRun(container) {
  return [container.state || t("state unknown"), sayEnd(container), sick(container)].filter(Boolean).join(", ");
}

/** @param {Container} container */
const sick = ({ health }) => health && health in HEALTH && health !== "healthy" && t(HEALTH[health]);

/** Null where it has no check, or none is known. @param {Container} container */
export function sayHealth({ health }) {
  return !health || health === "none" ? null : health in HEALTH ? t(HEALTH[health]) : health;
}

/** "8080→80/tcp", with the address before it where it is not every one. @param {Port} port */
export function sayPort(port) {
  const host = port.host_ip.includes(":") ? `[${port.host_ip}]` : port.host_ip;
  const outside = EVERYWHERE.has(port.host_ip) ? String(port.host_port) : `${host}:${port.host_port}`;
  return `${outside}→${port.container_port}/${port.protocol}`;
}

/** The container and the port that a docker-proxy serves. @param {State} state @param {number} pid */
export function servedBy(state, pid) {
  for (const container of state.containers.values())
    for (const port of container.ports ?? []) if (port.proxy === pid) return { container, port };
  return null;
}
