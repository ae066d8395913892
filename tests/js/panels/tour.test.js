import assert from "node:assert/strict";
import { test } from "node:test";
import { placeCard } from "../../../static/dashboard/panels/tour/tour.js";
import { STEPS } from "../../../static/dashboard/panels/tour/steps.js";

const PAGE = { width: 1440, height: 900 };
const CARD = { width: 350, height: 180 };

test("the tour has six steps", () => {
  assert.equal(STEPS.length, 6);
});

test("the card stands beside what it explains, and never outside of the page", () => {
  const targets = {
    below: { left: 600, top: 8, width: 300, height: 40 },
    above: { left: 0, top: 760, width: 1440, height: 140 },
    right: { left: 0, top: 60, width: 220, height: 700 },
    left: { left: 1100, top: 60, width: 340, height: 840 },
  };
  for (const [where, target] of Object.entries(targets)) {
    const { left, top } = placeCard(target, CARD, PAGE);
    assert.ok(left >= 0 && top >= 0 && left + CARD.width <= PAGE.width && top + CARD.height <= PAGE.height, where);
    const apart = {
      below: top >= target.top + target.height,
      above: top + CARD.height <= target.top,
      right: left >= target.left + target.width,
      left: left + CARD.width <= target.left,
    };
    assert.ok(apart[/** @type {keyof apart} */ (where)], where);
  }
});

test("over what fills the page the card stands at its lower end", () => {
  const { top } = placeCard({ left: 0, top: 0, ...PAGE }, CARD, PAGE);
  assert.equal(top, PAGE.height - CARD.height - 12);
  assert.deepEqual(placeCard(null, CARD, PAGE), placeCard({ left: 0, top: 0, ...PAGE }, CARD, PAGE));
});
