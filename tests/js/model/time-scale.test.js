import assert from "node:assert/strict";
import { test } from "node:test";
import {
  barsOf,
  binEvents,
  clampSpan,
  createScale,
  firstSpan,
  nearestSeq,
  offsetOf,
  panSpan,
  reachSpan,
  sayTick,
  ticksOf,
  zoomSpan,
} from "../../../static/dashboard/model/time-scale.js";
import { sayAgo, sayLength, sayMoment, saySpan } from "../../../static/dashboard/base/times.js";

const HOUR = 3600_000;
const noon = Date.parse("2026-11-23T12:00:00Z");
const all = { from: noon - 72 * HOUR, to: noon };
/** @param {number} hours @param {number} seq @param {number} [added] */
const bucket = (hours, seq, added = 1) => ({
  at: new Date(noon + hours * HOUR).toISOString(),
  seq,
  added,
  changed: 0,
  removed: 0,
});

test("a span that contains the moment stays as it is, another one keeps its length", () => {
  const day = { from: noon - 24 * HOUR, to: noon };
  assert.equal(reachSpan(day, noon - 8 * HOUR, all), day);
  assert.deepEqual(reachSpan(day, noon - 40 * HOUR, all), { from: noon - 52 * HOUR, to: noon - 28 * HOUR });
  assert.deepEqual(reachSpan(day, noon - 71 * HOUR, all), { from: all.from, to: all.from + 24 * HOUR });
});

test("a scale goes both ways", () => {
  const scale = createScale({ from: noon, to: noon + HOUR }, 600);
  assert.equal(scale.x(noon + HOUR / 2), 300);
  assert.equal(scale.at(scale.x(noon + 1234)), noon + 1234);
});

test("zooming keeps the moment under the pointer where it is", () => {
  const span = { from: noon - 10 * HOUR, to: noon - 2 * HOUR };
  const at = noon - 4 * HOUR;
  const near = zoomSpan(span, at, 2, all);
  assert.equal(near.to - near.from, 4 * HOUR);
  assert.equal(Math.round(createScale(near, 800).x(at)), Math.round(createScale(span, 800).x(at)));
});

test("a span never leaves history, nor shrinks to nothing", () => {
  assert.deepEqual(clampSpan({ from: all.from - 9 * HOUR, to: all.to + 9 * HOUR }, all), all);
  assert.deepEqual(panSpan({ from: noon - HOUR, to: noon }, 5 * HOUR, all), { from: noon - HOUR, to: noon });
  let span = all;
  for (let turn = 0; turn < 60; turn++) span = zoomSpan(span, noon - HOUR, 3, all);
  assert.ok(span.to - span.from >= 10_000);
  assert.deepEqual(firstSpan(all), { from: noon - 24 * HOUR, to: noon });
  assert.deepEqual(firstSpan({ from: noon - HOUR, to: noon }), { from: noon - HOUR, to: noon });
});

test("ticks are round moments of the reader's clock, half-hour zones too", () => {
  const offset = (/** @type {number} */ at) => offsetOf(at, "Asia/Kolkata");
  assert.equal(offset(noon), 5.5 * HOUR);
  const { step, ticks } = ticksOf({ from: noon - 6 * HOUR, to: noon }, 900, offset);
  assert.equal(step, HOUR);
  assert.ok(ticks.length >= 5);
  for (const at of ticks) assert.match(sayTick(at, step, "Asia/Kolkata"), /^\d\d:00$|^\d+ \w+$/);
});

test("the nearest step is the last one before, and the first where there is none before", () => {
  const buckets = [bucket(-5, 3), bucket(-3, 9), bucket(-1, 12)];
  assert.equal(nearestSeq(buckets, noon - 2 * HOUR), 9);
  assert.equal(nearestSeq(buckets, noon), 12);
  assert.equal(nearestSeq(buckets, noon - 9 * HOUR), 3);
  assert.equal(nearestSeq([], noon), null);
});

test("one busy moment does not flatten all others", () => {
  const [quiet, busy] = barsOf([bucket(-2, 1, 1), bucket(-1, 2, 10_000)]);
  assert.equal(busy.share, 1);
  assert.ok(quiet.share >= 0.01);
});

/** @param {string} kind @param {number} seconds @param {number} seq */
const event = (kind, seconds, seq) => ({
  kind,
  at: new Date(noon + seconds * 1000).toISOString(),
  seq,
  id: "x",
  name: "x",
});

test("the events of some pixels are one mark of the gravest kind, which leads to the last of that kind", () => {
  const x = (/** @type {number} */ at) => (at - noon) / 1000;
  const bins = binEvents(
    [
      event("container-started", 60, 5),
      event("exec", 0, 1),
      event("container-stopped", 1, 2),
      event("container-stopped", 2, 3),
      event("container-started", 3, 4),
      event("something-new", 61, 6),
    ],
    x,
  );
  assert.deepEqual(
    bins.map(({ kind, seq, events }) => [kind, seq, events.map((one) => one.seq)]),
    [
      ["container-stopped", 3, [1, 2, 3, 4]],
      ["container-started", 5, [5, 6]],
    ],
  );
});

test("however much happens, marks do not touch, and do not jump while time goes on", () => {
  const busy = Array.from({ length: 3000 }, (_, index) =>
    event(index % 7 ? "exec" : "container-stopped", index, index),
  );
  const { x } = createScale({ from: noon, to: noon + 3000_000 }, 900);
  const places = binEvents(busy, x).map((bin) => bin.x);
  assert.ok(places.length > 20 && places.length < 40);
  for (const [index, place] of places.slice(1).entries()) assert.ok(place - places[index] >= 15.9, `${index}`);
  const later = createScale({ from: noon + 7_000, to: noon + 3007_000 }, 900);
  const moved = binEvents(busy, later.x).map((bin) => [bin.seq, bin.events.length]);
  assert.deepEqual(
    moved,
    binEvents(busy, x).map((bin) => [bin.seq, bin.events.length]),
  );
});

test("a moment is said in the reader's zone and in UTC, with the day where it is another", () => {
  assert.deepEqual(sayMoment(noon, noon, "Europe/Berlin"), { local: "13:00:00", utc: "12:00:00 UTC" });
  assert.deepEqual(sayMoment(Date.parse("2026-11-22T23:30:00Z"), noon, "Europe/Berlin"), {
    local: "00:30:00",
    utc: "2026-11-22 23:30:00 UTC",
  });
  assert.deepEqual(sayMoment(noon, noon, "UTC"), { local: "12:00:00", utc: "UTC" });
  assert.equal(saySpan(noon, noon + HOUR / 2, "UTC"), "12:00–12:30");
  assert.equal(sayAgo(noon - 2 * HOUR, noon), "2 h ago");
  assert.equal(sayLength(90), "1 min");
  assert.equal(sayLength(93_600), "1 d 2 h");
});
