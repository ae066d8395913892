import assert from "node:assert/strict";
import { test } from "node:test";
import { ChosenRows } from "../../../../static/dashboard/views/table/chosen-rows.js";

const ROWS = ["a", "b", "c", "d", "e"].map((key) => ({ key }));

/** @param {ChosenRows} chosen */
const keysOf = (chosen) => ROWS.map(({ key }) => key).filter((key) => chosen.has(key));

test("a range goes from the last row that was clicked, in both directions", () => {
  const chosen = new ChosenRows();
  chosen.startAt("c");
  chosen.stretchTo(ROWS, "e", null);
  assert.deepEqual(keysOf(chosen), ["c", "d", "e"]);
  chosen.stretchTo(ROWS, "a", null);
  assert.deepEqual(keysOf(chosen), ["a", "b", "c"]);
});

test("a range begins at the selection where nothing was clicked", () => {
  const chosen = new ChosenRows();
  chosen.stretchTo(ROWS, "d", "b");
  assert.deepEqual(keysOf(chosen), ["b", "c", "d"]);
});

test("a range from a row that is not shown chooses nothing", () => {
  const chosen = new ChosenRows();
  chosen.stretchTo(ROWS, "d", "gone");
  assert.equal(chosen.size, 0);
});

test("the first row that is chosen besides the selection takes the selection with it", () => {
  const chosen = new ChosenRows();
  chosen.toggle("d", "a");
  assert.deepEqual(keysOf(chosen), ["a", "d"]);
  chosen.toggle("a", "a");
  assert.deepEqual(keysOf(chosen), ["d"]);
});

test("rows that are no longer shown are no longer chosen", () => {
  const chosen = new ChosenRows();
  chosen.choose(ROWS);
  chosen.keepIn(ROWS.slice(1, 3));
  assert.deepEqual(keysOf(chosen), ["b", "c"]);
  chosen.startAt("b");
  assert.equal(chosen.size, 0);
});
