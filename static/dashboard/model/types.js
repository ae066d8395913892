/**
 * The shapes of the facts, as `manage.py scan --json` prints them and `/api/v1` serves them.
 *
 * @typedef {"mnt"|"uts"|"ipc"|"pid"|"net"|"user"|"cgroup"|"time"} NamespaceType
 * @typedef {"daemon"|"manager"|"shim"|"init"|"exec"|"child"|"proxy"} Role
 * @typedef {Record<NamespaceType, string|null>} NamespaceSet
 *
 * @typedef {object} Confinement  bit n of a set is capability n; see confinement.js
 * @property {number} effective
 * @property {number} permitted
 * @property {number} inheritable
 * @property {number} bounding
 * @property {number} ambient
 * @property {string} seccomp  none, strict, filter
 * @property {boolean|null} no_new_privs  null: not known
 * @property {number} euid
 * @property {number} suid
 * @property {number|null} [loginuid]  4294967295: nobody signed in; null: not known
 * @property {string|null} [label]  of a security module; "": none labels processes; null: not known
 *
 * @typedef {object} Process
 * @property {string} key
 * @property {number} pid
 * @property {number} ppid
 * @property {number} start_ticks
 * @property {string} comm
 * @property {string[]} cmdline
 * @property {number|null} uid
 * @property {number[]} nspid  outermost first
 * @property {string|null} cgroup
 * @property {string|null} container  the engine's full id
 * @property {Role|null} role
 * @property {NamespaceSet} namespaces  equal sets are the same object, see store.js
 * @property {string|null} [state]  alive, stopped, zombie; null: not told
 * @property {string|null} [entered]  the container whose namespaces it is in without belonging to it
 * @property {Confinement|null} [confinement]  null: not known
 *
 * @typedef {"thread"|"descriptor"|"socket"|"mount"|"pid_for_children"|"time_for_children"} HolderKind
 * @typedef {object} Holder  one thing that keeps a namespace alive
 * @property {number|null} pid  null for a mount
 * @property {string|null} mount_namespace  where a mount is; null for the others
 * @property {string} name  mount: its path; descriptor, socket: its number; the others: the thread's id
 * @typedef {{kind: HolderKind, count: number, some: Holder[]}} Holders  `some`: the first ones
 *
 * @typedef {object} Namespace
 * @property {string} key
 * @property {NamespaceType} type
 * @property {number} inode
 * @property {number|null} ns_id
 * @property {boolean} initial
 * @property {string|null} owner
 * @property {string|null} parent
 * @property {number} processes  derived: how many processes live in it
 * @property {Holders[]} [holders]  each kind once; empty: none but its processes and the namespaces in it was seen
 *
 * @typedef {object} Declared
 * @property {string} network
 * @property {string} pid
 * @property {string} ipc
 * @property {string} uts
 * @property {string} userns
 * @property {string} cgroupns
 * @property {boolean} privileged
 * @property {string[]} [cap_add]
 * @property {string[]} [cap_drop]
 * @property {string} [source]  the file that told it; empty: the engine’s API
 *
 * @typedef {{memory_bytes: number|null, cpu_cores: number|null, pids: number|null, memory_from?: string,
 *   cpu_from?: string, pids_from?: string}} Limits  the smallest up to the root; from: a cgroup above; empty: its own
 * @typedef {object} Usage
 * @property {number|null} memory_bytes  with the page cache
 * @property {number|null} cpu_usec
 * @property {number|null} pids  tasks: processes and their threads
 * @property {number|null} [cache_bytes]  page cache that is given back at need
 *
 * @typedef {object} Port  a port that the engine publishes on the host
 * @property {string} host_ip  0.0.0.0 and :: are every address
 * @property {number} host_port
 * @property {number} container_port
 * @property {string} protocol
 * @property {number|null} proxy  pid of the docker-proxy that serves it; null: none was seen
 *
 * @typedef {{id: string, name: string}} Pod  name: namespace/name in Kubernetes; empty: not known
 *
 * @typedef {object} Container
 * @property {string} id  64 hexadecimal digits, or engine:scope:name
 * @property {string} name
 * @property {string} image
 * @property {string} engine
 * @property {string} state
 * @property {number|null} init_pid
 * @property {number|null} shim_pid
 * @property {Record<string, string>} labels
 * @property {Declared|null} declared  null: no engine reported it
 * @property {Limits} [limits]
 * @property {number|null} [exit_code]  of its last run; null while it runs
 * @property {boolean|null} [oom_killed]
 * @property {number|null} [restarts]  by its restart policy
 * @property {string|null} [health]  none (it has no check), starting, healthy, unhealthy
 * @property {Port[]|null} [ports]
 * @property {string[]|null} [health_check]  the command line that checks it; empty: none
 * @property {"container"|"sandbox"|"system"} [kind]  sandbox: holds a pod's namespaces; system: LXC, systemd-nspawn
 * @property {string} [scope]  where its engine keeps it, if not in the usual place
 * @property {Pod|null} [pod]  null: in none, or not known
 *
 * @typedef {{pid: number, role: Role, via: "parent"|"runtime"|null}} ChainLink
 * @typedef {{container: string, links: ChainLink[]}} Chain
 * @typedef {{pid: number|null, what: string, why: "forbidden"|"gone"|"malformed"|"unsupported"|"slow"}} Gap
 * @typedef {{machine_id: string, boot_id: string, hostname: string, kernel: string,
 *   reader?: "kernel"|"procfs"|null, booted_at?: string|null}} HostInfo
 *
 * @typedef {object} HostState
 * @property {number} schema
 * @property {string} taken_at
 * @property {number} duration_ms
 * @property {HostInfo} host
 * @property {{processes: number, gaps: Gap[]}} coverage
 * @property {Namespace[]} namespaces
 * @property {Process[]} processes
 * @property {Container[]} containers
 * @property {Chain[]} chains
 *
 * @typedef {{key: string, set: Record<string, any>}} Patch
 * @typedef {{add?: any[], change?: Patch[], remove?: string[]}} Section
 *
 * @typedef {object} Diff
 * @property {"diff"} type
 * @property {string} host
 * @property {number} base
 * @property {number} seq
 * @property {string} taken_at
 * @property {number} [duration_ms]
 * @property {Section} [processes]
 * @property {Section} [namespaces]
 * @property {Section} [containers]
 * @property {Section} [chains]
 * @property {HostInfo|null} [host_info]
 * @property {{processes: number, add?: Gap[], remove?: Gap[]}|null} [coverage]
 * @property {string} [checksum]  of the state at `seq`
 * @property {number} [schema]  of the message and its checksum; left out: 1
 * @property {number} [age_ms]  how old the state was when this was sent
 * @property {number} [waiting]  frames that the agent has still to deliver
 *
 * @typedef {object} Heartbeat
 * @property {"heartbeat"} type
 * @property {number} seq
 * @property {string} taken_at
 * @property {string} [checksum]  of the state at `seq`
 * @property {number} [schema]  of the message and its checksum; left out: 1
 * @property {string} [whole_at]  the last full scan, where the agent scans partially in between
 * @property {number} [age_ms]  how old the state was when this was sent
 * @property {number} [waiting]  frames that the agent has still to deliver
 *
 * @typedef {object} Metrics
 * @property {"metrics"} type
 * @property {string} taken_at
 * @property {Record<string, Usage>} containers
 * @property {HostVitals|null} [host]
 * @property {Record<string, ProcessVitals>} [processes]  those that were read since the message before
 *
 * @typedef {object} ProcessVitals  what one process uses; left out or null: not known
 * @property {number} [age_s]  how long before the message it was read
 * @property {number|null} [cpu]  percent of one core
 * @property {number|null} [rss_bytes]
 * @property {number|null} [threads]
 * @property {number|null} [files]  open descriptors
 *
 * @typedef {{received: number|null, sent: number|null, physical: boolean}} Interface  bytes a second
 * @typedef {{name: string, terminal: string|null, origin: string|null, since: string}} SignedIn
 *
 * @typedef {object} HostVitals  what a host uses now; left out or null: not known
 * @property {number|null} [cores]
 * @property {number|null} [cpu]  percent of all cores
 * @property {[number, number, number]|null} [load]
 * @property {number|null} [memory_total]  bytes, as all that follow
 * @property {number|null} [memory_available]
 * @property {number|null} [swap_total]
 * @property {number|null} [swap_used]
 * @property {{path: string, total_bytes: number, free_bytes: number}|null} [disk]
 * @property {Record<string, Interface>} [interfaces]
 * @property {SignedIn[]|null} [signed_in]
 * @property {Record<string, string>} [names]  of accounts, by user id
 * @property {ProcessVitals|null} [agent]
 * @typedef {{type: "reset", seq: number}} ResetNotice
 * @typedef {{type: "trouble", text: string|null, since?: string}} Trouble  recording is interrupted; null: it works
 *
 * @typedef {object} HostRow  one entry of `GET /api/v1/hosts`
 * @property {string} id
 * @property {string} hostname
 * @property {string} kernel
 * @property {string} boot_id
 * @property {number} seq
 * @property {string} seen_at  when the newest state still held
 * @property {string} heard_at  when the agent last reported
 * @property {number} waiting  frames that it had still to deliver then
 * @property {boolean} away  the agent did not report for three intervals
 * @property {number} interval_s
 * @property {boolean} stale  the newest state is older than two intervals
 * @property {{version: string|null, schema: number, age: "older"|"same"|"newer"}|null} [agent]  null: none, imported
 * @property {number} processes
 * @property {number} containers
 * @property {{at: string, from: string}|null} [imported]  its history came as a file: it is never stale
 * @property {string|null} [problem]  why the row cannot be shown; nothing else of it is known then
 */

/** The newest schema that this page knows, see `inspector/facts/types.py`. */
export const SCHEMA = 3;

/** The eight types, in the kernel's order. @type {readonly NamespaceType[]} */
export const TYPES = ["mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time"];
