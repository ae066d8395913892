import assert from "node:assert/strict";
import { test } from "node:test";
import { branchAfter, cellAfter, rowAfter } from "../../../static/dashboard/widgets/grid-navigation.js";

/* ---- a list ---- */

/** @param {string} key @param {number} at */
const rowFrom = (key, at) => rowAfter(key, at, { rows: 10, page: 4 });

test("arrows, pages, Home and End move through a list and stop at its ends", () => {
  assert.deepEqual(
    ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"].map((key) => rowFrom(key, 5)),
    [6, 4, 9, 1, 0, 9],
  );
  assert.deepEqual(
    ["ArrowUp", "PageUp"].map((key) => rowFrom(key, 0)),
    [0, 0],
  );
  assert.deepEqual(
    ["ArrowDown", "PageDown"].map((key) => rowFrom(key, 9)),
    [9, 9],
  );
});

test("where no row is active, every key leads into the list", () => {
  assert.equal(rowFrom("ArrowDown", -1), 0);
  assert.equal(rowFrom("ArrowUp", -1), 0);
  assert.equal(rowFrom("PageDown", -1), 3);
});

test("a key that does not move through a list is left alone", () => {
  for (const key of ["ArrowRight", "Enter", "a", "toString"]) assert.equal(rowFrom(key, 3), null, key);
});

/* ---- a grid ---- */

const EXTENT = { rows: 5, columns: 3, page: 2 };

/** @param {string} key @param {number} row @param {number} column */
function cellFrom(key, row, column) {
  const place = cellAfter(key, { row, column }, EXTENT);
  return place && [place.row, place.column];
}

test("arrows move by a cell, pages by rows, and Home and End stay in the row of a grid", () => {
  assert.deepEqual(cellFrom("ArrowDown", 1, 1), [2, 1]);
  assert.deepEqual(cellFrom("ArrowLeft", 1, 1), [1, 0]);
  assert.deepEqual(cellFrom("PageDown", 1, 1), [3, 1]);
  assert.deepEqual(cellFrom("Home", 3, 1), [3, 0]);
  assert.deepEqual(cellFrom("End", 3, 1), [3, 2]);
  assert.equal(cellFrom("Enter", 3, 1), null);
});

test("a grid is not left at its edges, and is entered at its first row", () => {
  assert.deepEqual(cellFrom("ArrowRight", 4, 2), [4, 2]);
  assert.deepEqual(cellFrom("ArrowDown", 4, 2), [4, 2]);
  assert.deepEqual(cellFrom("ArrowRight", -1, 0), [0, 1]);
  assert.deepEqual(cellAfter("End", { row: -1, column: 0 }, { rows: 0, columns: 3, page: 1 }), { row: 0, column: 2 });
});

/* ---- a tree ---- */

const CLOSED = { expanded: false, parent: 2 };
const OPEN = { expanded: true, parent: 2 };
const LEAF = { expanded: null, parent: 2 };

test("ArrowRight opens a branch and then enters it, ArrowLeft closes it and then leaves it", () => {
  assert.equal(branchAfter("ArrowRight", 4, CLOSED, true), "turn");
  assert.equal(branchAfter("ArrowRight", 4, OPEN, true), 5);
  assert.equal(branchAfter("ArrowRight", 4, LEAF, true), "stay");
  assert.equal(branchAfter("ArrowLeft", 4, OPEN, true), "turn");
  assert.equal(branchAfter("ArrowLeft", 4, CLOSED, true), 2);
  assert.equal(branchAfter("ArrowLeft", 4, { ...LEAF, parent: -1 }, true), "stay");
});

test("Enter opens or closes a branch, unless what is open is fixed", () => {
  assert.equal(branchAfter("Enter", 4, OPEN, true), "turn");
  assert.equal(branchAfter("Enter", 4, LEAF, true), "stay");
  assert.equal(branchAfter("Enter", 4, OPEN, false), "stay");
  assert.equal(branchAfter("ArrowLeft", 4, OPEN, false), 2);
});

test("where no row of a tree is active, its keys do nothing, and other keys are left alone", () => {
  for (const key of ["ArrowRight", "ArrowLeft", "Enter"]) assert.equal(branchAfter(key, -1, undefined, true), "stay");
  assert.equal(branchAfter("x", 4, OPEN, true), null);
});
