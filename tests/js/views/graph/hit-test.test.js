import assert from "node:assert/strict";
import { test } from "node:test";
import { HitTest } from "../../../../static/dashboard/views/graph/canvas/hit-test.js";

const hits = new HitTest([
  { key: "outer", rect: { x: 0, y: 0, w: 100, h: 100 }, group: true },
  { key: "later", rect: { x: 50, y: 0, w: 100, h: 100 }, group: true },
  { key: "node", rect: { x: 10, y: 10, w: 20, h: 10 }, group: false },
]);

test("a node is found before the group that it stands in", () => {
  assert.equal(hits.find(15, 15)?.key, "node");
  assert.equal(hits.find(5, 5)?.key, "outer");
});

test("where groups overlap, the one that is drawn last is found", () => {
  assert.equal(hits.find(60, 5)?.key, "later");
});

test("where nothing is drawn, nothing is found", () => {
  assert.equal(hits.find(-1, 5), null);
  assert.equal(new HitTest([]).find(0, 0), null);
});
