/**
 * Masks states: pseudonyms replace the names of hosts, containers, images and programs. One name has the same
 * pseudonym in every state. Pure.
 */

/**
 * @typedef {import("../model/types.js").HostState} HostState
 * @typedef {import("../model/types.js").Declared} Declared
 * @typedef {import("../model/types.js").Container} Container
 */

/** The label by which Docker Compose marks the containers of a project. */
const PROJECT = "com.docker.compose.project";

/** The Compose project of a container; empty where it has none. @param {Container} container @return {string} */
export const projectOf = ({ labels }) => labels[PROJECT] ?? "";

/** The modes that Docker itself names: they contain no name of a user. */
const MODES = new Set(["", "default", "bridge", "host", "none", "private", "shareable"]);

/** The kernel's own threads are called the same on every host. @param {import("../model/types.js").Process} process */
const isKernel = ({ pid, ppid, cmdline }) => (pid === 2 || ppid === 2) && cmdline.length === 0;

/**
 * Command lines, cgroup paths and labels but the Compose project are left out; numbers, types and roles stay.
 * @param {HostState[]} states of one host
 * @return {HostState[]}
 */
export function maskStates(states) {
  const containers = states.flatMap((state) => state.containers);
  const pseudonyms = {
    containers: numbered(
      "container",
      [...containers].sort(byName).map(({ id }) => id),
    ),
    projects: numbered("project", containers.map(projectOf).filter(Boolean).sort()),
    images: numbered("image", containers.map(({ image }) => image).sort()),
    networks: numbered(
      "network",
      containers
        .map(({ declared }) => declared?.network ?? "")
        .filter(isNamed)
        .sort(),
    ),
    programs: numbered(
      "process",
      states.flatMap((state) =>
        state.processes
          .filter((process) => !isKernel(process))
          .sort((a, b) => a.pid - b.pid)
          .map(({ comm }) => comm),
      ),
    ),
  };
  return states.map((state) => maskState(state, pseudonyms));
}

/**
 * @typedef {object} Pseudonyms  by what they replace
 * @property {Map<string, string>} containers
 * @property {Map<string, string>} projects
 * @property {Map<string, string>} images
 * @property {Map<string, string>} networks
 * @property {Map<string, string>} programs
 */

/** @param {HostState} state @param {Pseudonyms} pseudonyms @return {HostState} */
function maskState(state, { containers, projects, images, networks, programs }) {
  const known = (/** @type {Map<string, string>} */ map, /** @type {string} */ name) => map.get(name) ?? "";
  return {
    ...state,
    host: { machine_id: "", boot_id: "", hostname: "host-1", kernel: "" },
    processes: state.processes.map((process) => ({
      ...process,
      comm: isKernel(process) ? process.comm : known(programs, process.comm),
      cmdline: [],
      cgroup: null,
    })),
    namespaces: state.namespaces.map((space) => ({ ...space, holders: space.holders?.map(maskHolders) })),
    containers: state.containers.map((container) => ({
      ...container,
      name: known(containers, container.id),
      image: known(images, container.image),
      labels: maskLabels(container, projects),
      declared: container.declared && maskDeclared(container.declared, containers, networks),
    })),
  };
}

/** Paths of mounts name containers and users. @param {import("../model/types.js").Holders} holders */
function maskHolders(holders) {
  const some = holders.some.map((holder) => (holders.kind === "mount" ? { ...holder, name: "…" } : holder));
  return { ...holders, some };
}

/** @param {Container} container @param {Map<string, string>} projects @return {Record<string, string>} */
function maskLabels(container, projects) {
  const project = projects.get(projectOf(container));
  return project ? { [PROJECT]: project } : {};
}

/**
 * "container:web" names another container; a network may have any name.
 * @param {Declared} declared
 * @param {Map<string, string>} containers
 * @param {Map<string, string>} networks
 * @return {Declared}
 */
function maskDeclared(declared, containers, networks) {
  const mask = (/** @type {string} */ mode) => {
    if (MODES.has(mode)) return mode;
    const [kind, whose = ""] = mode.split(":");
    return kind === "container" || kind === "ns"
      ? `${kind}:${containers.get(whose) ?? "…"}`
      : (networks.get(mode) ?? "…");
  };
  const { network, pid, ipc, uts, userns, cgroupns } = declared;
  return {
    ...declared,
    network: mask(network),
    pid: mask(pid),
    ipc: mask(ipc),
    uts: mask(uts),
    userns: mask(userns),
    cgroupns: mask(cgroupns),
  };
}

/** @param {string} mode */
const isNamed = (mode) => !MODES.has(mode) && !mode.includes(":");

/** @param {{name: string, id: string}} a @param {{name: string, id: string}} b */
const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * "container-01", numbered in the order of first appearance, with leading zeros so that they sort.
 * @param {string} word
 * @param {string[]} names
 */
function numbered(word, names) {
  const distinct = [...new Set(names)];
  const width = String(distinct.length).length;
  return new Map(distinct.map((name, index) => [name, `${word}-${String(index + 1).padStart(width, "0")}`]));
}
