import assert from "node:assert/strict";
import { test } from "node:test";
import { GROUPS, createFeed, fits, isSevere, linesOf, sayEntry } from "../../../static/dashboard/model/feed.js";

const WEB = "a".repeat(64);
/** @param {number} seq @param {object} [facts] */
const entry = (seq, facts = {}) => ({
  seq,
  at: `2026-11-24T10:00:${String(seq).padStart(2, "0")}Z`,
  kind: "exec",
  container: WEB,
  where: "web",
  key: `k${seq}`,
  pid: 100 + seq,
  inside: null,
  name: "sh",
  types: [],
  field: null,
  from: null,
  to: "sh -c id",
  with: [],
  with_names: [],
  noise: false,
  times: 1,
  first_seq: seq,
  first_at: `2026-11-24T10:00:${String(seq).padStart(2, "0")}Z`,
  ...facts,
});
const NOBODY = { group: "", container: "", text: "" };

test("entries that were read and entries that came later are listed newest first", () => {
  const feed = createFeed();
  feed.begin({ entries: [entry(3), entry(2)], earlier: 2 });
  assert.ok(feed.receive({ seq: 5, entries: [entry(5), entry(5, { kind: "container-stopped" })] }));
  feed.extend({ entries: [entry(1)], earlier: null });
  assert.deepEqual(
    feed.entries.map(({ seq }) => seq),
    [5, 5, 3, 2, 1],
  );
  assert.equal(feed.earlier, null);
});

test("an entry that was read is not added again, and none is added before the first read", () => {
  const feed = createFeed();
  assert.equal(feed.receive({ seq: 1, entries: [entry(1)] }), false);
  feed.begin({ entries: [entry(3)], earlier: null });
  assert.equal(feed.receive({ seq: 3, entries: [entry(3)] }), false);
  assert.deepEqual(
    feed.entries.map(({ seq }) => seq),
    [3],
  );
});

test("equal noise is counted over entries that were read and entries that came later", () => {
  const feed = createFeed();
  const noise = { noise: true };
  feed.begin({ entries: [entry(9, { ...noise, times: 4, first_seq: 6 })], earlier: 6 });
  feed.receive({ seq: 12, entries: [entry(12, noise)] });
  feed.extend({
    entries: [entry(5, { ...noise, times: 3, first_seq: 1 }), entry(4, { ...noise, container: null })],
    earlier: null,
  });
  assert.deepEqual(
    feed.noise.map(({ seq, times, first_seq, container }) => [seq, times, first_seq, container]),
    [
      [12, 8, 1, WEB],
      [4, 1, 4, null],
    ],
  );
  assert.deepEqual(feed.entries, []);
});

test("what is held is bounded, and what was dropped can be read again", () => {
  const feed = createFeed();
  feed.begin({ entries: [entry(1)], earlier: null });
  for (let seq = 2; seq < 2100; seq++) feed.receive({ seq, entries: [entry(seq)] });
  assert.equal(feed.entries.length, 2000);
  assert.equal(feed.earlier, feed.entries.at(-1)?.seq);
});

test("several equal entries in a row are one line", () => {
  const lines = linesOf([
    entry(5),
    entry(4),
    entry(3, { to: "other" }),
    entry(2),
    entry(1, { kind: "container-stopped" }),
  ]);
  assert.deepEqual(
    lines.map(({ entry: one, times, first }) => [one.seq, times, first.seq]),
    [
      [5, 2, 4],
      [3, 1, 3],
      [2, 1, 2],
      [1, 1, 1],
    ],
  );
});

test("a reader chooses by kind, container and text", () => {
  assert.ok(fits(entry(1), { ...NOBODY, group: "exec" }) && !fits(entry(1), { ...NOBODY, group: "sharing" }));
  assert.ok(fits(entry(1), { ...NOBODY, container: WEB }) && !fits(entry(1), { ...NOBODY, container: "b".repeat(64) }));
  assert.ok(fits(entry(1), { ...NOBODY, text: "SH -c" }) && !fits(entry(1), { ...NOBODY, text: "curl" }));
});

test("every kind belongs to one group, and says itself in a sentence", () => {
  const kinds = Object.values(GROUPS).flat();
  assert.equal(new Set(kinds).size, kinds.length);
  for (const kind of kinds) {
    const said = sayEntry(
      entry(1, {
        kind,
        types: ["net"],
        with: ["host"],
        with_names: ["the host"],
        from: "a",
        to: "b",
        field: "limits.pids",
      }),
    );
    assert.ok(said && said !== kind && !/[{}]/.test(said), `${kind}: ${said}`);
  }
});

test("a name and an image that came late complete the entries that lack them", () => {
  const feed = createFeed();
  const id = "f".repeat(64);
  const lacking = entry(2, {
    kind: "container-started",
    container: id,
    where: id.slice(0, 12),
    name: id.slice(0, 12),
    to: "image unknown (running)",
  });
  feed.begin({ entries: [lacking], earlier: null });
  feed.receive({ seq: 3, entries: [], names: { [id]: "web" }, images: { [id]: "nginx:1" } });
  const { name, where, to } = feed.entries[0];
  assert.deepEqual({ name, where, to }, { name: "web", where: "web", to: "nginx:1 (running)" });
});

test("a limit of memory is said as people write it", () => {
  assert.equal(
    sayEntry(
      entry(1, {
        kind: "container-reconfigured",
        name: "web",
        field: "limits.memory_bytes",
        from: null,
        to: "268435456",
      }),
    ),
    "web reconfigured: memory limit none → 256 MiB",
  );
});

test("what a reader should not miss is severe, unless it is noise", () => {
  assert.ok(isSevere(entry(1, { kind: "sharing-began" })));
  assert.ok(!isSevere(entry(1, { kind: "namespace-joined", noise: true })));
  assert.ok(!isSevere(entry(1)));
});

test("entries and noise of a container that had no name get it once it is told", () => {
  const short = WEB.slice(0, 12);
  const feed = createFeed();
  const nameless = { where: short, kind: "container-started", name: short };
  feed.begin({
    entries: [entry(3, nameless), entry(2, { ...nameless, noise: true, kind: "ran", name: "sh" }), entry(1)],
    earlier: null,
  });
  assert.ok(!feed.receive({ seq: 3, entries: [], names: { [WEB]: "late" } }));
  assert.deepEqual(
    [...feed.entries, ...feed.noise].map(({ where, name }) => [where, name]),
    [
      ["late", "late"],
      ["web", "sh"],
      ["late", "sh"],
    ],
  );
});

test("a start says which namespaces the container has for itself, and a new namespace whether it is in a container", () => {
  const start = (/** @type {string[]} */ types) =>
    sayEntry(entry(1, { kind: "container-started", name: "web", types }));
  assert.equal(start([]), "web started");
  assert.equal(start(["net"]), "web started with its own network namespace");
  assert.equal(
    start(["mnt", "uts", "ipc", "pid", "net"]),
    "web started with its own mount, UTS, IPC, PID and network namespaces",
  );
  const space = { types: ["net"], name: "net:[4026532184]" };
  const created = (/** @type {string} */ to, times = 1) =>
    sayEntry(entry(1, { ...space, kind: "namespace-created", to, times }));
  assert.equal(
    created("no container's, net:[4026532184]"),
    "New network namespace, outside any container (net:[4026532184])",
  );
  assert.equal(created("inside web, net:[4026532184]"), "New network namespace (inside web, net:[4026532184])");
  assert.match(created("no container's, net:[4026532184]", 2), /^New network namespaces \(/);
  const left = entry(1, { ...space, kind: "namespace-left", from: "no container's, net:[4026532184]" });
  assert.equal(sayEntry(left), "Namespace gone: network (no container's, net:[4026532184])");
  const behind = entry(1, { ...space, kind: "namespace-orphaned", to: "bind mount /run/netns/x" });
  assert.equal(sayEntry(behind), "network namespace left behind, held by bind mount /run/netns/x");
  const gone = entry(2, { ...space, kind: "namespace-released", times: 2, types: ["net", "mnt"] });
  assert.equal(sayEntry(gone), "network and mount namespaces that were left behind are gone");
});

test("a service or sandbox that begins or ends is told by name", () => {
  const told = { key: "p", name: "bwrap 1193", field: "sandbox", types: ["mnt", "net"] };
  assert.equal(
    sayEntry(entry(1, { ...told, kind: "isolate-began" })),
    "sandbox bwrap 1193 began, with its own mount and network",
  );
  assert.equal(
    sayEntry(entry(1, { ...told, kind: "isolate-ended", name: "nginx.service", field: "service" })),
    "service nginx.service ended",
  );
  assert.ok(fits(entry(1, { ...told, kind: "isolate-began" }), { ...NOBODY, group: "namespaces" }));
});
