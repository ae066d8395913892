/**
 * Makes a busy host: Compose projects of services with long names, sidecars, helpers, containers on the host's
 * namespaces, and some that belong to no project. Deterministic.
 */

import { Builder, OWN, host } from "./make-state.mjs";

/** @typedef {import("../../../static/dashboard/model/types.js").NamespaceType} NamespaceType */
/** @typedef {import("../../../static/dashboard/model/types.js").NamespaceSet} NamespaceSet */

/**
 * @typedef {object} Service  what a project runs
 * @property {string} name
 * @property {string} comm
 * @property {number} [children]
 * @property {NamespaceType[]} [host]  lives in the host's of these types
 * @property {{of: string, types: NamespaceType[]}} [joins]  shares with an earlier service
 * @property {boolean} [exited]
 */

/** @type {Record<string, Service[]>} */
const PROJECTS = {
  shop: [
    { name: "shop-production-web-frontend-1", comm: "httpd", children: 3 },
    {
      name: "shop-production-web-frontend-1-envoy-sidecar",
      comm: "envoy",
      joins: { of: "shop-production-web-frontend-1", types: ["net"] },
    },
    {
      name: "shop-production-web-frontend-1-log-shipper",
      comm: "tail",
      joins: { of: "shop-production-web-frontend-1", types: ["net", "pid"] },
    },
    { name: "shop-production-checkout-service-1", comm: "node", children: 4 },
    {
      name: "shop-production-checkout-shm-helper-1",
      comm: "sleep",
      joins: { of: "shop-production-checkout-service-1", types: ["ipc"] },
    },
    { name: "shop-production-postgres-primary-1", comm: "postgres", children: 8 },
    {
      name: "shop-production-postgres-exporter-1",
      comm: "exporter",
      joins: { of: "shop-production-postgres-primary-1", types: ["net"] },
    },
    { name: "shop-production-redis-cache-1", comm: "redis-server" },
    { name: "shop-production-database-migration-job-1", comm: "migrate", exited: true },
  ],
  monitoring: [
    { name: "monitoring-node-exporter", comm: "node_exporter", host: ["net", "pid"] },
    { name: "monitoring-prometheus-server-0", comm: "prometheus", children: 2 },
    { name: "monitoring-grafana-0", comm: "grafana", children: 1 },
    { name: "monitoring-cadvisor", comm: "cadvisor", host: ["net", "pid", "ipc", "uts"] },
    { name: "monitoring-opentelemetry-collector-contrib-0", comm: "otelcol", children: 1 },
  ],
  data: [
    { name: "data-platform-kafka-broker-1", comm: "java", children: 1 },
    { name: "data-platform-kafka-broker-2", comm: "java", children: 1 },
    { name: "data-platform-kafka-broker-3", comm: "java", children: 1 },
    { name: "data-platform-zookeeper-ensemble-1", comm: "java" },
    { name: "data-platform-spark-structured-streaming-driver", comm: "java", children: 5 },
    { name: "data-platform-monthly-batch", comm: "sh", exited: true },
  ],
};

/** @type {Service[]} */
const LOOSE = [
  {
    name: "debug-toolbox",
    comm: "sh",
    joins: { of: "shop-production-redis-cache-1", types: ["net", "pid"] },
    host: ["ipc"],
  },
  { name: "vpn", comm: "openvpn", host: ["net"] },
  { name: "privileged-agent", comm: "agent", host: ["net", "pid", "ipc"] },
];

/** @param {number} containers @return {import("../../../static/dashboard/model/types.js").HostState} */
export function busyState(containers) {
  const make = new Builder();
  host(make);
  /** @type {Map<string, any>} */
  const sets = new Map();
  for (let round = 0, made = 0; made < containers; round++) {
    const suffix = round ? `-${round + 1}` : "";
    const services = [
      ...Object.entries(PROJECTS).flatMap(([project, list]) => list.map((one) => ({ project: project + suffix, one }))),
      ...LOOSE.map((one) => ({ project: "", one })),
    ];
    for (const { project, one } of services.slice(0, containers - made))
      start(make, sets, project, one, suffix, made++);
  }
  return make.state();
}

/**
 * @param {Builder} make
 * @param {Map<string, NamespaceSet>} sets
 * @param {string} project
 * @param {Service} service
 * @param {string} suffix
 * @param {number} number
 */
function start(make, sets, project, service, suffix, number) {
  const { comm, children = 0, joins, exited } = service;
  const [name, pid] = [service.name + suffix, 2000 + number * 40];
  const labels = project ? { "com.docker.compose.project": project, "com.docker.compose.service": comm } : {};
  const id = make.container(name, { init: pid, shim: pid - 1, labels, image: `registry.example/${comm}:2.4` });
  if (exited) {
    Object.assign(make.containers.at(-1), { state: "exited", init_pid: null, shim_pid: null });
    make.chains.pop();
    return;
  }
  const own = make.spaces(OWN.filter((type) => !service.host?.includes(type)));
  const from = /** @type {any} */ (joins && sets.get(joins.of + suffix));
  for (const type of joins?.types ?? []) if (from) own[type] = from[type];
  sets.set(name, own);
  make.process(pid - 1, 1, "containerd-shim", { role: "shim" });
  make.process(pid, pid - 1, comm, { role: "init", container: id, namespaces: own, nspid: [pid, 1] });
  for (let child = 1; child <= children; child++)
    make.process(pid + child, pid, child === 1 ? `${comm}-worker` : comm, {
      role: "child",
      container: id,
      namespaces: own,
      nspid: [pid + child, child + 1],
    });
}
