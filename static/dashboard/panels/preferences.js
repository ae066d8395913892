/** What the reader prefers: the theme, the language and the time zone. */

import { CHOICES, choiceOf, themeOf } from "../draw/theme.js";
import { ZONE_KEY, browserZone, zoneOf } from "../base/times.js";
import { fill, h } from "../base/dom.js";
import { mark, t } from "../base/i18n.js";

const STORAGE_KEY = "isoscope.theme";
const NAMES = {
  auto: mark("As the system"),
  light: mark("Light"),
  dark: mark("Dark"),
  contrast: mark("High contrast"),
};

/** @param {import("../page/page.js").Page} page @param {HTMLSelectElement} select */
export function offerThemes(page, select) {
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const contrast = matchMedia("(prefers-contrast: more)");
  const choice = () => choiceOf(localStorage.getItem(STORAGE_KEY));

  function apply() {
    page.theme = themeOf(choice(), darkness.matches, contrast.matches);
    document.documentElement.dataset.theme = page.theme.name;
    select.value = choice();
    page.emit("theme");
  }

  fill(
    select,
    CHOICES.map((name) => h("option", { value: name }, t(NAMES[name]))),
  );
  select.addEventListener("change", () => {
    localStorage.setItem(STORAGE_KEY, select.value);
    apply();
  });
  for (const wish of [darkness, contrast]) wish.addEventListener("change", apply);
  return { apply };
}

/** The server changes the language. The form holds the address to return to. @param {HTMLFormElement} form */
export function keepPlace(form) {
  form.addEventListener("submit", () => {
    /** @type {HTMLInputElement} */ (form.elements.namedItem("next")).value = location.pathname + location.search;
  });
}

/**
 * The zone of every time. Another one is used from the next moment on: the page is loaded again, as for a language.
 * @param {HTMLSelectElement} select
 */
export function offerZones(select) {
  const own = browserZone();
  const zones = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])].filter((zone) => zone !== own);
  fill(
    select,
    h("option", { value: "" }, t("{zone}, as the browser", { zone: own })),
    zones.map((zone) => h("option", { value: zone }, zone)),
  );
  select.value = zoneOf() === own ? "" : zoneOf();
  select.addEventListener("change", () => {
    if (select.value) localStorage.setItem(ZONE_KEY, select.value);
    else localStorage.removeItem(ZONE_KEY);
    location.reload();
  });
}
