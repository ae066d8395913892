import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, defaultOptions } from "../../../static/dashboard/views/graph/graph.js";
import { buildMatrix } from "../../../static/dashboard/views/matrix/matrix.js";
import { findAll } from "../../../static/dashboard/views/graph/found.js";
import { readSearch } from "../../../static/dashboard/search/search.js";
import { countPerView } from "../../../static/dashboard/page/match-counts.js";
import { findSharing } from "../../../static/dashboard/model/sharing.js";
import { demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

const state = stateOf(loaded(demoState()));
const sharing = findSharing(state);
const [web, limited] = ["isoscope-web", "isoscope-init"].map((name) =>
  [...state.containers.values()].find((box) => box.name === name),
);
/** @type {Map<string, any>} */
const loads = new Map([[web?.id ?? "", { now: { memory_bytes: 300 * 2 ** 20, cpu_usec: 1, pids: 6 }, cores: 0.75 }]]);
const facts = { state, sharing, loads };

/** The pids a search finds. @param {string} text */
function pids(text) {
  const { test: matches } = readSearch(text, facts);
  return matches && [...state.processes.values()].filter(matches).map((process) => process.pid);
}

/** What it says of terms it leaves out, with the place of each. @param {string} text @param {any} [about] */
function problems(text, about = facts) {
  return readSearch(text, about).problems.map(({ from, to, text: why }) => [text.slice(from, to), why]);
}

test("an empty search is no search, and neither is one that is not finished", () => {
  assert.equal(pids("  "), null);
  assert.equal(pids("comm:"), null);
  assert.deepEqual(problems("memory>"), []);
});

test("words are found in names, command lines and containers, whatever their case", () => {
  assert.deepEqual(pids("HTTPD"), [1120, 1131, 1132, 1133]);
  assert.deepEqual(pids("8080"), [903]);
  assert.deepEqual(pids("isoscope-privileged"), [1520]);
});

test("a pid is found by its number outside and inside, and compared outside", () => {
  assert.deepEqual(pids("pid:1220"), [1220]);
  assert.deepEqual(pids("pid:31"), [31, 1220]);
  assert.deepEqual(pids("pid>=1320 pid<1324"), [1320, 1322]);
  assert.deepEqual(pids("pid:>=1320 pid<=1322"), [1320, 1322]);
});

test("fields and words must all hold, and a minus turns one round", () => {
  assert.deepEqual(pids("container:*web comm:sh"), [1140]);
  assert.deepEqual(pids("container:isoscope-hostnet -comm:sleep"), [1320]);
  assert.deepEqual(pids("role:manager user:root"), [820]);
});

test("one of several values is enough, and none of them after a minus", () => {
  assert.deepEqual(pids("role:manager,daemon"), [812, 820]);
  assert.deepEqual(pids("dockerd|containerd role:manager|daemon"), [812, 820]);
  assert.deepEqual(pids("role:* -role:init,child,shim,exec,proxy"), [812, 820]);
  assert.deepEqual(pids('comm:"no,such"'), []);
});

test("a star stands for anything and then the whole name is meant; so it is with an equals sign", () => {
  assert.deepEqual(pids("comm:docker*"), [812, 903, 1420]);
  assert.deepEqual(pids("comm:*er*net"), []);
  assert.deepEqual(pids("comm:doc*ker"), []);
  assert.deepEqual(pids("comm=dockerd"), [812]);
  assert.deepEqual(pids("comm=docker"), []);
});

test("sharing can be searched for", () => {
  assert.deepEqual(pids("shared:net container:*"), [1120, 1131, 1132, 1133, 1140, 1141, 1220, 1221]);
  assert.deepEqual(pids("host:ipc container:*"), [1320, 1322]);
  assert.deepEqual(pids("own:mnt container:*hostnet"), [1320, 1322]);
});

test("a namespace is found by inode, by kernel id and by type", () => {
  const space = state.namespaces.get(state.processes.get("5d1c7a90:1520:15200")?.namespaces.net ?? "");
  assert.deepEqual(pids(`ns:${space?.inode}`), [1520]);
  assert.deepEqual(pids(`ns:${space?.ns_id}`), [1520]);
  assert.ok(pids("ns:net")?.includes(1520));
  assert.ok(!pids("ns:net")?.includes(1320));
});

test("what a container uses is compared in bytes, cores and processes, and with its limit", () => {
  const inside = pids("container:isoscope-web");
  assert.ok(inside?.length);
  assert.deepEqual(pids("memory>250m"), inside);
  assert.deepEqual(pids("memory>=300MiB memory<0.5g"), inside);
  assert.deepEqual(pids("memory>301m"), []);
  assert.deepEqual(pids("cpu>0.5 pids=6"), inside);
  const limit = web?.limits?.memory_bytes;
  assert.ok(limit);
  const share = ((300 * 2 ** 20) / limit) * 100;
  assert.deepEqual(pids(`memory>${share - 1}%`), inside);
  assert.deepEqual(pids(`memory>${share + 1}%`), []);
  assert.ok(readSearch("memory>1g", facts).measures && !readSearch("comm:x", facts).measures);
  assert.ok(limited && !loads.has(limited.id));
  assert.deepEqual(pids("container=isoscope-init memory<1t"), []);
});

test("labels, engine and state of the container are found", () => {
  const labelled = {
    ...facts,
    state: {
      ...state,
      containers: new Map(
        [...state.containers].map(([id, box]) => [
          id,
          { ...box, labels: { "com.docker.compose.project": box === web ? "Shop" : "other" } },
        ]),
      ),
    },
  };
  const found = (/** @type {string} */ text) =>
    [...state.processes.values()]
      .filter(readSearch(text, labelled).test ?? (() => false))
      .map((process) => process.pid);
  assert.deepEqual(found("label:com.docker.compose.project=shop"), pids("container:isoscope-web"));
  assert.deepEqual(found("project:shop"), pids("container:isoscope-web"));
  assert.deepEqual(found("project:sh service:*"), found("project:shop -service=nothing service:*"));
  assert.deepEqual(found("label:com.docker.compose.project=*"), pids("container:*"));
  assert.deepEqual(found("label:compose.project"), pids("container:*"));
  assert.deepEqual(pids("engine:docker state:running"), pids("container:*"));
  assert.deepEqual(pids("state:paused"), []);
});

test("what is isolated without a container is found by its kind and its name", () => {
  const udevd = [...state.processes.values()].filter(({ comm }) => comm === "systemd-udevd")[0];
  const isolateOf = new Map([[udevd.key, { kind: "service", name: "udev.service" }]]);
  const found = (/** @type {string} */ text) => {
    const sharing = /** @type {any} */ ({ ...facts.sharing, isolateOf });
    const { test: holds } = readSearch(text, { ...facts, sharing });
    return [...state.processes.values()].filter(holds ?? (() => false)).map(({ pid }) => pid);
  };
  assert.deepEqual(found("kind:service"), [udevd.pid]);
  assert.deepEqual(found("udev.service"), [udevd.pid]);
  assert.deepEqual(pids("kind:sandbox"), [udevd.pid]);
  assert.deepEqual(pids("kind:container"), pids("container:*"));
});

test("a term that cannot be understood is left out and said, with its place", () => {
  assert.deepEqual(problems("dockerd memory>lots"), [["memory>lots", "“lots” isn’t an amount. Try 500m, 2g or 80%."]]);
  assert.deepEqual(pids("dockerd memory>lots role:daemon"), [812]);
  assert.deepEqual(
    problems("pid:y contaner:x").map(([term]) => term),
    ["pid:y", "contaner:x"],
    "in the order in which they stand",
  );
  assert.deepEqual(problems("pid:x")[0], ["pid:x", "“x” isn’t a number."]);
  assert.deepEqual(problems("host:nte")[0], [
    "host:nte",
    "“nte” isn’t a namespace type. Try mnt, uts, ipc, pid, net, user, cgroup, time.",
  ]);
  assert.deepEqual(problems("comm>5")[0], ["comm>5", "“comm” can’t be compared by < or >. Try comm:…"]);
  assert.match(problems("user:ann")[0][1], /^“ann” isn’t a user id\. Try a number, or root\.$/);
  assert.match(problems("cpu>500m")[0][1], /Try 0\.5, 2 or 20%\.$/);
  assert.match(problems("memory>1g", { ...facts, loads: null })[0][1], /can be searched only live/);
});

test("an unknown field is a word, and a typing error is named", () => {
  assert.deepEqual(pids("what:ever"), []);
  assert.deepEqual(problems("what:ever redis:7"), []);
  assert.deepEqual(problems("-contaner:web")[0][0], "-contaner:web");
  for (const [slip, meant] of [
    ["contianer", "container"],
    ["imag", "image"],
    ["memoryy", "memory"],
    ["rule", "role"],
  ]) {
    assert.match(problems(`${slip}:web`)[0][1], new RegExp(`Did you mean “${meant}”`), slip);
  }
});

test("matches are counted as each view shows them", () => {
  const graph = buildGraph(state, defaultOptions());
  const find = (/** @type {string} */ text) => findAll(text, facts, graph);
  assert.deepEqual(countPerView(find("httpd"), graph, state), { graph: 4, chains: 4, matrix: 1, table: 4 });
  assert.deepEqual(countPerView(find("no-such"), graph, state), { graph: 0, chains: 0, matrix: 0, table: 0 });
  const host = find("-container:*");
  assert.ok(countPerView(host, graph, state).graph < host.processes.length, "folds and the crowd are one node each");
  assert.equal(countPerView(find("pid>0"), graph, state).matrix, buildMatrix(state).length);
});

test("what an engine says of a run is searched, and who entered a container", () => {
  const raw = demoState();
  const port = { host_ip: "::", host_port: 8080, container_port: 80, protocol: "tcp", proxy: 9001 };
  const run = { exit_code: 137, oom_killed: true, restarts: 4, health: "unhealthy", ports: [port] };
  const box = raw.containers.find(({ name }) => name === "isoscope-web");
  Object.assign(box ?? {}, run);
  const [proxy, guest] = [9001, 9002].map((pid) => ({ ...raw.processes[0], pid, key: `k:${pid}:1`, nspid: [pid] }));
  raw.processes.push({ ...proxy, role: "proxy" }, { ...guest, entered: box?.id, state: "zombie" });
  const about = { state: stateOf(loaded(raw)), sharing, loads };
  const found = (/** @type {string} */ text) =>
    [...about.state.processes.values()].filter(readSearch(text, about).test ?? (() => false)).map(({ pid }) => pid);
  const members = found("container=isoscope-web");
  assert.ok(members.length > 1);
  for (const text of ["exit:137", "exit>100", "oom:", "oom:yes", "restarts>3", "health:unhealthy"])
    assert.deepEqual(found(text), members, text);
  for (const text of ["exit:1", "oom:no", "restarts>4", "health:healthy"]) assert.deepEqual(found(text), [], text);
  assert.deepEqual(found("port:8080"), [...members, 9001]);
  assert.deepEqual(found("port:80"), [...members, 9001]);
  assert.deepEqual(found("entered:isoscope-web"), [9002]);
  assert.deepEqual(found("state:zombie"), [9002]);
  assert.equal(problems("oom:maybe", about).length, 1);
});

test("how long a process has run is compared, at the moment of the state", () => {
  const raw = demoState();
  raw.taken_at = "2026-11-23T03:10:00+00:00";
  const host = { ...raw.host, booted_at: "2026-11-23T01:10:00+00:00" };
  const [old, young] = [9001, 9002].map((pid) => ({ ...raw.processes[0], pid, key: `k:${pid}:1`, nspid: [pid] }));
  raw.processes = [
    { ...old, start_ticks: 0 },
    { ...young, start_ticks: 7_170_00 },
  ];
  const found = (/** @type {string} */ text, /** @type {any} */ known = host) => {
    const about = { state: stateOf(loaded({ ...raw, host: known })), sharing, loads };
    const { test: matches, problems: left } = readSearch(text, about);
    if (left.length) return left.map(({ text: why }) => why);
    return [...about.state.processes.values()].filter(matches ?? (() => false)).map(({ pid }) => pid);
  };
  assert.deepEqual(found("age<1m"), [9002]);
  assert.deepEqual(found("age>=30s"), [9001, 9002]);
  assert.deepEqual(found("age>=2h"), [9001]);
  assert.deepEqual(found("age>2h"), []);
  assert.deepEqual(found("age<1m", raw.host), [], "the boot is not known");
  for (const text of ["age:5m", "age<soon", "age>-1h"]) assert.match(String(found(text)[0]), /length of time/);
});

test("what a process may do is searched", () => {
  const raw = demoState();
  const rights = { effective: 0, permitted: 2 ** 21, inheritable: 0, bounding: 2 ** 41 - 1, ambient: 0 };
  const confinement = {
    ...rights,
    seccomp: "filter",
    no_new_privs: true,
    euid: 7,
    suid: 0,
    loginuid: 1000,
    label: "web (enforce)",
  };
  const [held, free] = [9001, 9002].map((pid) => ({ ...raw.processes[0], pid, key: `k:${pid}:1`, nspid: [pid] }));
  const nobody = {
    ...confinement,
    permitted: 0,
    seccomp: "none",
    no_new_privs: false,
    loginuid: 2 ** 32 - 1,
    label: "",
  };
  raw.processes.push({ ...held, confinement }, { ...free, confinement: nobody });
  const about = { state: stateOf(loaded(raw)), sharing, loads };
  const found = (/** @type {string} */ text) =>
    [...about.state.processes.values()].filter(readSearch(text, about).test ?? (() => false)).map(({ pid }) => pid);
  for (const text of ["cap:sys_admin", "seccomp:filter", "no_new_privs:yes", "nnp:", "login:1000", "lsm:web"])
    assert.deepEqual(found(text), [9001], text);
  for (const text of ["seccomp:none", "no_new_privs:no", "lsm:none"]) assert.deepEqual(found(text), [9002], text);
  assert.deepEqual(found("euid:7"), [9001, 9002]);
  assert.deepEqual(found("cap:sys_module"), []);
});

test("page cache is not memory in use", () => {
  const now = { memory_bytes: 300 * 2 ** 20, cache_bytes: 250 * 2 ** 20, cpu_usec: 1, pids: 6 };
  const used = { ...facts, loads: new Map([[web?.id ?? "", { now, cores: 0.75 }]]) };
  assert.ok(
    !readSearch("memory>100m", used).test?.(
      [...state.processes.values()].filter((one) => one.container === web?.id)[0],
    ),
  );
  assert.ok(
    readSearch("memory>40m", used).test?.([...state.processes.values()].filter((one) => one.container === web?.id)[0]),
  );
});

test("what a process itself uses is compared, and one that was not read is not found", () => {
  const keys = [...state.processes.keys()];
  const use = { at: 0, cpu: 25, rss: 600 * 2 ** 20, threads: 120, files: null };
  const processes = new Map([
    [keys[0], use],
    [keys[1], { ...use, cpu: 5, rss: 5, threads: 3 }],
  ]);
  const about = { ...facts, loads: new Map(), vitals: { host: null, at: 0, processes } };
  const found = (/** @type {string} */ text) =>
    [...state.processes.values()].filter(readSearch(text, about).test ?? (() => true)).map(({ key }) => key);
  for (const text of ["cpu>20%", "rss>500m", "threads>100"]) assert.deepEqual(found(text), [keys[0]], text);
  assert.deepEqual(found("cpu<20%"), [keys[1]]);
  assert.deepEqual(found("files>=0"), [], "not known is not 0");
  assert.ok(readSearch("rss>1m", about).measures);
  assert.match(readSearch("rss>80%", about).problems[0].text, /Try 500m or 2g\.$/);
  assert.match(readSearch("threads>5%", about).problems[0].text, /isn’t a number\.$/);
  assert.match(readSearch("rss>1m", { ...about, loads: null, vitals: null }).problems[0].text, /only live\.$/);
});
