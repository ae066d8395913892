import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, USUAL, columnsOf, textOf } from "../../../../static/dashboard/views/table/columns.js";
import { factsOf } from "../../../../static/dashboard/views/table/facts.js";
import { sortRows } from "../../../../static/dashboard/views/table/sort.js";
import { csvCell, toCsv } from "../../../../static/dashboard/base/csv.js";
import { findSharing } from "../../../../static/dashboard/model/sharing.js";
import { fromQuery, toQuery, defaultView } from "../../../../static/dashboard/address/view-query.js";
import { demoState } from "../../support/make-state.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

const state = stateOf(loaded(demoState()));
const facts = factsOf(state, findSharing(state));
const processes = [...state.processes.values()].reverse();
const find = (/** @type {number} */ pid) =>
  [...state.processes.values()].find((process) => process.pid === pid) ?? assert.fail(`pid ${pid}`);
/** @param {string} name */
const column = (name) => COLUMNS.find((one) => one.name === name) ?? assert.fail(name);
/** @param {string} name @param {1|-1} way */
const by = (name, way) => sortRows(processes, facts, column(name), way).map(({ pid }) => pid);

test("rows sort by any column, both ways, and equal ones by pid", () => {
  assert.equal(by("pid", 1)[0], 1);
  assert.equal(by("pid", -1)[0], 1637);
  assert.deepEqual(by("container", 1).slice(0, 2), [1320, 1322]);
  assert.ok([1120, 1420, 1520].includes(by("spaces", -1)[0]));
  for (const { name } of COLUMNS) {
    assert.equal(new Set(by(name, 1)).size, processes.length, name);
    assert.deepEqual(
      by(name, 1),
      sortRows([...processes].reverse(), facts, column(name), 1).map(({ pid }) => pid),
      name,
    );
  }
});

test("what has no value comes last, whichever way the rows are sorted", () => {
  for (const way of /** @type {const} */ ([1, -1])) {
    const ends = sortRows(processes, facts, column("container"), way).map(({ container }) => container === null);
    assert.deepEqual(ends, [...ends].sort());
  }
});

test("each column says what the state has", () => {
  const say = (/** @type {string} */ name, /** @type {number} */ pid) => textOf(column(name), find(pid), facts);
  assert.equal(say("inside", 1131), 11);
  assert.equal(say("inside", 812), null);
  assert.equal(say("pids", 1131), "1131 › 11");
  assert.equal(say("parent", 1131), "httpd");
  assert.equal(say("container", 1131), "isoscope-web");
  assert.equal(say("compose", 1131), "shop");
  assert.equal(say("user", 1), "root");
  assert.equal(say("started", 1131), "1 min");
  assert.match(String(say("nsnet", 1131)), /^4026\d+ shared$/);
  assert.equal(say("spaces", 1320), "mnt=own uts=own ipc=host pid=own net=host user=host cgroup=host time=host");
});

test("columns keep their order, and names that mean nothing are left out", () => {
  assert.deepEqual(
    columnsOf(["cmdline", "pid", "planet"]).map(({ name }) => name),
    ["pid", "cmdline"],
  );
  assert.deepEqual(
    columnsOf(null).map(({ name }) => name),
    USUAL,
  );
  assert.deepEqual(
    columnsOf(["planet"]).map(({ name }) => name),
    USUAL,
  );
});

test("the chosen columns and the order are in the address", () => {
  const view = {
    ...defaultView(),
    view: /** @type {const} */ ("table"),
    columns: ["pid", "nsnet"],
    sort: { column: "comm", way: /** @type {const} */ (-1) },
  };
  assert.deepEqual(fromQuery(`?${toQuery(view)}`), view);
  assert.equal(fromQuery("?sort=<b>").sort, null);
});

test("the names of all columns can stand in an address", () => {
  for (const { name } of COLUMNS) assert.match(name, /^[a-z]+$/);
});

/* ---- CSV ---- */

test("a name that a spreadsheet would take for a formula is text", () => {
  for (const name of ["=1+1", "+1", "-bash", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
    assert.match(csvCell(name), /^"?'/, name);
  assert.equal(csvCell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
  assert.equal(csvCell(-5), "-5");
});

test("commas, quotes, line ends and blanks at an end stay inside their cell", () => {
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell("one\r\ntwo"), '"one\r\ntwo"');
  assert.equal(csvCell(" x"), '" x"');
  assert.equal(csvCell(null), "");
});

test("a table as CSV is read back as it was", () => {
  const rows = [
    ["a", "b,c", 'say "x"'],
    ["line\nbreak", "", "end"],
  ];
  assert.equal(toCsv(["one", "two", "three"], rows), 'one,two,three\r\na,"b,c","say ""x"""\r\n"line\nbreak",,end\r\n');
});
