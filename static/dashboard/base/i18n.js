/** The page's languages. The English text itself is the key of a translation, so that the code can be read. No DOM. */

/** @typedef {Record<string, string|number>} Values */
/** @typedef {{name: string, tag: string, texts: Record<string, string>}} Language */

/** @type {Language} */
export const ENGLISH = { name: "English", tag: "en", texts: {} };

let language = ENGLISH;

/** Use this language from now on. @param {Language} chosen */
export function speak(chosen) {
  language = chosen;
}

/** The language in use, as BCP 47 names it: for `Intl` and the `lang` attribute. */
export function tag() {
  return language.tag;
}

/**
 * The text in the language in use; what has no translation stays English.
 * @param {string} text  English, with places for values in braces: `"{count} of {all}"`
 * @param {Values} [values]
 */
export function t(text, values = {}) {
  const said = language.texts[text] ?? text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? sayValue(values[name]) : whole));
}

/** Mark a text that is kept in English and translated by `t` where it is shown. @param {string} text */
export function mark(text) {
  return text;
}

/**
 * One text or the other by number; both have a place for `{count}`.
 * @param {number} count
 * @param {string} one
 * @param {string} many
 * @param {Values} [values]
 */
export function plural(count, one, many, values = {}) {
  return t(count === 1 ? one : many, { count, ...values });
}

/**
 * @param {number} value a quantity: with the language's separators. Numbers that name (pids, inodes) are given as text.
 */
export function number(value) {
  return value.toLocaleString(language.tag);
}

/** Several texts as one: "a, b and c". @param {string[]} texts */
export function list(texts) {
  return new Intl.ListFormat(language === ENGLISH ? "en-GB" : language.tag).format(texts); // no comma before the "and"
}

/** @param {string|number} value */
function sayValue(value) {
  return typeof value === "number" ? number(value) : value;
}
