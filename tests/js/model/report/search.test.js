import assert from "node:assert/strict";
import { test } from "node:test";
import { searchReport } from "../../../../static/dashboard/model/report/search.js";

const headline = (/** @type {string} */ container, /** @type {string|null} */ earlier = null) => ({
  project: "",
  name: container,
  container,
  earlier,
  clauses: [],
});

test("a report is searched by the containers and processes that are found", () => {
  const report = {
    headlines: [headline("web"), headline("new", "old"), headline("db")],
    groups: [
      {
        group: "processes",
        title: "Processes",
        findings: [
          { key: "p1", container: null },
          { key: "p2", container: "db" },
        ],
      },
      { group: "limits", title: "Limits", findings: [{ key: "db", container: "db" }] },
    ],
    folded: [{ container: "web" }, { container: null }],
  };
  const found = searchReport(report, { processes: [{ key: "p1" }], containers: [{ id: "web" }, { id: "old" }] });
  assert.deepEqual(
    found.headlines?.map(({ name }) => name),
    ["web", "new"],
  );
  assert.deepEqual(
    found.groups?.map(({ group, findings }) => [group, findings.length]),
    [["processes", 1]],
  );
  assert.equal(found.folded?.length, 1);
});
