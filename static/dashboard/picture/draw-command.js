/** The command that draws the page's picture in a terminal. Pure. */

/** The options whose names differ from the query's. @type {Record<string, string>} */
const NAMES = { q: "search" };
/** What is no option of its own: the host, the moments, and what is written below in another form. */
const LEFT_OUT = new Set(["host", "at", "from", "to", "life", "open", "shut", "turn", "all", "mask"]);
const DEFAULTS = new Set(["theme=light", "lang=en"]);
const LISTS = ["open", "shut", "turn"];
const SWITCHES = ["all", "mask"];

/**
 * @param {string} host  its machine id
 * @param {string} query  as options.js reads it, with the moments
 * @param {string} file
 * @return {string}
 */
export function commandOf(host, query, file) {
  const options = new URLSearchParams(query);
  return [
    "manage.py draw",
    `--host ${quote(host)}`,
    ...momentWords(options),
    ...plainWords(options),
    ...LISTS.flatMap((name) => listWords(name, options)),
    ...SWITCHES.filter((name) => options.get(name) === "1").map((name) => `--${name}`),
    `-o ${quote(file)}`,
  ].join(" ");
}

/** @param {URLSearchParams} options */
function momentWords(options) {
  const [at, from, to] = ["at", "from", "to"].map((name) => options.get(name));
  if (from !== null && to !== null) return [`--compare ${quote(from)} ${quote(to)}`];
  return at === null ? [] : [`--at ${quote(at)}`];
}

/** @param {URLSearchParams} options */
function plainWords(options) {
  return [...options]
    .filter(([name, value]) => !LEFT_OUT.has(name) && !DEFAULTS.has(`${name}=${value}`))
    .map(([name, value]) => `--${NAMES[name] ?? name} ${quote(value)}`);
}

/** @param {string} name @param {URLSearchParams} options */
function listWords(name, options) {
  const keys = (options.get(name) ?? "").split(",").filter(Boolean);
  return keys.map((key) => `--${name} ${quote(decodeURIComponent(key))}`);
}

/** The text as one word of a shell. @param {string} text */
function quote(text) {
  return /^[\w.,:/@%+=][\w.,:/@%+=-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
