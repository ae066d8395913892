import assert from "node:assert/strict";
import { test } from "node:test";
import { createSaved } from "../../../static/dashboard/address/saved-searches.js";

/** What stands in for the browser's store. @param {string|null} text */
function keeping(text = null) {
  return {
    text,
    getItem: () => keep.text,
    setItem: (/** @type {string} */ _, /** @type {string} */ value) => void (keep.text = value),
  };
}
let keep = keeping();

test("searches are kept by name, in order, and the last under a name holds", () => {
  keep = keeping();
  const saved = createSaved(keep);
  assert.ok(saved.add("web", "q=web"));
  saved.add("Database", "q=db");
  saved.add("web", "q=web2");
  assert.deepEqual(createSaved(keep).list, [
    { name: "Database", query: "q=db" },
    { name: "web", query: "q=web2" },
  ]);
});

test("what is deleted can be brought back", () => {
  keep = keeping();
  const saved = createSaved(keep);
  saved.add("a", "q=a");
  saved.add("b", "q=b");
  const undo = saved.remove("a");
  assert.deepEqual(
    createSaved(keep).list.map(({ name }) => name),
    ["b"],
  );
  undo();
  assert.deepEqual(
    createSaved(keep).list.map(({ name }) => name),
    ["a", "b"],
  );
});

test("a store that refuses or holds something else stops nobody", () => {
  const full = {
    getItem: () => null,
    setItem() {
      throw new Error("full");
    },
  };
  const saved = createSaved(full);
  assert.equal(saved.add("a", "q=a"), false);
  assert.deepEqual(
    saved.list.map(({ name }) => name),
    ["a"],
  );
  for (const text of ["not json", "{}", '[{"name": 1}, null, {"name": "a", "query": "q=a"}]']) {
    keep = keeping(text);
    assert.deepEqual(createSaved(keep).list, text.startsWith("[") ? [{ name: "a", query: "q=a" }] : []);
  }
});
