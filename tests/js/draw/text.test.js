import assert from "node:assert/strict";
import { test } from "node:test";
import { baselineOf, isDrawn, sizeOf, textOf } from "../../../static/dashboard/draw/text.js";

/** @param {Partial<import("../../../static/dashboard/draw/items.js").Item>} more */
const text = (more) => /** @type {const} */ ({ t: "text", x: 0, y: 10, size: 14, floor: 11, ...more });

test("a name grows so that it is never smaller than eleven pixels on the screen", () => {
  const name = text({ text: "web" });
  for (const k of [0.05, 0.3, 0.8, 2]) assert.ok(sizeOf(name, k) * k >= 11 - 1e-9);
  assert.equal(sizeOf(name, 2), 14);
});

test("a name that is too long loses what all begin with, then its middle", () => {
  const name = text({ text: "shop-production-web-frontend-1", prefix: "shop-production-" });
  assert.equal(textOf({ ...name, room: 400 }, 1), "shop-production-web-frontend-1");
  assert.equal(textOf({ ...name, room: 170 }, 1), "…web-frontend-1");
  assert.match(textOf({ ...name, room: 100 }, 1), /^web.*….*-1$/);
  assert.match(textOf({ ...name, room: 170 }, 0.4), /^we.*….*1$/);
});

test("names that differ in their ends differ however far they are cut", () => {
  const cut = (/** @type {string} */ end) => textOf(text({ text: `kafka-broker-${end}`, room: 60 }), 0.6);
  assert.notEqual(cut("1"), cut("2"));
});

test("what is drawn from a zoom on, or until one, is not drawn beyond it", () => {
  assert.deepEqual(
    [0.4, 0.5, 0.6].map((k) => isDrawn(text({ text: "a", from: 0.5 }), k)),
    [false, true, true],
  );
  assert.deepEqual(
    [0.4, 0.5, 0.6].map((k) => isDrawn(text({ text: "a", until: 0.5 }), k)),
    [true, false, false],
  );
});

test("hanging letters begin at the same height however large they are", () => {
  const name = text({ text: "a", hang: true });
  assert.ok(baselineOf(name, 0.3) - sizeOf(name, 0.3) * 0.8 - (baselineOf(name, 2) - 14 * 0.8) < 1e-9);
});
