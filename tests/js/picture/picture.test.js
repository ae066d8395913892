import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "../../../static/dashboard/picture/draw-command.js";
import { maskStates } from "../../../static/dashboard/picture/pseudonyms.js";
import { makePicture } from "../../../static/dashboard/picture/picture.js";
import { PictureProblem, readPictureOptions } from "../../../static/dashboard/picture/options.js";
import { escapeText } from "../../../static/dashboard/draw/svg.js";
import { crowdState, demoState } from "../support/make-state.mjs";
import { makeHistory } from "../support/make-history.mjs";

/** @typedef {import("../../../static/dashboard/model/types.js").HostState} HostState */

/** @param {string} query @param {HostState[]} states */
const draw = (query, ...states) =>
  makePicture({
    query,
    states: (states.length ? states : [demoState()]).map((state, index) => ({ seq: index + 1, state })),
  });
/** Without the ground below the letters. @param {string} svg */
const textsOf = (svg) =>
  [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)]
    .filter(([, attributes]) => !attributes.includes("aria-hidden"))
    .map(([, , text]) => text);
/** @param {string} svg */
const initsOf = (svg) => textsOf(svg).filter((text) => /^init \d/.test(text)).length;
/** Two moments of one host, a container more in the later one. */
function twoStates() {
  const past = makeHistory(demoState(), Date.parse("2026-03-02T09:00:00Z"));
  return [past.stateAt(3), past.stateAt(past.last)];
}

test("the same state and options give the same bytes, in whatever order the facts come", () => {
  const state = demoState();
  const shuffled = {
    ...state,
    processes: [...state.processes].reverse(),
    containers: [...state.containers].reverse(),
    chains: [...state.chains].reverse(),
    namespaces: [...state.namespaces].reverse(),
  };
  for (const query of ["", "theme=dark&size=1200x800", "mask=1", "lang=ko&q=httpd", "all=1&show=host,initial"]) {
    assert.equal(draw(query, state).svg, draw(query, state).svg, query);
    assert.equal(draw(query, shuffled).svg, draw(query, state).svg, query);
  }
  draw("lang=ko");
  assert.ok(textsOf(draw("").svg).includes("Namespaces"), "a language that was spoken before is not spoken again");
});

test("title, moment, counts and legend stand around the graph", () => {
  const texts = textsOf(draw("title=Shop").svg);
  for (const text of [
    "Shop",
    "2026-03-02 09:00:00 UTC · snapshot 1",
    "6 containers · 101 processes · 27 namespaces besides the host’s",
    "mnt",
    "its own",
    "manages, without being its parent",
  ])
    assert.ok(texts.includes(text), text);
  assert.ok(texts.includes("Not drawn one by one: 10 host processes, 58 kernel threads, 7 processes in folds"));
});

test("the legend explains what is drawn, and no more", () => {
  const open = textsOf(draw("").svg);
  const closed = textsOf(draw("", crowdState(3000, 80)).svg);
  assert.ok(open.includes("exec") && !closed.includes("exec"));
  assert.ok(!textsOf(draw("off=time,user").svg).includes("time"));
  assert.ok(!open.includes("Compared") && textsOf(draw("", ...twoStates()).svg).includes("Compared"));
});

test("a time zone that is asked for stands beside UTC", () => {
  assert.ok(
    textsOf(draw("zone=Asia/Seoul").svg).includes(
      "2026-03-02 18:00:00 Asia/Seoul (2026-03-02 09:00:00 UTC) · snapshot 1",
    ),
  );
});

test("a picture is as large as it was asked for, or as what it shows", () => {
  const { width, height, svg } = draw("size=1000x640");
  assert.deepEqual([width, height], [1000, 640]);
  assert.ok(svg.includes('width="1000" height="640" viewBox="0 0 1000 640"'));
  assert.ok(draw("", crowdState(3000, 80)).width > draw("", crowdState(3000, 30)).width);
});

test("what came, went and changed is marked by shape and counted", () => {
  const texts = textsOf(draw("", ...twoStates()).svg);
  for (const sign of ["+", "−", "~"]) assert.ok(texts.filter((text) => text === sign).length > 1, sign);
  assert.ok(texts.some((text) => /^\+\d+ came$/.test(text)));
  assert.ok(texts.includes("6 → 7 containers · 103 → 120 processes · 27 → 32 namespaces besides the host’s"));
  const before = textsOf(draw("side=before", ...twoStates()).svg);
  assert.ok(texts.includes("batch-7") && !before.includes("batch-7"));
});

test("containers open by name, and all of them at once", () => {
  const state = crowdState(3000, 80);
  assert.deepEqual(
    ["", "open=web-001", "all=1"].map((query) => initsOf(draw(query, state).svg)),
    [0, 1, 80],
  );
  assert.deepEqual(
    ["", "all=1"].map((query) => textsOf(draw(query).svg).filter((text) => text === "worker").length),
    [0, 8],
  );
});

test("what is selected stays bright, by name or pid, and the rest is dimmed", () => {
  const faded = (/** @type {string} */ query) => draw(query).svg.split('opacity="0.22"').length;
  assert.equal(faded(""), 1);
  assert.ok(faded("select=isoscope-web") > 1);
  assert.equal(
    faded("select=isoscope-web"),
    faded(`select=${demoState().containers.find(({ name }) => name === "isoscope-web")?.id}`),
  );
  assert.ok(faded("select=1120") > 1);
});

test("names are text, whatever stands in them", () => {
  const state = demoState();
  const [process] = state.processes.filter(({ pid }) => pid === 1120);
  process.comm = "</text><a>\u0000\u202e&\ud800\uffff";
  state.containers[0].name = 'a"b<script>\u2066';
  state.host.hostname = "host\u0007&]]>";
  const { svg } = draw("", state);
  assert.ok(!/<a>|<script|[\u0000-\u0008\u202a-\u202e\u2066-\u2069\uffff]/.test(svg));
  assert.ok(svg.includes("&lt;script&gt;") && svg.includes("host␇&amp;]]&gt;"));
  assert.ok(!/\p{Surrogate}/u.test(svg));
  assert.equal(escapeText("a\u202eb\u0001<"), "a⟨U+202E⟩b␁&lt;");
});

test("it uses only what simple programs understand", () => {
  for (const query of ["", "theme=contrast", "size=900x600"])
    assert.ok(!/foreignObject|<style|class=|style=|var\(|@import|href|paint-order|data:/.test(draw(query).svg), query);
});

test("masked names are pseudonyms, the same for the same name, in both states of a comparison", () => {
  const states = twoStates();
  const { svg } = draw("mask=1&q=container:isoscope-web", ...states);
  for (const name of ["isoscope", "batch-7", "httpd", "dockerd", "busybox", "build-07", "curl"])
    assert.ok(!svg.includes(name), name);
  assert.ok(svg.includes("container-1") && svg.includes("host-1"));
  const [before, after] = maskStates(states);
  const nameIn = (/** @type {HostState} */ state, /** @type {string} */ id) =>
    state.containers.find((one) => one.id === id)?.name;
  for (const { id } of before.containers) assert.equal(nameIn(after, id), nameIn(before, id));
  assert.ok(after.processes.every(({ cmdline }) => cmdline.length === 0));
  assert.ok(!JSON.stringify([before, after]).includes("isoscope"));
  assert.match(
    textsOf(svg).find((text) => text.startsWith("Search")) ?? "",
    /^Search: 1 container, [1-9]/,
    "the search knows the names, the picture does not say them",
  );
});

test("masking leaves alone what changed", () => {
  const tallies = ["", "mask=1"].map((query) =>
    textsOf(draw(query, ...twoStates()).svg).filter((text) => / (came|went|changed)$/.test(text)),
  );
  assert.deepEqual(tallies[0], tallies[1]);
});

test("the visible part of the page is drawn in its place, and clipped as on the page", () => {
  const places = Object.fromEntries(
    demoState().processes.map(({ key }, index) => [key, /** @type {[number, number]} */ ([index * 100, 0])]),
  );
  const { svg, width } = makePicture({
    query: "",
    states: [{ seq: 1, state: demoState() }],
    viewport: { places, rect: { x: 6900, y: -30, w: 400, h: 60 }, zoom: 2 },
  });
  assert.equal(width, 856);
  assert.match(svg, /<clipPath id="clip-0"><rect x="28" y="\d+" width="800" height="120"\/>/);
  assert.ok(svg.length < draw("").svg.length);
});

test("options that make no sense are refused in words", () => {
  for (const [query, why] of [
    ["theme=blue", /light, dark/],
    ["size=10x10", /200 to/],
    ["size=big", /1600x900/],
    ["scale=3", /1, 2, 4/],
    ["off=net,foo", /no namespace type/],
    ["show=all", /nothing to show/],
    ["zone=Nowhere", /time zone/],
    ["lang=de", /en, ko/],
    ["view=cloud", /graph/],
    ["side=left", /before/],
    ["mask=maybe", /takes/],
    [`title=${"x".repeat(201)}`, /longer/],
  ]) {
    assert.throws(
      () => readPictureOptions(/** @type {string} */ (query)),
      (error) => error instanceof PictureProblem && /** @type {RegExp} */ (why).test(error.message),
      String(query),
    );
  }
  assert.throws(() => draw("open=nobody"), /no container "nobody"/);
  assert.throws(() => draw("select=nobody"), /no container "nobody"/);
});

test("the page names the command that draws the same", () => {
  assert.equal(
    commandOf("4f1d", "at=42&theme=light&lang=en", "now.svg"),
    "manage.py draw --host 4f1d --at 42 -o now.svg",
  );
  const query = new URLSearchParams({
    from: "3",
    to: "9",
    q: "it's -x",
    off: "user,time",
    open: `${encodeURIComponent("a,b")},c`,
    mask: "1",
    theme: "dark",
    side: "after",
  });
  assert.equal(
    commandOf("h", String(query), "a b.svg"),
    "manage.py draw --host h --compare 3 9 --search 'it'\\''s -x' --off user,time --theme dark --side after --open a,b --open c --mask -o 'a b.svg'",
  );
});

test("chains, matrix and table are drawn as well, with what was searched for and what changed", () => {
  const texts = (/** @type {string} */ query, /** @type {HostState[]} */ ...states) =>
    textsOf(draw(query, ...states).svg);
  const chains = texts("view=chains");
  for (const text of ["dockerd", "1120 › 1", "isoscope-web", "11 processes that belong to no chain"])
    assert.ok(chains.includes(text), text);
  assert.ok(texts("view=chains&all=1").filter((text) => text === "worker").length > 1);
  const matrix = texts("view=matrix");
  for (const text of ["net", "own", "host", "isoscope-sidecar", "privileged"]) assert.ok(matrix.includes(text), text);
  assert.ok(
    !texts("view=matrix&off=net").includes("net") &&
      !texts("view=matrix&q=container:isoscope-web").includes("isoscope-init"),
  );
  const table = texts("view=table&columns=pid,comm&sort=-pid");
  assert.ok(table.indexOf("1637") < table.indexOf("812") && !table.includes("root"));
  for (const view of ["chains", "matrix", "table"]) {
    assert.equal(draw(`view=${view}`).svg, draw(`view=${view}`).svg);
    assert.ok(texts(`view=${view}`, ...twoStates()).filter((text) => text === "+").length > 1, view);
    assert.ok(!draw(`view=${view}&mask=1`).svg.includes("isoscope"), view);
  }
  assert.ok(texts("view=table", crowdState(3000, 80)).some((text) => /more rows are not drawn/.test(text)));
});
