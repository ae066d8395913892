/**
 * Colours, for canvas and picture alike. The eight types have the colours of Okabe and Ito, which colour-blind readers
 * can distinguish.
 */

/**
 * @typedef {import("../model/types.js").NamespaceType} NamespaceType
 * @typedef {"light"|"dark"|"contrast"} ThemeName
 * @typedef {{fill: string, ink: string}} Paint
 * @typedef {object} Theme
 * @property {ThemeName} name
 * @property {string} page
 * @property {string} ground  between the page and what stands on it
 * @property {string} surface
 * @property {string} raised
 * @property {string} ink
 * @property {string} muted
 * @property {string} faint
 * @property {string} line
 * @property {string} accent
 * @property {string} match
 * @property {string} warn
 * @property {{came: string, went: string, changed: string}} fates
 * @property {Record<NamespaceType, Paint>} types
 */

const DARK_INK = "#10151c";
const shared = {
  mnt: { fill: "#009e73", ink: "#ffffff" },
  uts: { fill: "#e69f00", ink: DARK_INK },
  ipc: { fill: "#cc79a7", ink: DARK_INK },
  pid: { fill: "#d55e00", ink: "#ffffff" },
  cgroup: { fill: "#56b4e9", ink: DARK_INK },
  time: { fill: "#f0e442", ink: DARK_INK },
};

/** @type {Record<ThemeName, Theme>} */
export const THEMES = {
  light: {
    name: "light",
    page: "#f5f6f8",
    ground: "#eceff3",
    surface: "#ffffff",
    raised: "#fafbfc",
    ink: "#171c24",
    muted: "#5a6675",
    faint: "#8a95a3",
    line: "#d5dbe3",
    accent: "#1f5fd0",
    match: "#b3540a",
    warn: "#a8480a",
    fates: { came: "#08704f", went: "#b42318", changed: "#8a5a00" },
    types: { ...shared, net: { fill: "#0072b2", ink: "#ffffff" }, user: { fill: "#20262e", ink: "#ffffff" } },
  },
  dark: {
    name: "dark",
    page: "#0e1217",
    ground: "#141a21",
    surface: "#1a2028",
    raised: "#1a2028",
    ink: "#e9edf2",
    muted: "#9ba7b6",
    faint: "#7c8999",
    line: "#3d4856",
    accent: "#7db0ff",
    match: "#ffb454",
    warn: "#ffb37a",
    fates: { came: "#3ecf9b", went: "#ff8a7a", changed: "#f2c14e" },
    types: { ...shared, net: { fill: "#2a8fd0", ink: DARK_INK }, user: { fill: "#e9edf2", ink: DARK_INK } },
  },
  contrast: {
    name: "contrast",
    page: "#000000",
    ground: "#000000",
    surface: "#000000",
    raised: "#000000",
    ink: "#ffffff",
    muted: "#e4e8ee",
    faint: "#c4ccd6",
    line: "#aeb8c4",
    accent: "#8ec5ff",
    match: "#ffd24a",
    warn: "#ffb37a",
    fates: { came: "#5ff0ba", went: "#ffa79b", changed: "#ffd75e" },
    types: {
      ...shared,
      mnt: { fill: "#25d3a2", ink: DARK_INK },
      pid: { fill: "#ff8a3d", ink: DARK_INK },
      net: { fill: "#5db8f5", ink: DARK_INK },
      user: { fill: "#ffffff", ink: DARK_INK },
    },
  },
};

/** @typedef {"auto"|ThemeName} Choice */

/** In the order in which the button goes through them. @type {Choice[]} */
export const CHOICES = ["auto", "light", "dark", "contrast"];

/** @param {string|null} kept @return {Choice} */
export function choiceOf(kept) {
  return CHOICES.find((choice) => choice === kept) ?? "auto";
}

/** @param {Choice} choice @param {boolean} systemIsDark @param {boolean} [systemWantsContrast] @return {Theme} */
export function themeOf(choice, systemIsDark, systemWantsContrast = false) {
  if (choice !== "auto") return THEMES[choice];
  return THEMES[systemWantsContrast ? "contrast" : systemIsDark ? "dark" : "light"];
}
