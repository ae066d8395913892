import assert from "node:assert/strict";
import { test } from "node:test";
import { sayNew } from "../../../../static/dashboard/views/graph/newcomers.js";

test("new containers and what is isolated without one are counted apart", () => {
  assert.equal(sayNew(["a", "b", "group:unit:nginx.service"]), "2 new containers, 1 isolated without one");
  assert.equal(sayNew(["group:a", "group:b"]), "2 isolated without one");
  assert.equal(sayNew(["a", "b"]), "2 new containers");
});
