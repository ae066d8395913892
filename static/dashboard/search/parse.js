/** Parses the text of a search into terms: words, `field:value`, `field>value`, each with its position. Pure. */

/**
 * @typedef {":"|"="|">"|">="|"<"|"<="} Operator  `:` contains, `=` is exactly
 *
 * @typedef {object} Term
 * @property {string} field  "" for a word
 * @property {Operator} op
 * @property {string[]} values  in lower case; one of them must hold. None: the term is not finished
 * @property {boolean} not
 * @property {number} from  where the term begins in the text
 * @property {number} to  where it ends
 * @property {number} at  where its value begins
 */

const FIELD = /^([a-z][a-z_]*)(:?(?:>=|<=|=|>|<)|:)/i;

/** @param {string} text @return {Term[]} */
export function parse(text) {
  /** @type {Term[]} */
  const terms = [];
  for (let from = skipSpace(text, 0); from < text.length; ) {
    const to = endOf(text, from, (letter) => /\s/.test(letter));
    terms.push(readTerm(text.slice(from, to), from));
    from = skipSpace(text, to);
  }
  return terms;
}

/** @param {string} word @param {number} from @return {Term} */
function readTerm(word, from) {
  const not = word.length > 1 && word.startsWith("-");
  const rest = not ? word.slice(1) : word;
  const found = FIELD.exec(rest);
  const field = found ? found[1].toLowerCase() : "";
  const op = /** @type {Operator} */ (found && found[2] !== ":" ? found[2].replace(":", "") : ":");
  const skip = (found?.[0].length ?? 0) + Number(not);
  const values = split(word.slice(skip), found ? ",|" : "|")
    .map(unquote)
    .filter(Boolean);
  return { field, op, values, not, from, to: from + word.length, at: from + skip };
}

/**
 * The alternatives of a value; what stands in quotes is one.
 * @param {string} value
 * @param {string} separators
 * @return {string[]}
 */
export function split(value, separators) {
  const parts = [];
  for (let from = 0; from <= value.length; ) {
    const to = endOf(value, from, (letter) => separators.includes(letter));
    parts.push(value.slice(from, to));
    from = to + 1;
  }
  return parts;
}

/** @param {string} part */
function unquote(part) {
  return part.replaceAll('"', "").toLowerCase();
}

/**
 * A value as it can be typed: in quotes where it has to be; a quote or line break within it becomes a star.
 * @param {string} value
 */
export function quote(value) {
  const plain = value.replace(/["\p{Cc}]/gu, "*");
  return /[\s,|]/.test(plain) ? `"${plain}"` : plain;
}

/**
 * Where a part of the text ends: at the first letter that stops it, outside quotes.
 * @param {string} text
 * @param {number} from
 * @param {(letter: string) => boolean} stops
 */
function endOf(text, from, stops) {
  let quoted = false;
  let at = from;
  for (; at < text.length && (quoted || !stops(text[at])); at++) if (text[at] === '"') quoted = !quoted;
  return at;
}

/** @param {string} text @param {number} at */
function skipSpace(text, at) {
  while (at < text.length && /\s/.test(text[at])) at++;
  return at;
}
