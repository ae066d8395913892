/** Makes states in the public shape: one like the demo's six containers, or a crowd of any size. Deterministic. */

import { TYPES } from "../../../static/dashboard/model/types.js";

/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */
/** @typedef {import("../../../static/dashboard/model/types.js").NamespaceType} NamespaceType */

const BOOT = "5d1c7a90";

export class Builder {
  constructor() {
    /** @type {any[]} */ this.processes = [];
    /** @type {Map<string, any>} */ this.namespaces = new Map();
    /** @type {any[]} */ this.containers = [];
    /** @type {any[]} */ this.chains = [];
    /** @type {any[]} */ this.gaps = [];
    this.next = 4300;
    this.initial = this.spaces([...TYPES], true);
  }

  /** @param {NamespaceType[]} types @param {boolean} initial @return {any} */
  spaces(types, initial = false) {
    const made = Object.fromEntries(types.map((type) => [type, this.space(type, initial)]));
    return initial ? made : { ...this.initial, ...made };
  }

  /** @param {NamespaceType} type @param {boolean} initial */
  space(type, initial) {
    const ns_id = this.next++;
    const key = `${BOOT}:${type}:${ns_id}`;
    this.namespaces.set(key, {
      key,
      type,
      inode: 4026531000 + ns_id,
      ns_id,
      initial,
      owner: this.initial?.user ?? null,
      parent: null,
      processes: 0,
    });
    return key;
  }

  /** @param {number} pid @param {number} ppid @param {string} comm @param {any} [more] */
  process(pid, ppid, comm, more = {}) {
    const process = {
      key: `${BOOT}:${pid}:${pid * 10}`,
      pid,
      ppid,
      start_ticks: pid * 10,
      comm,
      cmdline: [comm],
      uid: 0,
      nspid: [pid],
      cgroup: more.container ? `/docker/${more.container}` : "/",
      container: null,
      role: null,
      namespaces: this.initial,
      ...more,
    };
    this.processes.push(process);
    return process;
  }

  /** @param {string} name @param {any} more */
  container(name, more) {
    const id = hex(name);
    this.containers.push({
      id,
      name,
      image: more.image ?? "local/busybox:1",
      engine: "docker",
      state: "running",
      init_pid: more.init,
      shim_pid: more.shim,
      labels: more.labels ?? {},
      declared: {
        network: "bridge",
        pid: "",
        ipc: "private",
        uts: "",
        userns: "",
        cgroupns: "host",
        privileged: false,
        cap_add: [],
        cap_drop: [],
        ...more.declared,
      },
      limits: { memory_bytes: more.memory ?? null, cpu_cores: more.cores ?? null, pids: null },
    });
    this.chains.push({
      container: id,
      links: [
        { pid: 812, role: "daemon", via: null },
        { pid: 820, role: "manager", via: "parent" },
        { pid: more.shim, role: "shim", via: "runtime" },
        { pid: more.init, role: "init", via: "parent" },
      ],
    });
    return id;
  }

  /** @return {HostState} */
  state() {
    for (const process of this.processes) {
      for (const type of TYPES) {
        const space = this.namespaces.get(process.namespaces[type]);
        if (space) space.processes += 1;
      }
    }
    const used = [...this.namespaces.values()];
    return {
      schema: 1,
      taken_at: "2026-03-02T09:00:00+00:00",
      duration_ms: 12.5,
      host: {
        machine_id: "4f1d2c3b4a5968778695a4b3c2d1e0ff",
        boot_id: "5d1c7a90-0000-4000-8000-000000000001",
        hostname: "build-07",
        kernel: "6.18.44",
      },
      coverage: { processes: this.processes.length, gaps: this.gaps },
      namespaces: used.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type) || (a.key < b.key ? -1 : 1)),
      processes: this.processes.sort((a, b) => a.pid - b.pid),
      containers: this.containers.sort((a, b) => (a.id < b.id ? -1 : 1)),
      chains: this.chains.sort((a, b) => (a.container < b.container ? -1 : 1)),
    };
  }
}

/** @param {string} text */
function hex(text) {
  let [value, out] = [2166136261, ""];
  for (let round = 0; out.length < 64; round++) {
    for (const letter of text + round) value = Math.imul(value ^ letter.charCodeAt(0), 16777619) >>> 0;
    out += value.toString(16).padStart(8, "0");
  }
  return out.slice(0, 64);
}

/** The host's own: init, kernel threads, services, the engine. @param {Builder} make */
export function host(make) {
  make.process(1, 0, "systemd", { cmdline: ["/sbin/init"] });
  make.process(2, 0, "kthreadd", { cmdline: [] });
  for (let pid = 3; pid < 60; pid++) make.process(pid, 2, `kworker/${pid}:0`, { cmdline: [] });
  for (const [index, comm] of [
    "systemd-journal",
    "cron",
    "sshd",
    "rsyslogd",
    "agetty",
    "dbus-daemon",
    "bash",
    "tmux: server",
    "sudo",
  ].entries())
    make.process(300 + index * 7, 1, comm);
  make.process(402, 1, "systemd-udevd", { namespaces: { ...make.initial, mnt: make.space("mnt", false) } });
  make.process(812, 1, "dockerd", { role: "daemon", cmdline: ["dockerd", "--host=unix:///var/run/docker.sock"] });
  make.process(820, 812, "containerd", {
    role: "manager",
    cmdline: ["containerd", "--config", "/var/run/docker/containerd/containerd.toml"],
  });
}

export const OWN = /** @type {NamespaceType[]} */ (["mnt", "uts", "ipc", "pid", "net"]);

/** @return {HostState} */
export function demoState() {
  const make = new Builder();
  host(make);
  make.process(903, 812, "docker-proxy", {
    role: "proxy",
    cmdline: ["/usr/bin/docker-proxy", "-proto", "tcp", "-host-port", "8080"],
  });
  const start = (
    /** @type {string} */ name,
    /** @type {number} */ pid,
    /** @type {string} */ comm,
    /** @type {any} */ set,
    /** @type {any} */ more = {},
  ) => {
    const id = make.container(name, { init: pid, shim: pid - 20, ...more });
    make.process(pid - 20, 1, "containerd-shim", {
      role: "shim",
      cmdline: [
        "containerd-shim-runc-v2",
        "-namespace",
        "moby",
        "-id",
        id,
        "-address",
        "/run/containerd/containerd.sock",
      ],
    });
    make.process(pid, pid - 20, comm, {
      role: "init",
      container: id,
      namespaces: set,
      nspid: more.nspid ?? [pid, 1],
      cmdline: more.cmdline ?? [comm],
    });
    return id;
  };
  const web = make.spaces(OWN);
  const webId = start("isoscope-web", 1120, "httpd", web, {
    memory: 128 * 2 ** 20,
    cores: 0.5,
    cmdline: ["httpd", "-f", "-p", "80", "-h", "/www"],
    labels: { "com.docker.compose.project": "shop" },
  });
  for (const pid of [1131, 1132, 1133])
    make.process(pid, 1120, "httpd", { role: "child", container: webId, namespaces: web, nspid: [pid, pid - 1120] });
  make.process(1140, 1100, "sh", {
    role: "exec",
    container: webId,
    namespaces: web,
    nspid: [1140, 24],
    cmdline: ["sh", "-c", "while true; do date; sleep 5; done"],
  });
  make.process(1141, 1140, "sleep", {
    role: "child",
    container: webId,
    namespaces: web,
    nspid: [1141, 25],
    cmdline: ["sleep", "5"],
  });
  const side = { ...make.spaces(["mnt", "uts", "ipc"]), net: web.net, pid: web.pid };
  const sideId = start("isoscope-sidecar", 1220, "sh", side, {
    nspid: [1220, 31],
    declared: { network: `container:${webId}`, pid: `container:${webId}` },
  });
  make.process(1221, 1220, "sleep", { role: "child", container: sideId, namespaces: side, nspid: [1221, 32] });
  const onHost = make.spaces(["mnt", "uts", "pid"]);
  const hostId = start("isoscope-hostnet", 1320, "sh", onHost, { declared: { network: "host", ipc: "host" } });
  make.process(1322, 1320, "sleep", { role: "child", container: hostId, namespaces: onHost, nspid: [1322, 8] });
  const tini = make.spaces(OWN);
  const tiniId = start("isoscope-init", 1420, "docker-init", tini, {
    cmdline: ["/sbin/docker-init", "--", "sh", "-c", "sleep 1d"],
  });
  make.process(1430, 1420, "sh", { role: "child", container: tiniId, namespaces: tini, nspid: [1430, 7] });
  make.process(1431, 1430, "sleep", { role: "child", container: tiniId, namespaces: tini, nspid: [1431, 8] });
  start("isoscope-privileged", 1520, "sleep", make.spaces(OWN), { declared: { privileged: true } });
  const jobs = make.spaces(OWN);
  const jobsId = start("isoscope-jobs", 1620, "supervise", jobs);
  for (let pid = 1630; pid < 1638; pid++)
    make.process(pid, 1620, "worker", { role: "child", container: jobsId, namespaces: jobs, nspid: [pid, pid - 1620] });
  make.gaps.push({ pid: 402, what: "ns/net", why: "forbidden" });
  return make.state();
}

/** @param {number} processes @param {number} containers @return {HostState} */
export function crowdState(processes, containers) {
  const make = new Builder();
  host(make);
  const each = Math.floor((processes - make.processes.length) / containers);
  for (let index = 0; index < containers; index++) {
    const pid = 20_000 + index * (each + 10);
    const name = `${["web", "api", "db", "cache", "queue", "worker", "search"][index % 7]}-${String(index + 1).padStart(3, "0")}`;
    const id = make.container(name, {
      init: pid,
      shim: pid - 1,
      image: `registry.example/${name.split("-")[0]}:2.4.${index % 9}`,
    });
    const set = index % 9 === 4 ? { ...make.spaces(["mnt", "uts", "pid"]) } : make.spaces(OWN);
    make.process(pid - 1, 1, "containerd-shim", { role: "shim" });
    make.process(pid, pid - 1, name.split("-")[0], { role: "init", container: id, namespaces: set, nspid: [pid, 1] });
    for (let member = 1; member < each - 1; member++) {
      const parent = member < 4 ? pid : pid + 1 + (member % 3);
      make.process(pid + member, parent, member % 5 ? "worker" : `task-${member % 17}`, {
        role: "child",
        container: id,
        namespaces: set,
        nspid: [pid + member, member + 1],
        uid: 1000,
      });
    }
  }
  return make.state();
}
