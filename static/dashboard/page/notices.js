/**
 * The notice above the view: the most severe problem of the host, and the command that helps. Pure.
 */

import { t } from "../base/i18n.js";

/**
 * @typedef {{name: string, title: string, text: string, command: string}} Notice
 * @typedef {object} Situation
 * @property {import("../model/store.js").State} state
 * @property {boolean} live  the page shows now, not the past
 * @property {boolean} silent  nothing came from the host for several intervals
 * @property {"open"|"lost"|"none"} line  to the server; lost: it is tried again; none: as with too many pages open
 * @property {boolean} imported
 */

const UNREADABLE_SHARE = 0.2; // from this share on a notice is shown, not only a number

/** @param {Situation} situation @return {Notice|null} */
export function noticeOf({ state, live, silent, line, imported }) {
  if (live && silent && line === "lost") return serverSilent();
  if (live && silent && line === "open" && !imported) return agentSilent();
  if (hidesProcesses(state)) return hidden(state);
  if (isMostlyUnreadable(state)) return unprivileged(state);
  if (state.containers.size === 0) return noContainers(state);
  return engineProblem(state) ? engineSilent(state) : null;
}

/** What the agent does is not known while the server is not heard. @return {Notice} */
function serverSilent() {
  return {
    name: "server",
    title: t("The server does not answer."),
    text: t(
      "The page shows the last state it received, and tries again. Whether the agent reports is not known: " +
        "what it records meanwhile is kept on its host.",
    ),
    command: "",
  };
}

/** @return {Notice} */
function agentSilent() {
  return {
    name: "agent",
    title: t("The agent does not report."),
    text: t(
      "The page shows its last report. Check on its host whether it runs. What it records " +
        "meanwhile arrives when it is back.",
    ),
    command: "pgrep -af 'manage.py agent'",
  };
}

/** @param {import("../model/store.js").State} state @return {Notice} */
function unprivileged(state) {
  const count = unreadable(state).size;
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

/** Whether there are processes that the agent cannot even count. @param {import("../model/store.js").State} state */
export function hidesProcesses(state) {
  return [...state.gaps.values()].some(({ pid, what }) => pid === null && what === "proc");
}

/** @param {import("../model/store.js").State} state @return {Notice} */
function hidden(state) {
  return {
    name: "hidden",
    title: t("The agent sees only some of the processes."),
    text: t(
      "It sees {count}. The kernel hides the others from its account (hidepid), or it runs in a container: " +
        "the numbers are of what it sees, not of the host.",
      { count: state.processes.size },
    ),
    command: "sudo make run",
  };
}

/** @param {import("../model/store.js").State} state @return {Notice} */
function noContainers(state) {
  const why = engineProblem(state);
  if (why) return { ...engineSilent(state), title: t("No containers: Docker does not answer.") };
  return {
    name: "containers",
    title: t("No containers on this host yet."),
    text: t("They appear as soon as one starts. A handful of samples to look at:"),
    command: "make demo",
  };
}

/** @param {import("../model/store.js").State} state @return {Notice} */
function engineSilent(state) {
  const why = engineProblem(state);
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
    title: why === "slow" ? t("Docker is slow: it has not answered yet.") : title,
    text: t("Until then containers are found by their cgroups, without names and images."),
    command: "systemctl status docker",
  };
}

/** Why the engine did not answer; null if it did. @param {import("../model/store.js").State} state */
function engineProblem(state) {
  return [...state.gaps.values()].find((gap) => gap.pid === null && gap.what === "docker")?.why ?? null;
}

/** The pids of the processes that the agent may not read in full. @param {import("../model/store.js").State} state */
function unreadable(state) {
  return new Set(
    [...state.gaps.values()].filter((gap) => gap.pid !== null && gap.why === "forbidden").map((gap) => gap.pid),
  );
}

/** @param {import("../model/store.js").State} state */
function isMostlyUnreadable(state) {
  return unreadable(state).size > Math.max(3, state.processes.size * UNREADABLE_SHARE);
}
