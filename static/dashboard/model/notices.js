/**
 * What a reader should know before reading on, and what to do about it: one notice at a time, the gravest first. Pure.
 */

import { t } from "../base/i18n.js";

/**
 * @typedef {{name: string, title: string, text: string, command: string}} Notice
 * @typedef {object} Standing
 * @property {import("./store.js").State} state
 * @property {boolean} live  the page shows now, not the past
 * @property {boolean} silent  nothing was heard of the host for several intervals
 * @property {boolean} imported
 */

const BLIND_SHARE = 0.2; // so much of a host unread deserves a notice, not only a number

/**
 * Three looks at the host without a word, and some patience.
 * @param {number} heardAt
 * @param {number} now both in milliseconds
 * @param {number} interval seconds from look to look
 */
export function isSilent(heardAt, now, interval) {
  return (now - heardAt) / 1000 > interval * 3 + 2;
}

/** @param {Standing} standing @return {Notice|null} */
export function noticeOf({ state, live, silent, imported }) {
  if (live && silent && !imported) return agentAway();
  if (isBlind(state)) return unprivileged(state);
  if (state.containers.size === 0) return noContainers(state);
  return engineWhy(state) ? engineSilent(state) : null;
}

/** @return {Notice} */
function agentAway() {
  return {
    name: "agent",
    title: t("The agent is silent."),
    text: t(
      "You see what it saw last. On its host, see whether it runs; what it records meanwhile arrives when it is back.",
    ),
    command: "pgrep -af 'manage.py agent'",
  };
}

/** @param {import("./store.js").State} state @return {Notice} */
function unprivileged(state) {
  const count = unread(state).size;
  return {
    name: "privileges",
    title: t("The agent may not read everything."),
    text: t(
      "{count} of {all} processes could not be read in full. Only root sees the namespaces of other users’ processes.",
      { count, all: state.processes.size },
    ),
    command: "sudo make run",
  };
}

/** @param {import("./store.js").State} state @return {Notice} */
function noContainers(state) {
  const why = engineWhy(state);
  if (why) return { ...engineSilent(state), title: t("No containers: Docker does not answer.") };
  return {
    name: "containers",
    title: t("No containers on this host yet."),
    text: t("They appear as soon as one starts. A handful of samples to look at:"),
    command: "make demo",
  };
}

/** @param {import("./store.js").State} state @return {Notice} */
function engineSilent(state) {
  const why = engineWhy(state);
  const title = t("Docker does not answer.");
  if (why === "forbidden")
    return {
      name: "docker",
      title,
      text: t(
        "The agent may not use Docker’s socket: names, images and declared modes are missing. " +
          "Run it as root, or in the group docker.",
      ),
      command: "sudo make run",
    };
  if (why === "unsupported")
    return {
      name: "docker",
      title,
      text: t("There is no Docker on this host. Containers of other engines show by their cgroups."),
      command: "",
    };
  return {
    name: "docker",
    title,
    text: t("Containers show by their cgroups; names and images come back with it."),
    command: "systemctl status docker",
  };
}

/** Why the engine told nothing; null where it did. @param {import("./store.js").State} state */
function engineWhy(state) {
  return [...state.gaps.values()].find((gap) => gap.pid === null && gap.what === "docker")?.why ?? null;
}

/** The processes of which something is forbidden. @param {import("./store.js").State} state */
function unread(state) {
  return new Set(
    [...state.gaps.values()].filter((gap) => gap.pid !== null && gap.why === "forbidden").map((gap) => gap.pid),
  );
}

/** @param {import("./store.js").State} state */
function isBlind(state) {
  return unread(state).size > Math.max(3, state.processes.size * BLIND_SHARE);
}
