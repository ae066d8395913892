import assert from "node:assert/strict";
import { test } from "node:test";
import { findSharing } from "../../../static/dashboard/model/sharing.js";
import { heldBy, lastOwner, orphansOf, sayHolders } from "../../../static/dashboard/model/holders.js";
import { readSearch } from "../../../static/dashboard/search/search.js";
import { sayFact } from "../../../static/dashboard/model/field-text.js";
import { demoState } from "../support/make-state.mjs";
import { loaded, stateOf } from "../support/helpers.mjs";

const whole = demoState();
const [first, second] = whole.processes.filter(({ container }) => container !== null);
const user = whole.namespaces.find(({ type, initial }) => type === "user" && initial);
const mnt = whole.namespaces.find(({ type, initial }) => type === "mnt" && initial);
const base = { ns_id: 1, initial: false, owner: user?.key ?? null, parent: null, processes: 0 };
const mount = { pid: null, mount_namespace: mnt?.key ?? null, name: "/run/netns/x" };
/** @type {any[]} */
const orphans = [
  {
    ...base,
    key: "b:net:1",
    type: "net",
    inode: 1,
    holders: [
      { kind: "descriptor", count: 7, some: [{ pid: first.pid, mount_namespace: null, name: "5" }] },
      { kind: "mount", count: 2, some: [mount, { ...mount, mount_namespace: first.namespaces.mnt }] },
    ],
  },
  { ...base, key: "b:user:2", type: "user", inode: 2, holders: [] },
  { ...base, key: "b:user:3", type: "user", inode: 3, parent: "b:user:2", owner: "b:user:2", holders: [] },
];
const bound = { ...mount, mount_namespace: second.namespaces.mnt };
orphans.push({
  ...base,
  key: "b:ipc:4",
  type: "ipc",
  inode: 4,
  holders: [{ kind: "mount", count: 1, some: [bound] }],
});
const byNumber = (/** @type {number} */ a, /** @type {number} */ b) => a - b;
const together = whole.processes.filter(({ namespaces }) => namespaces.mnt === second.namespaces.mnt);
const others = together.map(({ pid }) => pid).sort(byNumber);
whole.namespaces.push(...orphans);
const own = whole.namespaces.find(({ key }) => key === second.namespaces.net);
if (own) own.holders = [{ kind: "mount", count: 1, some: [mount] }];
const state = stateOf(loaded(whole));
const facts = { state, sharing: findSharing(state), loads: null };

/** @param {string} text */
function pids(text) {
  const { test: matches } = readSearch(text, facts);
  return [...state.processes.values()].filter(matches ?? (() => false)).map(({ pid }) => pid);
}

test("namespaces that no process lives in are found, but not the host’s", () => {
  assert.deepEqual(
    orphansOf(state).map(({ key }) => key),
    orphans.map(({ key }) => key),
  );
});

test("what holds a namespace is said, with whom to look at", () => {
  const held = heldBy(state, orphans[0]);
  assert.equal(held[0].text, `descriptor 5 of ${first.comm} (${first.pid})`);
  assert.equal(held[0].key, first.key);
  assert.deepEqual(held[1], { text: "and 6 more", key: null });
  assert.deepEqual(held[2], { text: "bind mount /run/netns/x", key: null });
  assert.match(held[3].text, /^bind mount \/run\/netns\/x, seen by /);
});

test("a namespace is held by those that are in it", () => {
  assert.deepEqual(heldBy(state, orphans[1]), [{ text: "user:[3]", key: "b:user:3" }]);
  assert.deepEqual(heldBy(state, orphans[2]), []);
});

test("the search finds who lives in what is held, and who keeps what nobody lives in", () => {
  assert.deepEqual(pids("orphaned:net").sort(byNumber), [1, first.pid]); // a bind mount on the host counts for its first
  assert.deepEqual(pids("orphaned:*").sort(byNumber), [...new Set([1, first.pid, others[0]])]);
  assert.deepEqual(pids("orphaned:ipc"), [others[0]]);
  assert.deepEqual(pids("orphaned:user"), []);
  assert.ok(pids("held:/run/netns").includes(second.pid));
  assert.deepEqual(pids("held:/run/netns"), pids("held:mount"));
  assert.deepEqual(pids("held:thread"), []);
});

test("history and comparisons say holders in short", () => {
  assert.equal(sayFact("holders", orphans[0].holders), "descriptor ×7, /run/netns/x ×2");
  assert.equal(sayHolders([]), "none");
});

test("who lived in it last is the member whose stay ended last", () => {
  const stay = (/** @type {string} */ comm, /** @type {number|null} */ until, /** @type {string|null} */ name) => ({
    ...{ key: comm, pid: 1, comm, container: null, name, from_seq: 1, from_at: "2026-01-01T00:00:00Z" },
    ...{ until_seq: until, until_at: until === null ? null : `2026-01-01T03:${until}:00Z` },
  });
  const members = [stay("c", null, null), stay("a", 11, null), stay("b", 12, "web")];
  assert.deepEqual(lastOwner(/** @type {any} */ ({ members })), { name: "web", until: "2026-01-01T03:12:00Z" });
  assert.equal(lastOwner(/** @type {any} */ ({ members: [members[0]] })), null);
});
