import assert from "node:assert/strict";
import { test } from "node:test";
import { busyState } from "../../support/busy-state.mjs";
import { colourOf, sharerTags } from "../../../../static/dashboard/model/grouping/sharer-tags.js";
import { demoState } from "../../support/make-state.mjs";
import { findSharing } from "../../../../static/dashboard/model/sharing.js";
import { loaded, stateOf } from "../../support/helpers.mjs";

/** @param {import("../../../../static/dashboard/model/types.js").HostState} given */
function tagged(given) {
  const state = stateOf(loaded(given));
  const sharing = findSharing(state);
  return { state, sharing, tags: sharerTags(state, sharing) };
}

test("those who share have one tag for all types they share, and the host's namespaces have none", () => {
  const { state, tags } = tagged(demoState());
  const shared = [...tags].map(([key, tag]) => [state.namespaces.get(key)?.type, tag]);
  assert.deepEqual(
    new Map(/** @type {any} */ (shared)),
    new Map([
      ["pid", 1],
      ["net", 1],
    ]),
  );
});

test("each set of sharers has a tag of its own", () => {
  const { sharing, tags } = tagged(busyState(60));
  /** @type {Map<number, Set<string>>} */
  const setsOf = new Map();
  for (const [key, tag] of tags) {
    const set = [...(sharing.owners.get(key) ?? [])].sort().join(" ");
    setsOf.set(tag, (setsOf.get(tag) ?? new Set()).add(set));
  }
  assert.ok(setsOf.size > 8);
  for (const sets of setsOf.values()) assert.equal(sets.size, 1);
  assert.equal(new Set([...setsOf.values()].flatMap((sets) => [...sets])).size, setsOf.size);
});

test("what begins to share later changes no tag that is there", () => {
  const state = busyState(60);
  const before = tagged(state).tags;
  const brokers = state.containers.filter(({ name }) => /kafka-broker-[12]$/.test(name)).map(({ id }) => id);
  const joined = state.processes.filter(({ container }) => brokers.includes(container ?? ""));
  const made = {
    ...state.namespaces[0],
    type: /** @type {const} */ ("net"),
    key: "b:net:9999",
    ns_id: 9999,
    initial: false,
  };
  state.namespaces.push(made);
  for (const process of joined) process.namespaces = { ...process.namespaces, net: made.key };
  const after = tagged(state).tags;
  assert.ok(joined.length > 1);
  assert.equal(after.get(made.key), Math.max(...before.values()) + 1);
  for (const [key, tag] of before) assert.equal(after.get(key), tag);
});

test("the colours repeat after the eighth tag, and the numbers do not", () => {
  assert.deepEqual([1, 8, 9, 17].map(colourOf), [1, 8, 1, 1]);
});
