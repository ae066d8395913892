/**
 * Serves the page against a recorded or made state, without the real server: for looking at it, and for its own tests.
 *
 *     node tests/browser/harness/serve.mjs [--port 8765] [--state FILE | --crowd PROCESSES,CONTAINERS | --busy CONTAINERS,… | --none]
 *
 * With ``--busy`` there is a host for each number of containers; ``?host=busy-40`` is the one of forty.
 *
 * The templates are filled in by hand here (the tags they use, no more), under the content security policy of the real server.
 */

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { extname, join } from "node:path";
import { isEqual, spread } from "../../../static/dashboard/model/field-text.js";
import { busyState } from "../../js/support/busy-state.mjs";
import { crowdState, demoState } from "../../js/support/make-state.mjs";
import { makeHistory } from "../../js/support/make-history.mjs";

const root = join(import.meta.dirname, "../../..");
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8765" },
    state: { type: "string" },
    crowd: { type: "string" },
    busy: { type: "string" },
    none: { type: "boolean" },
    language: { type: "string", default: "en" },
  },
});
/** The hosts that there are, by their ids; the first is shown unless another is asked for. @type {Map<string, any>} */
const worlds = new Map((values.none ? [] : await chosenStates()).map((one) => [one.host.machine_id, { state: one }]));
let { state, past } = worldOf("");
const marks = past
  ? [
      {
        id: 1,
        seq: past.seqAt(past.end - 5 * 3600_000),
        at: past.end - 5 * 3600_000,
        name: "before the upgrade",
        note: "all green, 3 nodes drained",
        pinned: true,
        may_change: true,
      },
      {
        id: 2,
        seq: past.seqAt(past.end - 14 * 3600_000),
        at: past.end - 14 * 3600_000,
        name: "",
        note: "",
        pinned: false,
        may_change: true,
      },
    ]
  : [];
const CSP =
  "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'";
const KINDS = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html" };

async function chosenStates() {
  if (values.state) return [JSON.parse(await readFile(values.state, "utf8"))];
  if (values.crowd) return [crowdState(...values.crowd.split(",").map(Number))];
  if (!values.busy) return [demoState()];
  return values.busy.split(",").map((number) => {
    const made = busyState(Number(number));
    return { ...made, host: { ...made.host, machine_id: `busy-${number}`, hostname: `busy-${number}` } };
  });
}

/** A host and its history, which is made when it is first asked for. @param {string} id */
function worldOf(id) {
  const world = worlds.get(id) ?? worlds.values().next().value ?? { state: null, past: null };
  world.past ??= world.state && makeHistory(world.state, Date.now() - 60_000);
  return world;
}

async function render(name) {
  const page = await readFile(join(root, "templates/dashboard", name), "utf8");
  const base = await readFile(join(root, "templates/dashboard/base.html"), "utf8");
  const blocks = Object.fromEntries(
    [...page.matchAll(/\{% block (\w+) %\}([\s\S]*?)\{% endblock %\}/g)].map((match) => [match[1], match[2]]),
  );
  return base
    .replace(/\{% block (\w+) %\}([\s\S]*?)\{% endblock %\}/g, (_, block, text) => blocks[block] ?? text)
    .replace(/\{% static '([^']+)' %\}/g, "/static/$1")
    .replace(/\{% url '([^']+)' %\}/g, "/$1")
    .replace("{{ hosts_url }}", "/api/v1/hosts")
    .replaceAll("{{ user }}", "reader")
    .replace("{{ version }}", "0.1.0")
    .replace("{{ request.scheme }}://{{ request.get_host }}", "http://127.0.0.1:8000")
    .replace(/\{% translate (["'])(.*?)\1 %\}/g, "$2")
    .replace(/\{% for code, name in languages %\}[\s\S]*?\{% endfor %\}/g, "")
    .replace("{{ LANGUAGE_CODE }}", values.language)
    .replace(/\{%[^%]*%\}|\{\{[^}]*\}\}/g, "");
}

function hostRow({ state, past }) {
  const { host, processes, containers } = state;
  return {
    id: host.machine_id,
    hostname: host.hostname,
    kernel: host.kernel,
    boot_id: host.boot_id,
    seq: past.last,
    seen_at: new Date().toISOString(),
    imported: null,
    interval_s: 3600,
    stale: false,
    processes: processes.length,
    containers: containers.length,
  };
}

const iso = (at) => new Date(at).toISOString();

function timeline(query) {
  const from = Date.parse(query.get("from") ?? "") || past.start;
  const to = Date.parse(query.get("to") ?? "") || Date.now();
  const width = Math.max(1000, (to - from) / Number(query.get("buckets") ?? 200));
  const buckets = new Map();
  const events = [];
  for (const [index, step] of past.steps.entries()) {
    if (step.at < from || step.at > to) continue;
    const at = from + Math.floor((step.at - from) / width) * width;
    const bucket = buckets.get(at) ?? { at: iso(at), seq: 0, added: 0, changed: 0, removed: 0 };
    buckets.set(at, bucket);
    bucket.seq = index + 1;
    for (const name of ["added", "changed", "removed"]) bucket[name] += index ? step[name] : 0;
    if (step.event) events.push({ at: iso(step.at), seq: index + 1, ...step.event });
  }
  const shown = marks.filter((mark) => mark.at >= from && mark.at <= to).map((mark) => ({ ...mark, at: iso(mark.at) }));
  return {
    from: iso(from),
    to: iso(to),
    first_at: iso(past.start),
    last_at: iso(past.steps.at(-1).at),
    bucket_s: width / 1000,
    buckets: [...buckets.values()],
    events,
    events_left_out: 0,
    gaps: [{ from: iso(past.away.from), to: iso(past.away.to) }],
    marks: shown,
  };
}

function moment(query) {
  const text = (query.get("at") ?? "").trim();
  const ago = /^-(\d+)([smhd])$/.exec(text);
  const at = ago ? Date.now() - Number(ago[1]) * { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 }[ago[2]] : Date.parse(text);
  if (!/^\d+$/.test(text) && Number.isNaN(at)) return null;
  const seq = /^\d+$/.test(text) ? Math.min(past.last, Number(text)) : past.seqAt(at);
  const away = at > past.away.from && at < past.away.to ? { from: iso(past.away.from), to: iso(past.away.to) } : null;
  return {
    seq,
    taken_at: iso(past.steps[seq - 1].at),
    previous: seq > 1 ? seq - 1 : null,
    next: seq < past.last ? seq + 1 : null,
    away,
  };
}

function snapshots() {
  return marks.map(({ at, ...mark }) => ({ ...mark, taken_at: iso(at), requested_at: iso(at) })).reverse();
}

/** A made life of anything that history knows, gone or not: as the server tells it, with three entries. Null: unknown. */
function life(kind, key) {
  const found = past.factOf(key);
  if (!found) return null;
  const seqs = [
    past.seqAt(past.end - 20 * 3600_000),
    past.seqAt(past.end - 9 * 3600_000),
    past.seqAt(past.end - 2 * 3600_000),
  ];
  const at = (seq) => iso(past.steps[seq - 1].at);
  const entry = (from, until, facts, before = facts) => {
    const changed = Object.keys(facts).filter((field) => !isEqual(before[field], facts[field]));
    return {
      seq: from,
      at: at(from),
      until_seq: until,
      until_at: until && at(until),
      facts,
      changed,
      changes: changed.flatMap((field) => spread(field, before[field], facts[field])),
      completed: [],
      unknown: [],
    };
  };
  const now = past.stateAt(past.last);
  const alive = [...now.processes, ...now.namespaces, ...now.containers].some((one) => (one.key ?? one.id) === key);
  const field = { process: "comm", container: "state", namespace: "owner" }[kind];
  const first = { ...found, [field]: { process: "sh", container: "created", namespace: null }[kind] };
  const last = kind === "process" ? { ...found, role: "init" } : found;
  const members =
    kind === "process"
      ? []
      : state.processes.slice(-14).map((one, index) => ({
          key: one.key,
          pid: one.pid,
          comm: one.comm,
          container: one.container,
          name: state.containers.find((box) => box.id === one.container)?.name ?? null,
          from_seq: seqs[index % 3],
          from_at: at(seqs[index % 3]),
          until_seq: index % 4 === 1 ? past.last : null,
          until_at: index % 4 === 1 ? at(past.last) : null,
        }));
  return {
    kind,
    key,
    title: found?.name ?? found?.comm ?? key,
    alive,
    entries: [
      entry(seqs[0], seqs[1], first),
      entry(seqs[1], seqs[2], found, first),
      entry(seqs[2], alive ? null : past.last, last, found),
    ],
    members,
  };
}

/** Roughly what the server tells of two states: enough to look at every kind of entry. */
function report(from, to) {
  const [before, after] = [past.stateAt(from), past.stateAt(to)];
  const titleOf = (id) => [...after.containers, ...before.containers].find((one) => one.id === id)?.name ?? "the host";
  const only = (a, b, name, key) => a[name].filter((one) => !b[name].some((other) => other[key] === one[key]));
  const blank = {
    container: null,
    where: "the host",
    type: null,
    key: "",
    pid: null,
    inside: null,
    name: "",
    field: null,
    from: null,
    to: null,
    from_key: null,
    to_key: null,
    with: [],
  };
  const container = (kind) => (one) => ({
    ...blank,
    group: "containers",
    kind,
    container: one.id,
    where: one.name,
    key: one.id,
    name: one.name,
  });
  const process = (kind) => (one) => ({
    ...blank,
    group: "processes",
    kind,
    container: one.container,
    where: one.container ? titleOf(one.container) : "the host",
    key: one.key,
    pid: one.pid,
    inside: one.nspid.at(-1),
    name: one.comm,
    [kind === "appeared" ? "to" : "from"]: one.cmdline.join(" "),
  });
  const space = (kind) => (one) => ({
    ...blank,
    group: "namespaces",
    kind,
    type: one.type,
    key: one.key,
    name: String(one.inode),
    from_key: kind === "disappeared" ? one.key : null,
    to_key: kind === "appeared" ? one.key : null,
  });
  const groups = [
    {
      group: "containers",
      title: "Containers",
      findings: [
        ...only(after, before, "containers", "id").map(container("started")),
        ...only(before, after, "containers", "id").map(container("stopped")),
      ],
    },
    {
      group: "limits",
      title: "Limits",
      findings: [
        {
          ...blank,
          group: "limits",
          kind: "changed",
          container: after.containers[0].id,
          where: after.containers[0].name,
          key: after.containers[0].id,
          name: after.containers[0].name,
          field: "memory",
          from: "none",
          to: "256 MiB",
        },
      ],
    },
    {
      group: "namespaces",
      title: "Namespaces",
      findings: [
        ...only(after, before, "namespaces", "key").map(space("appeared")),
        ...only(before, after, "namespaces", "key").map(space("disappeared")),
      ],
    },
    {
      group: "processes",
      title: "Processes",
      findings: [
        ...only(after, before, "processes", "key").map(process("appeared")),
        ...only(before, after, "processes", "key").map(process("gone")),
      ],
    },
  ].filter((group) => group.findings.length);
  const counts = Object.fromEntries(groups.map(({ group, findings }) => [group, countKinds(findings)]));
  return {
    from: { seq: from, taken_at: before.taken_at },
    to: { seq: to, taken_at: after.taken_at },
    counts,
    groups,
    folded: [
      {
        why: "pattern",
        pattern: "*healthcheck*",
        container: null,
        where: "isoscope-web",
        name: "curl",
        counts: { appeared: 12, gone: 11 },
      },
    ],
    passed: {
      processes: 40,
      short: 31,
      groups: [{ container: null, where: "isoscope-web", name: "curl", processes: 40 }],
    },
  };
}

/** Roughly what the server tells of what happened: one of each kind, and noise. */
function events(query) {
  const [web, other] = state.containers;
  const blank = {
    container: null,
    where: "the host",
    key: "",
    pid: null,
    inside: null,
    name: "",
    types: [],
    field: null,
    from: null,
    to: null,
    with: [],
    with_names: [],
    noise: false,
    times: 1,
  };
  const told = [];
  const tell = (minutes, facts, box = null) => {
    const at = iso(past.end - minutes * 60_000);
    const seq = past.seqAt(past.end - minutes * 60_000);
    told.push({
      ...blank,
      ...(box && { container: box.id, where: box.name, key: box.id, name: box.name }),
      seq,
      at,
      first_seq: seq,
      first_at: at,
      ...facts,
    });
  };
  if (!query.get("before")) {
    tell(
      1,
      {
        kind: "exec",
        name: "sh",
        pid: 4711,
        inside: 31,
        to: "sh -c 'curl -fsS http://localhost/health'",
        noise: true,
        times: 120,
        first_at: iso(past.end - 3600_000),
      },
      web,
    );
    tell(2, { kind: "ran", name: "sleep", noise: true, times: 41, first_at: iso(past.end - 1800_000) }, other);
    for (const minutes of [3, 4, 5])
      tell(
        minutes,
        {
          kind: "exec",
          name: "psql",
          pid: 5000 + minutes,
          to: "psql -c 'select count(*) from orders where state = $1'",
        },
        other,
      );
    tell(6, {
      kind: "namespace-joined",
      name: "nsenter",
      pid: 9120,
      types: ["mnt", "net"],
      from: "the host’s",
      to: `${web.name}'s own, net:[4026532184]`,
      key: state.processes[0].key,
    });
    tell(9, { kind: "container-restarted", from: "812", to: "1907" }, web);
    tell(
      9,
      {
        kind: "namespace-recreated",
        types: ["mnt", "uts", "ipc", "pid", "net"],
        times: 5,
        to: `${web.name}'s own`,
        noise: true,
      },
      web,
    );
    tell(14, { kind: "sharing-began", types: ["net", "ipc"], with: ["host"], with_names: ["the host"] }, other);
    tell(14, { kind: "container-started", types: ["mnt", "uts", "pid"], to: "local/busybox:1 (running)" }, other);
    tell(31, { kind: "container-reconfigured", field: "limits.memory_bytes", from: "134217728", to: "268435456" }, web);
  } else {
    tell(400, { kind: "gap-ended", name: "docker", field: "gone" });
    tell(402, { kind: "gap-began", name: "docker", field: "gone" });
    tell(900, { kind: "agent-back" });
    tell(1000, { kind: "agent-away" });
    tell(2000, { kind: "container-stopped" }, web);
  }
  return { entries: told, earlier: query.get("before") ? null : past.seqAt(past.end - 32 * 60_000) };
}

async function patchMark(id, request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
  if (request.method === "DELETE")
    marks.splice(
      marks.findIndex((mark) => mark.id === id),
      1,
    );
  else if (request.method === "PATCH")
    Object.assign(
      marks.find((mark) => mark.id === id),
      body,
    );
  else {
    const seq = body.seq ?? past.last;
    marks.push({
      id: marks.length + 3,
      seq,
      at: past.steps[seq - 1].at,
      name: "",
      note: "",
      pinned: false,
      may_change: true,
      ...body,
    });
  }
  const mark = marks.find((one) => one.id === id) ?? marks.at(-1);
  return { ...mark, taken_at: iso(mark.at), requested_at: iso(mark.at) };
}

async function answer(path, query, request) {
  if (path === "/") return [".html", await render("page.html")];
  if (path === "/sign-in") return [".html", await render("sign_in.html")];
  if (path.startsWith("/static/") && !path.includes("..")) return [extname(path), await readFile(join(root, path))];
  return path.startsWith("/api/v1/hosts") ? answerApi(path, query, request) : null;
}

async function answerApi(path, query, request) {
  const json = (value) => [".json", JSON.stringify(value)];
  if (path === "/api/v1/hosts") return json([...worlds.keys()].map((id) => hostRow(worldOf(id))));
  ({ state, past } = worldOf(path.split("/")[4]));
  if (path.endsWith("/state"))
    return [...json(past.stateAt(Number(query.get("at") ?? past.last))), 200, query.get("at") ?? past.last];
  if (path.endsWith("/vitals")) return json({ from: "", to: "", points: [], processes: {} });
  if (path.endsWith("/timeline")) return json(timeline(query));
  if (path.endsWith("/moment")) {
    const found = moment(query);
    return found
      ? json(found)
      : [
          ...json({
            detail: `'${query.get("at")}' is not a moment; understood are -2h, yesterday 9:00, 2026-11-23 03:10`,
          }),
          422,
        ];
  }
  if (path.includes("/life/")) {
    const told = life(path.split("/").at(-1), query.get("key"));
    return told ? json(told) : [...json({ detail: "history knows of no such thing" }), 404];
  }
  if (path.includes("/snapshots"))
    return json(request.method === "GET" ? snapshots() : await patchMark(Number(path.split("/").at(-1)), request));
  if (path.endsWith("/events")) return json(events(query));
  if (path.endsWith("/report")) return json(report(Number(query.get("from")), Number(query.get("to"))));
  return null;
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const found = await answer(pathname, searchParams, request).catch(() => null);
  response.writeHead(found ? (found[2] ?? 200) : 404, {
    "Content-Type": KINDS[found?.[0]] ?? "application/json",
    "Content-Security-Policy": CSP,
    "X-Isoscope-Seq": String(found?.[3] ?? 1),
    "Cache-Control": "no-store",
  });
  response.end(found?.[1] ?? "{}");
});

/** The handshake of RFC 6455, and then silence: enough to be “in step”. */
server.on("upgrade", async (request, socket) => {
  const { createHash } = await import("node:crypto");
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("error", () => socket.destroy());
  const timer = setInterval(
    () => (socket.destroyed ? clearInterval(timer) : socket.write(frameOf(JSON.stringify(metrics())))),
    300,
  );
});

/** Text as one frame of a server. @param {string} text */
function frameOf(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

let beats = 0;
/** What the containers use, made up. */
function metrics() {
  beats++;
  const containers = Object.fromEntries(
    state.containers
      .filter((one) => one.state === "running")
      .map((one, index) => {
        const limit = one.limits?.memory_bytes ?? 300 * 2 ** 20;
        return [
          one.id,
          {
            memory_bytes: Math.round(limit * (0.2 + 0.12 * index + 0.08 * Math.sin(beats / 5 + index))),
            cpu_usec: Math.round(beats * 300_000 * (0.1 + 0.1 * index + 0.05 * Math.sin(beats / 9))),
            pids: 3 + index,
          },
        ];
      }),
  );
  return { type: "metrics", taken_at: iso(past.end + beats * 300), containers };
}

server.listen(Number(values.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${values.port}/`));

/** How many findings of each kind there are. @param {{kind: string}[]} findings */
function countKinds(findings) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
