/** Every sentence the page says about the model: one place, so that it can be said in another language. */

/** @typedef {import("./shapes.js").NamespaceType} NamespaceType */
/** @typedef {import("./shapes.js").Role} Role */

/** The letter that stands for a type wherever its colour does. @type {Record<NamespaceType, string>} */
export const LETTERS = { mnt: "M", uts: "U", ipc: "I", pid: "P", net: "N", user: "R", cgroup: "C", time: "T" };

/** @type {Record<NamespaceType, {name: string, isolates: string}>} */
export const TYPE_WORDS = {
  mnt: { name: "Mount", isolates: "which file systems are mounted, and where" },
  uts: { name: "UTS", isolates: "the host name and domain name" },
  ipc: { name: "IPC", isolates: "System V IPC objects and POSIX message queues" },
  pid: { name: "PID", isolates: "process numbers: pid 1 inside is another pid outside" },
  net: { name: "Network", isolates: "interfaces, addresses, routes, ports and firewall rules" },
  user: { name: "User", isolates: "user and group ids, and the capabilities that go with them" },
  cgroup: { name: "Cgroup", isolates: "the view of the cgroup tree" },
  time: { name: "Time", isolates: "the monotonic and boot clocks" },
};

/** @type {Record<Role, {name: string, does: string}>} */
export const ROLE_WORDS = {
  daemon: { name: "daemon", does: "Answers the engine’s API: it builds, names and starts containers, and asks the manager to run them." },
  manager: { name: "manager", does: "Keeps images and running containers for the daemon, and starts one shim for each." },
  shim: { name: "shim", does: "Stands between manager and container: holds its streams and its exit status, so the manager may restart." },
  init: { name: "init", does: "The first process of the container: pid 1 inside its pid namespace. When it ends, the container ends." },
  exec: { name: "exec", does: "Started inside the running container by exec: it hangs off the shim, not off the container’s init." },
  child: { name: "child", does: "A descendant of the container’s init." },
  proxy: { name: "proxy", does: "Forwards a published port of the host to a container." },
};

export const VIA_WORDS = {
  parent: "parent: the kernel says who started it",
  runtime: "runtime: it is managed by, but is not a child of",
};

/** @type {Record<string, string>} */
export const WHY_WORDS = {
  forbidden: "the kernel does not permit the agent to read it",
  gone: "ended, or did not answer, while it was read",
  malformed: "not in the form the kernel documents",
  unsupported: "this kernel or this machine does not have it",
};

/** How a namespace of a container or process stands to the others. */
export const HOW_WORDS = {
  own: "its own",
  shared: "shared with others",
  host: "the host’s",
  unknown: "could not be read",
};

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
