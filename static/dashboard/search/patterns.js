/** Parses a value of a search: a pattern of text, or an amount. Pure. */

/** @typedef {{amount: number, share: boolean}} Amount  `share`: of the limit, from 0 to 1 */

/**
 * A test whether a text contains the value, or with `whole` equals it. `*` matches any text; a value with `*` must
 * match the whole text.
 * @param {string} value
 * @param {boolean} [whole]
 * @return {(text: string) => boolean}
 */
export function pattern(value, whole = false) {
  if (!value.includes("*"))
    return whole ? (text) => text.toLowerCase() === value : (text) => text.toLowerCase().includes(value);
  const parts = value.split("*");
  return (text) => {
    const low = text.toLowerCase();
    let at = 0;
    for (const [index, part] of parts.entries()) {
      const found = index === parts.length - 1 && part !== "" ? low.lastIndexOf(part) : low.indexOf(part, at);
      if (found < at || (index === 0 && found !== 0)) return false;
      at = found + part.length;
    }
    return parts.at(-1) === "" || at === low.length;
  };
}

const POWERS = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * `500m`, `1.5GiB`, `80%`; the units are powers of 1,024. Null: it is not an amount.
 * @param {string} value
 * @param {boolean} bytes whether letters have a meaning
 * @return {Amount|null}
 */
export function parseAmount(value, bytes) {
  const found = /^(\d+(?:\.\d+)?|\.\d+)(?:(%)|([kmgt])?(?:i?b)?)$/i.exec(value);
  if (!found || (!bytes && /[a-z]/i.test(value))) return null;
  if (found[2]) return { amount: Number(found[1]) / 100, share: true };
  const power = POWERS[/** @type {keyof typeof POWERS} */ ((found[3] ?? "").toLowerCase())];
  return { amount: Number(found[1]) * 1024 ** power, share: false };
}

/** @param {import("./parse.js").Operator} op @return {(a: number, b: number) => boolean} */
export function comparison(op) {
  switch (op) {
    case ">":
      return (a, b) => a > b;
    case ">=":
      return (a, b) => a >= b;
    case "<":
      return (a, b) => a < b;
    case "<=":
      return (a, b) => a <= b;
    default:
      return (a, b) => a === b;
  }
}
