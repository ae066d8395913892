/** Korean. The keys are the English texts, in the order of their letters; a test demands that none is missing and none is left over. */

/** @type {import("./i18n.js").Language} */
export const KOREAN = {
  name: "한국어",
  tag: "ko",
  texts: {},
};
