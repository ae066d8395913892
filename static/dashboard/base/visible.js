/** Text in which nothing hides: what turns or hides letters is shown as a mark. Pure. */

/** Controls, format characters (of direction, joiners, tags), letters without a shape. Line breaks and tabs stay. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u115f\u1160\u3164\uffa0]|\p{Cf}/u;
const EVERY = new RegExp(HIDDEN.source, "gu");

/** `⟨U+202E⟩` for an override of the direction, `␛` for an escape. @param {string} text @return {string} */
export function visible(text) {
  return HIDDEN.test(text) ? text.replace(EVERY, markOf) : text;
}

/** A name that can be seen, and so clicked: of nothing but blanks each shows as `␣`. @param {string} name */
export function visibleName(name) {
  return name.trim() === "" ? name.replace(/\s/g, "␣") || "?" : name;
}

/** @param {string} letter */
function markOf(letter) {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
