/** Light, dark, or as the system says. */

import { themeOf } from "../theme.js";

/** @typedef {import("../theme.js").Choice} Choice */

const NAMES = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
const ORDER = /** @type {Choice[]} */ (["auto", "light", "dark"]);

/** @param {import("../page.js").Page} page @param {HTMLElement} button @param {(text: string) => void} say */
export function createLook(page, button, say) {
  const darkness = matchMedia("(prefers-color-scheme: dark)");

  /** @return {Choice} */
  function choice() {
    const kept = localStorage.getItem("isoscope.theme");
    return kept === "light" || kept === "dark" ? kept : "auto";
  }

  function apply() {
    page.theme = themeOf(choice(), darkness.matches);
    document.documentElement.dataset.theme = page.theme.name;
    button.title = NAMES[choice()];
    button.dataset.choice = choice();
    page.tell("theme");
  }

  button.addEventListener("click", () => {
    localStorage.setItem("isoscope.theme", ORDER[(ORDER.indexOf(choice()) + 1) % ORDER.length]);
    apply();
    say(button.title);
  });
  darkness.addEventListener("change", apply);
  return { apply };
}
