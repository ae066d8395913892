import assert from "node:assert/strict";
import { test } from "node:test";
import { costOf, paintItems } from "../../../static/dashboard/draw/paint.js";

/** Writes down what is asked of it. @return {any} */
function recorder() {
  /** @type {string[]} */
  const calls = [];
  const context = new Proxy(
    {},
    {
      get: (_, name) =>
        name === "calls"
          ? calls
          : (/** @type {any[]} */ ...values) =>
              calls.push([String(name), ...values.filter((value) => typeof value === "string")].join(" ")),
      set: () => true,
    },
  );
  return context;
}

const VIEW = { x: 0, y: 0, w: 1000, h: 1000 };
/** @param {number} x @param {object} [more] @return {import("../../../static/dashboard/draw/items.js").Item} */
const circle = (x, more) => ({ t: "circle", x, y: 100, r: 10, fill: "#111", ...more });
/** @param {string} text @param {object} [more] @return {import("../../../static/dashboard/draw/items.js").Item} */
const text = (text, more) => ({ t: "text", x: 100, y: 100, text, size: 12, least: 6, ...more });

/** @param {import("../../../static/dashboard/draw/items.js").Item[]} items @param {number} k @return {string[]} */
function painted(items, k) {
  const context = recorder();
  paintItems(context, items, VIEW, k);
  return context.calls;
}

test("what is out of sight is not painted", () => {
  assert.equal(painted([circle(5000), circle(-3000)], 1).length, 0);
  assert.equal(costOf([circle(5000)], VIEW, 1), 0);
});

test("a text that would be too small to read is not painted, and grows where it may", () => {
  assert.deepEqual(
    painted([text("small")], 0.3).filter((call) => call.startsWith("fillText")),
    [],
  );
  assert.deepEqual(
    painted([text("grown", { floor: 10, most: 24 })], 0.45).filter((call) => call.startsWith("fillText")),
    ["fillText grown"],
  );
});

test("far away, shapes of one style are one path; near, each is its own", () => {
  const three = [circle(10), circle(50), circle(90)];
  const fills = (/** @type {string[]} */ calls) => calls.filter((call) => call === "fill").length;
  assert.equal(fills(painted(three, 0.2)), 1);
  assert.equal(fills(painted(three, 1)), 3);
});

test("another style, or a text between them, ends the path, so that what is above stays above", () => {
  assert.deepEqual(
    painted([circle(10), circle(50, { fill: "#222" }), circle(90)], 0.2).filter((call) => call === "fill").length,
    3,
  );
  const order = painted([circle(10), text("between", { floor: 40, most: 60 }), circle(90)], 0.2).filter((call) =>
    /^(fill|fillText between)$/.test(call),
  );
  assert.deepEqual(order, ["fill", "fillText between", "fill"]);
});

test("dashed and plain lines are not drawn as one", () => {
  const line = (/** @type {number} */ y, /** @type {number[]|undefined} */ dash) =>
    /** @type {import("../../../static/dashboard/draw/items.js").Item} */ ({
      t: "line",
      x: 0,
      y: 0,
      points: [0, y, 100, y],
      stroke: "#333",
      dash,
    });
  assert.equal(
    painted([line(1, undefined), line(2, [6, 4]), line(3, [6, 4])], 1).filter((call) => call === "stroke").length,
    2,
  );
});
