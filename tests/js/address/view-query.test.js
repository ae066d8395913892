import assert from "node:assert/strict";
import { test } from "node:test";
import { nextHost, wallZoom } from "../../../static/dashboard/panels/kiosk.js";
import { defaultView, fromQuery, toQuery } from "../../../static/dashboard/address/view-query.js";
import { findTaken } from "../../../static/dashboard/panels/snapshots/take.js";
import { standingAfter } from "../../../static/dashboard/model/standing.js";
import { groupGaps, lastingGaps, statusOf } from "../../../static/dashboard/panels/connection.js";
import { themeOf } from "../../../static/dashboard/draw/theme.js";

test("a view survives the way through its address", () => {
  const view = defaultView();
  Object.assign(view, {
    host: "4f1d",
    view: "table",
    selected: "5d1c7a90:1120:11200",
    search: 'container:web* -"a b"',
  });
  view.options.off.add("net").add("time");
  view.options.open.add("fold:a:b,c:d").add("e5&=");
  view.options.shut.add("f00");
  Object.assign(view.options, { kernel: true, single: true, by: "label:team" });
  assert.deepEqual(fromQuery(`?${toQuery(view)}`), view);
});

test("the default view has an empty address, and nonsense gives the default view", () => {
  assert.equal(toQuery(defaultView()), "");
  assert.deepEqual(fromQuery("?view=cube&off=nothing&show=&open=&by=label:&x=1"), defaultView());
  assert.deepEqual([...fromQuery("?open=%25E0%25A4").options.open], ["%E0%A4"]);
});

test("a state is live for two intervals, then behind while the agent reports; a lost connection is said first", () => {
  const standing = { heldAt: 0, heardAt: 0, waiting: 0 };
  const base = { step: /** @type {const} */ ("live"), standing, interval: 5 };
  assert.equal(statusOf({ ...base, now: 12_000 }).status, "live");
  assert.equal(statusOf({ ...base, now: 12_000, polling: true }).text, "Live, checked every few seconds");
  assert.deepEqual(statusOf({ ...base, now: 13_000 }), { status: "behind", text: "13 s behind" });
  assert.equal(statusOf({ ...base, now: 18_000 }).status, "silent");
  assert.match(statusOf({ ...base, now: 18_000 }).text, /^Not live since /);
  const catchingUp = { ...base, standing: { heldAt: 0, heardAt: 179_000, waiting: 340 }, now: 180_000 };
  assert.deepEqual(statusOf(catchingUp), { status: "behind", text: "3 min behind, catching up: 340 to come" });
  assert.equal(statusOf({ ...base, step: "reconnecting", now: 60_000 }).status, "reconnecting");
});

test("a message tells how old the state is, and an answer does not end an agent's absence", () => {
  const before = { heldAt: Date.now() - 60_000, heardAt: Date.now() - 50_000, waiting: 0 };
  const live = standingAfter({ age_ms: 1000, waiting: 7 }, before, false);
  assert.ok(Date.now() - live.heldAt < 2000 && Date.now() - live.heardAt < 1000 && live.waiting === 7);
  assert.equal(standingAfter({ age_ms: 70_000 }, before, true).heardAt, before.heardAt);
  assert.ok(Date.now() - standingAfter({ age_ms: 0 }, before, true).heardAt < 1000);
});

test("gaps are put together by what and why, the host's own first", () => {
  const groups = groupGaps([
    { pid: 3, what: "ns", why: "forbidden" },
    { pid: 4, what: "ns", why: "forbidden" },
    { pid: 4, what: "cmdline", why: "gone" },
    { pid: null, what: "docker", why: "unsupported" },
  ]);
  assert.deepEqual(
    groups.map((group) => [group.what, group.count]),
    [
      ["docker", 1],
      ["ns", 2],
      ["cmdline", 1],
    ],
  );
});

test("the snapshot that answers a request is found by its request, or by its time", () => {
  const list = [
    { seq: 4, taken_at: "2026-03-02T09:00:00+00:00", requested_at: null },
    { seq: 5, taken_at: "2026-03-02T09:00:07+00:00", requested_at: "2026-03-02T09:00:05+00:00" },
  ];
  assert.equal(findTaken(list, "2026-03-02T09:00:05+00:00")?.seq, 5);
  assert.equal(findTaken(list, "2026-03-02T09:01:00+00:00"), undefined);
});

test("the theme follows the system until it is chosen", () => {
  assert.equal(themeOf("auto", true).name, "dark");
  assert.equal(themeOf("light", true).name, "light");
});

test("a moment, a pair of moments and a life survive the way through the address", () => {
  const view = defaultView();
  Object.assign(view, { host: "4f1d", at: 41, life: { kind: "namespace", key: "5d1c7a90:net:4343" } });
  assert.deepEqual(fromQuery(`?${toQuery(view)}`), view);
  const pair = { ...defaultView(), host: "4f1d", from: 41, to: 97, side: /** @type {const} */ ("after") };
  assert.deepEqual(fromQuery(`?${toQuery(pair)}`), pair);
});

test("half a pair, a moment that is no number and a life without a key are nothing", () => {
  assert.deepEqual(fromQuery("?from=3&at=x&life=process:&side=after"), defaultView());
  assert.deepEqual(fromQuery("?at=0&life=planet:x"), defaultView());
});

test("the past and imported history are never called stale", () => {
  const standing = { heldAt: 0, heardAt: 0, waiting: 0 };
  const old = { step: /** @type {const} */ ("live"), standing, now: 1e9, interval: 5 };
  assert.equal(statusOf({ ...old, where: "past" }).status, "past");
  assert.equal(statusOf({ ...old, imported: true }).status, "imported");
  assert.equal(statusOf(old).status, "silent");
});

test("a wall screen turns to the next host that is recorded live, and stays where there is no other", () => {
  const row = (/** @type {string} */ id, /** @type {any} */ more = {}) =>
    /** @type {any} */ ({ id, seq: 1, imported: null, ...more });
  const hosts = [row("a"), row("b", { imported: { at: "" } }), row("c"), row("d", { seq: 0 })];
  assert.equal(nextHost(hosts, "a"), "c");
  assert.equal(nextHost(hosts, "c"), "a");
  assert.equal(nextHost(hosts, null), "a");
  assert.equal(nextHost([row("a")], "a"), null);
  assert.equal(nextHost([], null), null);
});

test("a link keeps the wall screen, within bounds", () => {
  assert.equal(fromQuery("kiosk=60").kiosk, 60);
  assert.equal(fromQuery("kiosk=1").kiosk, 5);
  assert.equal(fromQuery("kiosk=").kiosk, 20);
  assert.equal(fromQuery("").kiosk, null);
  assert.equal(toQuery(fromQuery("kiosk=60")), "kiosk=60");
});

test("a wall screen shows the page as large as it fills it, and never smaller than it is", () => {
  assert.equal(wallZoom(3840, 2160), 3);
  assert.equal(wallZoom(1920, 1080), 1.5);
  assert.equal(wallZoom(3840, 1080), 1.5);
  assert.equal(wallZoom(800, 600), 1);
});

test("a process that ended while it was read is no gap that somebody may act on", () => {
  const [ended, forbidden, silent] = /** @type {import("../../../static/dashboard/model/types.js").Gap[]} */ ([
    { pid: 7, what: "stat", why: "gone" },
    { pid: 8, what: "ns/net", why: "forbidden" },
    { pid: null, what: "docker", why: "gone" },
  ]);
  assert.deepEqual(lastingGaps([ended, forbidden, silent]), [forbidden, silent]);
});
