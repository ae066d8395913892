/** Long names in little room: a beginning that all have is dropped, the rest cut in the middle. Pure. */

const CUT = "…";
const LEAST = 4; // letters that a common beginning has at least
const CUT_IN_MIDDLE = 6; // letters; of fewer, only the end says anything
const SEPARATOR = /^.*[-_./: ]/s;

/** The first 12 digits of a hash; of "engine:scope:name" the name; any other id in full. @param {string} id */
export function shortId(id) {
  return /^[0-9a-f]{32,}$/.test(id) ? id.slice(0, 12) : id.slice(id.lastIndexOf(":") + 1) || id;
}

/** The beginning that all names have in common, up to the end of a word. @param {string[]} names */
export function commonPrefix(names) {
  if (names.length < 2) return "";
  const [first, last] = [names.reduce(least), names.reduce(greatest)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  const prefix = SEPARATOR.exec(first.slice(0, length))?.[0] ?? "";
  return prefix.length >= LEAST ? prefix : "";
}

/** @param {string} a @param {string} b */
const least = (a, b) => (a < b ? a : b);
/** @param {string} a @param {string} b */
const greatest = (a, b) => (a > b ? a : b);

/**
 * What another name of the same project may leave out beside this one: this one, where the other continues it.
 * @param {string} name
 * @param {string} beside  the name it stands beside
 * @param {string} prefix  what the names of the project begin with
 */
export function prefixBeside(name, beside, prefix) {
  const continues = name.startsWith(beside) && SEPARATOR.test(name.slice(beside.length, beside.length + 1));
  return beside && continues ? name.slice(0, beside.length + 1) : prefix;
}

/**
 * A text of at most so many letters, cut in its middle.
 * @param {string} text
 * @param {number} length
 */
export function cutMiddle(text, length) {
  const letters = [...text];
  if (letters.length <= length) return text;
  const kept = Math.max(1, length - 1);
  const head = Math.floor(kept / 2);
  return letters.slice(0, head).join("") + CUT + letters.slice(letters.length - (kept - head)).join("");
}

/**
 * A name as it fits: whole; else without the common beginning; else that cut in its middle; else its end.
 * @param {string} name
 * @param {string} prefix  the common beginning
 * @param {(text: string) => boolean} fits
 */
export function shortName(name, prefix, fits) {
  if (fits(name)) return name;
  const drops = prefix !== "" && name.startsWith(prefix) && name.length > prefix.length;
  const rest = drops ? name.slice(prefix.length) : name;
  const start = drops ? CUT : "";
  if (fits(start + rest)) return start + rest;
  const letters = [...rest];
  const middle = longest(letters.length - 1, (length) => fits(start + cutMiddle(rest, length)));
  if (middle >= CUT_IN_MIDDLE) return start + cutMiddle(rest, middle);
  const end = (/** @type {number} */ length) => CUT + letters.slice(-length).join("");
  return end(
    Math.max(
      1,
      longest(letters.length - 1, (length) => fits(end(length))),
    ),
  );
}

/**
 * The largest number that fits; 0 where none does.
 * @param {number} most
 * @param {(length: number) => boolean} fits  what fits, fits also when it is smaller
 */
function longest(most, fits) {
  let [low, high] = [0, Math.max(0, most)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
