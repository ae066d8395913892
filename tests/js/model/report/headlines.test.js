import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { countHeadlines, linesOf } from "../../../../static/dashboard/model/report/headlines.js";

/** What the server says: `python -m tests.fixtures.headlines` writes it. */
const cases = JSON.parse(readFileSync(new URL("../../../fixtures/headlines.json", import.meta.url), "utf8"));

test("the page says the same sentences as the server", () => {
  for (const { headlines, most, lines } of cases)
    assert.deepEqual(
      linesOf(headlines, most ?? undefined).map(({ text, heading }) => (heading ? `${text}:` : text)),
      lines,
    );
});

test("the page counts headlines as the server does", () => {
  for (const { headlines, summary } of cases)
    assert.equal(
      countHeadlines(headlines)
        .map(({ text }) => text)
        .join(", "),
      summary,
    );
});

test("every headline is in one line, or counted by the last one", () => {
  for (const { headlines, most } of cases) {
    const lines = linesOf(headlines, most ?? undefined);
    const about = lines.flatMap((line) => line.about);
    const more = Number(/^and (\d+) more container/.exec(lines.at(-1)?.text ?? "")?.[1] ?? 0);
    assert.equal(about.length + more, headlines.length);
    assert.ok(lines.length <= (most ?? lines.length));
  }
});
