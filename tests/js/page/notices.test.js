import assert from "node:assert/strict";
import { test } from "node:test";
import { isSilent } from "../../../static/dashboard/model/standing.js";
import { noticeOf } from "../../../static/dashboard/page/notices.js";
import { demoState } from "../support/make-state.mjs";
import { stateFrom } from "../../../static/dashboard/model/store.js";

/** @param {(whole: any) => void} [change] */
function standing(change = () => {}) {
  const whole = structuredClone(demoState());
  whole.coverage.gaps = [];
  change(whole);
  return {
    state: stateFrom(whole, 1),
    live: true,
    silent: false,
    line: /** @type {const} */ ("open"),
    imported: false,
  };
}

const gap = (/** @type {number|null} */ pid, /** @type {string} */ what, /** @type {string} */ why) => ({
  pid,
  what,
  why,
});

test("a host in order needs no notice", () => {
  assert.equal(noticeOf(standing()), null);
});

test("an agent that is silent comes before everything else, but only where the page shows now", () => {
  const one = { ...standing((whole) => (whole.containers = [])), silent: true };
  assert.equal(noticeOf(one)?.name, "agent");
  assert.equal(noticeOf({ ...one, live: false })?.name, "containers");
  assert.equal(noticeOf({ ...one, imported: true })?.name, "containers");
});

test("nobody blames the agent while the server is not heard", () => {
  const one = { ...standing(), silent: true };
  assert.equal(noticeOf(one)?.name, "agent");
  const lost = noticeOf({ ...one, line: "lost" });
  assert.equal(lost?.name, "server");
  assert.ok(!/pgrep/.test(lost?.command ?? ""));
  assert.equal(noticeOf({ ...one, line: "lost", live: false }), null);
  assert.equal(noticeOf({ ...one, line: "none" }), null);
});

test("an agent is silent after three intervals", () => {
  assert.equal(isSilent(0, 16_000, 5), false);
  assert.equal(isSilent(0, 18_000, 5), true);
});

test("an agent without privileges is told how many processes it could not read", () => {
  const notice = noticeOf(
    standing(
      (whole) =>
        (whole.coverage.gaps = whole.processes
          .slice(0, 60)
          .map((/** @type {any} */ one) => gap(one.pid, "ns", "forbidden"))),
    ),
  );
  assert.equal(notice?.name, "privileges");
  assert.match(notice?.text ?? "", /^60 of \d+ processes/);
});

test("a few unreadable processes are a number, not a notice", () => {
  assert.equal(noticeOf(standing((whole) => (whole.coverage.gaps = [gap(1, "ns", "forbidden")]))), null);
});

test("why Docker does not answer decides what is advised", () => {
  const advice = (/** @type {string} */ why) =>
    noticeOf(standing((whole) => (whole.coverage.gaps = [gap(null, "docker", why)])))?.text ?? "";
  assert.match(advice("forbidden"), /group docker/);
  assert.match(advice("unsupported"), /no Docker/);
  assert.match(advice("gone"), /by their cgroups/);
  assert.match(advice("slow"), /by their cgroups/);
});
