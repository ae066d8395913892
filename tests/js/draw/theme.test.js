import assert from "node:assert/strict";
import { test } from "node:test";
import { CHOICES, THEMES, choiceOf, themeOf } from "../../../static/dashboard/draw/theme.js";

/** The relative luminance of a colour, as WCAG 2 defines it. @param {string} colour */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test("text can be read in every theme, and better where contrast is asked for", () => {
  for (const theme of Object.values(THEMES)) {
    const least = theme.name === "contrast" ? 7 : 4.5;
    for (const surface of [theme.page, theme.surface]) {
      for (const ink of [
        theme.ink,
        theme.muted,
        theme.accent,
        theme.warn,
        theme.match,
        ...Object.values(theme.fates),
      ]) {
        assert.ok(
          contrast(ink, surface) >= least,
          `${theme.name}: ${ink} on ${surface} is ${contrast(ink, surface).toFixed(2)}`,
        );
      }
    }
  }
});

test("the letter of a type can be read on its colour", () => {
  for (const theme of Object.values(THEMES)) {
    for (const [type, { fill, ink }] of Object.entries(theme.types))
      assert.ok(contrast(fill, ink) >= 3, `${theme.name}: ${type} is ${contrast(fill, ink).toFixed(2)}`);
  }
});

test("the system's preference decides until the reader chooses", () => {
  assert.equal(themeOf("auto", false).name, "light");
  assert.equal(themeOf("auto", true).name, "dark");
  assert.equal(themeOf("auto", true, true).name, "contrast");
  assert.equal(themeOf("light", true, true).name, "light");
  assert.equal(choiceOf("nonsense"), "auto");
  assert.deepEqual(CHOICES.map(choiceOf), CHOICES);
});
