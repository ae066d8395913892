import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOfField, sayBytes, sayFact, spread } from "../../../static/dashboard/model/field-text.js";
import { appearedAt, foldNames, recentChangesOf } from "../../../static/dashboard/model/recent-changes.js";

const at = (/** @type {number} */ seq) => `2026-11-23T03:${String(seq).padStart(2, "0")}:00+00:00`;
/** @param {number} seq @param {number|null} until @param {Record<string, any>} facts @param {any[]} [changes] */
const entry = (seq, until, facts, changes = []) => ({
  seq,
  at: at(seq),
  until_seq: until,
  until_at: until && at(until),
  facts,
  changed: [],
  changes,
  completed: [],
  unknown: [],
});
/** @param {string} comm @param {number} from @param {number|null} until */
const member = (comm, from, until) => ({
  key: comm,
  pid: from,
  comm,
  container: null,
  name: null,
  from_seq: from,
  from_at: at(from),
  until_seq: until,
  until_at: until && at(until),
});
/** @param {any[]} entries @param {any[]} [members] @param {Partial<import("../../../static/dashboard/net/api.js").Life>} [more] @return {import("../../../static/dashboard/net/api.js").Life} */
const life = (entries, members = [], more = {}) => ({
  kind: "container",
  key: "k",
  title: "web",
  alive: true,
  more_entries: false,
  entries,
  members,
  ...more,
});
/** @param {import("../../../static/dashboard/model/recent-changes.js").Recent[]} recents */
const told = (recents) => recents.map(({ kind, seq }) => `${kind} ${seq}`);

const PIDS = { field: "limits pids", before: null, after: 7 };

test("the newest comes first: changes with what differs, an end, a return", () => {
  const found = recentChangesOf(
    life(
      [
        entry(1, 5, { state: "running", limits: { pids: null, memory_bytes: null } }),
        entry(5, 8, { state: "running", limits: { pids: 7, memory_bytes: null } }, [PIDS]),
        entry(8, 8, { state: "running", limits: { pids: 7, memory_bytes: null }, image: "told late" }),
        entry(12, 20, { state: "exited", limits: { pids: 7, memory_bytes: null } }),
      ],
      [],
      { alive: false },
    ),
    Infinity,
  );
  assert.deepEqual(told(found), ["gone 20", "again 12", "gone 8", "changed 5", "appeared 1"]);
  assert.deepEqual(found[3].changes, [PIDS]);
});

test("what is later than the shown moment is not listed", () => {
  assert.deepEqual(
    told(
      recentChangesOf(
        life([entry(1, 5, { a: 1 }), entry(5, null, { a: 2 }, [{ field: "a", before: 1, after: 2 }])]),
        4,
      ),
    ),
    ["appeared 1"],
  );
});

test("processes that came and went at one moment stand together; those of its beginning and end are not listed", () => {
  const found = recentChangesOf(
    life([entry(1, 30, {})], [member("sh", 1, 9), member("worker", 9, 30), member("worker", 9, 12)], { alive: false }),
    Infinity,
  );
  assert.deepEqual(told(found), ["gone 30", "went 12", "went 9", "came 9", "appeared 1"]);
  assert.deepEqual(found[3].names, ["worker", "worker"]);
});

test("a beginning that history does not hold is not listed", () => {
  const cut = life([entry(4, null, {})], [], { more_entries: true });
  assert.deepEqual(recentChangesOf(cut, Infinity), []);
  assert.equal(appearedAt(cut), null);
  assert.equal(appearedAt(life([entry(4, null, {})])), 4);
});

test("only a few are listed", () => {
  const many = Array.from({ length: 40 }, (_, index) => member("curl", index + 2, null));
  assert.equal(recentChangesOf(life([entry(1, null, {})], many), Infinity).length, 6);
});

test("equal names fold, and what is left out is counted", () => {
  assert.deepEqual(foldNames(["worker", "sh", "worker"]), { text: "worker ×2, sh", more: 0 });
  assert.deepEqual(foldNames(["a", "b", "c", "d", "d"]), { text: "a, b, c", more: 2 });
});

test("facts are said in a person's words", () => {
  assert.equal(nameOfField("limits memory_bytes"), "memory limit");
  assert.equal(nameOfField("namespaces net"), "Network namespace");
  assert.equal(nameOfField("labels com.example"), "label com.example");
  assert.equal(sayFact("limits memory_bytes", 128 * 2 ** 20), "128 MiB");
  assert.equal(sayFact("namespaces net", "0f3c2d1e:net:4343"), "net 4343");
  assert.equal(
    sayFact("limits", { memory_bytes: 2 ** 20, cpu_cores: null, pids: 7 }),
    "memory limit 1 MiB, limit of tasks 7",
  );
  assert.equal(sayFact("nspid", [15711, 1]), "15711 › 1");
  assert.equal(sayFact("cmdline", []), "—");
  assert.equal(sayBytes(1536), "1.5 KiB");
});

test("a difference within a field says where", () => {
  const [before, after] = [
    { net: "b:net:1", pid: "b:pid:1" },
    { net: "b:net:2", pid: "b:pid:1" },
  ];
  assert.deepEqual(spread("namespaces", before, after), [
    { field: "namespaces net", before: "b:net:1", after: "b:net:2" },
  ]);
});

test("however often the health check of a container ran, it is one change, at its last run", () => {
  const checks = Array.from({ length: 40 }, (_, run) => [
    { ...member("runc:[2:INIT]", 10 + run, 11 + run), check: true },
    { ...member("sh", 10 + run, 11 + run), check: true },
  ]).flat();
  const found = recentChangesOf(life([entry(1, null, {})], [...checks, member("worker", 7, 9)]), Infinity);
  assert.deepEqual(told(found), ["checked 49", "went 9", "came 7", "appeared 1"]);
  assert.equal(found[0].names.length, 40);
});
