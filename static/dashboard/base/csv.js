/** Rows as CSV (RFC 4180), harmless to a spreadsheet that opens them. Pure. */

/** @typedef {string|number|null} Value */

/** A spreadsheet reads text that begins with one of these as a formula. An apostrophe before it keeps it text. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * One cell: numbers as they are; names that processes gave themselves quoted, and never a formula.
 * @param {Value} value
 */
export function csvCell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {string[]} header @param {Iterable<Value[]>} rows @return {string} each line ends in CRLF */
export function toCsv(header, rows) {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}
