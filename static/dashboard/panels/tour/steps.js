/** The six steps of the tour: what each points at, and what it says. */

import { mark } from "../../base/i18n.js";

/**
 * @typedef {object} Step
 * @property {string[]} targets  ids of elements; the first one that is visible is pointed at
 * @property {string} title
 * @property {string} text
 */

/** @type {Step[]} */
export const STEPS = [
  {
    targets: ["graph-box", "stage"],
    title: mark("A box is a container"),
    text: mark(
      "The dashed box is the host. Each dot is a process. Read from left to right who started whom: " +
        "daemon, manager, shim, init, children.",
    ),
  },
  {
    targets: ["filters", "filters-open", "stage"],
    title: mark("Namespaces isolate, cgroups limit"),
    text: mark(
      "A namespace decides what a process sees, a cgroup how much it may use. Each letter is one of the " +
        "eight types of namespaces: filled is its own, ringed is shared with others, hollow is the host’s. " +
        "Lines join what shares one.",
    ),
  },
  {
    targets: ["views"],
    title: mark("One host, four views"),
    text: mark(
      "The graph shows who shares with whom, chains who started whom, the matrix all containers by type, " +
        "the table every process. Selection, search and moment stay when you change the view.",
    ),
  },
  {
    targets: ["search-box"],
    title: mark("Search containers and processes"),
    text: mark(
      "Type a name, or a condition: host:net, memory>500m, state:exited. The list below completes what " +
        "you type. Press / to get here.",
    ),
  },
  {
    targets: ["details", "stage"],
    title: mark("Select something to read about it"),
    text: mark(
      "Click a box or a dot. You see with whom it shares each namespace, its history, and commands to " +
        "paste into a terminal.",
    ),
  },
  {
    targets: ["timeline", "stage"],
    title: mark("Everything is kept"),
    text: mark(
      "Drag along the timeline to look at the past. Drag with Shift, or press Compare, to see what " +
        "changed between two moments.",
    ),
  },
];
