/** The page's words and sentences about the model, in one place. They are translated when they are read. */

import { list, mark, t } from "../base/i18n.js";

/** @typedef {import("./types.js").NamespaceType} NamespaceType */
/** @typedef {import("./types.js").Role} Role */

/** The letter that stands for a type wherever its colour does. @type {Record<NamespaceType, string>} */
export const LETTERS = { mnt: "M", uts: "U", ipc: "I", pid: "P", net: "N", user: "R", cgroup: "C", time: "T" };

/** @type {Record<NamespaceType, {name: string, isolates: string}>} */
export const TYPE_WORDS = {
  mnt: translated({ name: mark("Mount"), isolates: mark("which file systems are mounted, and where") }),
  uts: translated({ name: mark("UTS"), isolates: mark("the host name and domain name") }),
  ipc: translated({ name: mark("IPC"), isolates: mark("System V IPC objects and POSIX message queues") }),
  pid: translated({ name: mark("PID"), isolates: mark("process numbers: pid 1 inside is another pid outside") }),
  net: translated({ name: mark("Network"), isolates: mark("interfaces, addresses, routes, ports and firewall rules") }),
  user: translated({
    name: mark("User"),
    isolates: mark("user and group ids, and the capabilities that go with them"),
  }),
  cgroup: translated({ name: mark("Cgroup"), isolates: mark("the view of the cgroup tree") }),
  time: translated({ name: mark("Time"), isolates: mark("the monotonic and boot clocks") }),
};

/** The types as they stand in a sentence. @type {Record<NamespaceType, string>} */
export const TYPE_NOUNS = translated({
  mnt: mark("mount"),
  uts: mark("UTS"),
  ipc: mark("IPC"),
  pid: mark("PID"),
  net: mark("network"),
  user: mark("user"),
  cgroup: mark("cgroup"),
  time: mark("time"),
});

/** "mount, UTS and network". @param {NamespaceType[]} types */
export function sayTypes(types) {
  return list(types.map((type) => TYPE_NOUNS[type]));
}

/** "Network (net): isolates interfaces, …". @param {NamespaceType} type */
export function sayType(type) {
  return t("{name} ({type}): isolates {what}.", { name: TYPE_WORDS[type].name, type, what: TYPE_WORDS[type].isolates });
}

/** @type {Record<Role, {name: string, does: string}>} */
export const ROLE_WORDS = {
  daemon: translated({
    name: mark("daemon"),
    does: mark("Answers the engine’s API: it builds, names and starts containers, and asks the manager to run them."),
  }),
  manager: translated({
    name: mark("manager"),
    does: mark("Manages images and running containers for the daemon, and starts one shim for each container."),
  }),
  shim: translated({
    name: mark("shim"),
    does: mark("Holds the container’s streams and exit status, so that the manager may restart."),
  }),
  init: translated({
    name: mark("init"),
    does: mark("The first process of the container: pid 1 inside its pid namespace. When it ends, the container ends."),
  }),
  exec: translated({
    name: mark("exec"),
    does: mark("Started in the running container by exec. It is a child of the shim, not of the container’s init."),
  }),
  child: translated({ name: mark("child"), does: mark("A descendant of the container’s init.") }),
  proxy: translated({ name: mark("proxy"), does: mark("Forwards a published port of the host to a container.") }),
};

export const VIA_WORDS = translated({
  parent: mark("parent: the process before started it, as the kernel says"),
  runtime: mark("runtime: the process before manages it, but is not its parent"),
});

/** @type {Record<string, string>} */
export const WHY_WORDS = translated({
  forbidden: mark("the kernel does not permit the agent to read it"),
  gone: mark("ended, or did not answer, while it was read"),
  malformed: mark("not in the form the kernel documents"),
  unsupported: mark("this kernel or this machine does not have it"),
  slow: mark("it has not answered yet"),
});

/** How a namespace of a container or process is shared. */
export const HOW_WORDS = translated({
  own: mark("its own"),
  shared: mark("shared with others"),
  host: mark("the host’s"),
  unknown: mark("could not be read"),
});

export const FATE_WORDS = translated({ came: mark("came"), went: mark("went"), changed: mark("changed") });

/** The groups of a comparison. @type {Record<string, string>} */
export const GROUP_WORDS = translated({
  host: mark("Host"),
  containers: mark("Containers"),
  limits: mark("Limits"),
  sharing: mark("Sharing"),
  left: mark("Left behind"),
  moved: mark("Processes that changed namespace"),
  isolated: mark("Isolated without a container"),
  namespaces: mark("Namespaces"),
  processes: mark("Processes"),
  coverage: mark("What one side could not see"),
});

/** What a finding of a comparison says. @type {Record<string, string>} */
export const KIND_WORDS = translated({
  booted: mark("booted"),
  changed: mark("changed"),
  started: mark("started"),
  stopped: mark("stopped"),
  restarted: mark("restarted"),
  created: mark("created"),
  removed: mark("removed"),
  renamed: mark("renamed"),
  reconfigured: mark("reconfigured"),
  "sharing-began": mark("sharing began"),
  "sharing-ended": mark("sharing ended"),
  "left-began": mark("left behind"),
  "left-ended": mark("no longer left behind"),
  began: mark("began"),
  ended: mark("ended"),
  moved: mark("moved"),
  appeared: mark("appeared"),
  disappeared: mark("disappeared"),
  orphaned: mark("left behind without a process"),
  joined: mark("lived in again"),
  recreated: mark("re-created under the same number"),
  gone: mark("gone"),
  unseen: mark("unseen"),
  "seen-again": mark("seen again"),
  lost: mark("no longer readable"),
  regained: mark("readable again"),
  "short-lived": mark("short-lived"),
  usual: mark("with the host by default"),
  rebooted: mark("the host was booted in between"),
});

/**
 * The server's sentences about recording trouble (`dashboard/database_errors.py`). They are repeated here to be
 * translated.
 */
export const TROUBLES = [
  mark("The disk of the server is full: nothing is recorded until there is room."),
  mark("The database is locked by another program: nothing is recorded until it is unlocked."),
  mark("The disk of the server cannot be written: nothing is recorded until it can."),
  mark("The disk of the database server is full: nothing is recorded until there is room."),
  mark("The database server is read-only: nothing is recorded until it takes changes."),
  mark("The database server refuses connections, or is not running: nothing is recorded until it takes them."),
  mark("The database server has no connection left: nothing is recorded until one is free."),
  mark("The database server does not accept the user or password: nothing is recorded until it does."),
  mark("The database server is starting or stopping: nothing is recorded until it runs."),
  mark("The database does not answer: nothing is recorded until it does."),
];

/** The kinds of what is isolated without a container. */
export const ISOLATE_WORDS = translated({ service: mark("service"), sandbox: mark("sandbox") });

/** What is told of a process that does not simply live. @type {Record<string, string>} */
export const LIFE_WORDS = translated({
  zombie: mark("zombie: it has ended, and its parent has not asked for its exit status"),
  stopped: mark("stopped by a signal"),
});

/** What the fields of a process, namespace or container are called. @type {Record<string, string>} */
export const FIELD_WORDS = translated({
  ambient: mark("ambient capabilities"),
  bounding: mark("bounding set"),
  cgroup: mark("cgroup"),
  cgroupns: mark("cgroup mode"),
  cap_add: mark("capabilities added"),
  cap_drop: mark("capabilities dropped"),
  cmdline: mark("command line"),
  comm: mark("name"),
  confinement: mark("rights"),
  container: mark("container"),
  cpu_cores: mark("CPU limit"),
  cpu_from: mark("CPU limit set by"),
  declared: mark("declared"),
  effective: mark("capabilities"),
  engine: mark("engine"),
  entered: mark("entered"),
  euid: mark("effective user id"),
  exit_code: mark("exit code"),
  health: mark("health"),
  health_check: mark("health check"),
  holders: mark("held by"),
  image: mark("image"),
  inheritable: mark("inheritable capabilities"),
  init_pid: mark("pid of its init"),
  initial: mark("the host’s own"),
  inode: mark("inode"),
  ipc: mark("IPC mode"),
  kind: mark("kind"),
  labels: mark("labels"),
  limits: mark("limits"),
  loginuid: mark("signed in as"),
  memory_bytes: mark("memory limit"),
  memory_from: mark("memory limit set by"),
  name: mark("name"),
  namespaces: mark("namespaces"),
  network: mark("network mode"),
  no_new_privs: mark("no new privileges"),
  ns_id: mark("kernel id"),
  nspid: mark("pids, outside in"),
  oom_killed: mark("killed for memory"),
  owner: mark("owner"),
  parent: mark("parent"),
  permitted: mark("permitted capabilities"),
  pid: mark("pid"),
  pids: mark("limit of tasks"),
  pids_from: mark("limit of tasks set by"),
  pod: mark("pod"),
  ports: mark("published ports"),
  ppid: mark("pid of its parent"),
  privileged: mark("privileged"),
  restarts: mark("restarts by its policy"),
  role: mark("role"),
  scope: mark("kept in"),
  seccomp: mark("seccomp"),
  shim_pid: mark("pid of its shim"),
  source: mark("told by"),
  start_ticks: mark("start, in clock ticks"),
  state: mark("state"),
  suid: mark("saved user id"),
  type: mark("type"),
  uid: mark("user id"),
  userns: mark("user mode"),
  uts: mark("UTS mode"),
});

/**
 * "1 process", "12 processes", in the language in use.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return t(`{count} ${count === 1 ? one : many}`, { count });
}

/** How many there are of a kind of what is isolated without a container. @param {number} count @param {string} kind */
export function countedIsolates(count, kind) {
  return kind === "service" ? counted(count, "service") : counted(count, "sandbox", "sandboxes");
}

/**
 * Texts that are translated into the language in use whenever they are read.
 * @template {Record<string, string>} T
 * @param {T} texts
 * @return {Readonly<T>}
 */
function translated(texts) {
  const getters = Object.entries(texts).map(([name, text]) => [name, { get: () => t(text), enumerable: true }]);
  return Object.defineProperties(/** @type {any} */ ({}), Object.fromEntries(getters));
}
