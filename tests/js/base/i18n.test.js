import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { ENGLISH, list, plural, speak, t } from "../../../static/dashboard/base/i18n.js";
import { KOREAN } from "../../../static/dashboard/base/ko.js";

const FOLDER = new URL("../../../static/dashboard/", import.meta.url);

/** Every text that the page's modules hand to t, mark, plural or counted. */
function textsOfPage() {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".js") && !/(^|\/)(i18n|ko)\.js$/.test(name),
  );
  const texts = new Set();
  for (const file of files) {
    const code = readFileSync(new URL(file, FOLDER), "utf8").replace(/" \+\n\s*"/g, ""); // a text may be cut in two
    const literal = /"((?:[^"\\\n]|\\.)*)"/g;
    for (const call of code.matchAll(
      /\b(?:t|mark)\(\s*("(?:[^"\\\n]|\\.)*")|\bplural\([^"]*("(?:[^"\\\n]|\\.)*"\s*,\s*"(?:[^"\\\n]|\\.)*")/g,
    )) {
      for (const [whole] of (call[1] ?? call[2]).matchAll(literal)) texts.add(JSON.parse(whole));
    }
    for (const [, one, many] of code.matchAll(/\bcounted\([^"]*?"([^"]+)"(?:,\s*"([^"]+)")?\)/g))
      for (const noun of [one, many ?? `${one}s`]) texts.add(`{count} ${noun}`);
  }
  return texts;
}

/** @param {string} text */
const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join(" ");

afterEach(() => speak(ENGLISH));

test("a text without a translation stays English, with its values filled in", () => {
  assert.equal(t("{count} of {all}", { count: 1200, all: "many" }), "1,200 of many");
  assert.equal(plural(1, "{count} host", "{count} hosts"), "1 host");
  assert.equal(plural(0, "{count} host", "{count} hosts"), "0 hosts");
});

test("several texts are listed as the language does", () => {
  assert.equal(list(["mount", "UTS", "network"]), "mount, UTS and network");
  speak(KOREAN);
  assert.equal(list(["마운트", "네트워크"]), "마운트 및 네트워크");
});

test("a text is said in the language in use", () => {
  speak({ name: "Test", tag: "de", texts: { "Hello {name}": "Hallo {name}" } });
  assert.equal(t("Hello {name}", { name: "web" }), "Hallo web");
});

test("every text of the page has a Korean one, and no Korean one is left over", () => {
  const needed = textsOfPage();
  assert.deepEqual(
    [...needed].filter((text) => !(text in KOREAN.texts)),
    [],
    "not translated yet",
  );
  assert.deepEqual(
    Object.keys(KOREAN.texts).filter((text) => !needed.has(text)),
    [],
    "translated, but said nowhere",
  );
});

test("a Korean text has the places of its English one", () => {
  for (const [english, korean] of Object.entries(KOREAN.texts)) assert.equal(places(korean), places(english), english);
});
