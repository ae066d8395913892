/** The command that draws in a terminal what the page shows. Pure. */

/** Options of the command that are called otherwise in a query; those left out are made of others. @type {Record<string, string>} */
const NAMES = { q: "search" };
const LEFT_OUT = new Set(["host", "at", "from", "to", "life", "open", "shut", "turn", "all", "mask"]);
const DEFAULTS = new Set(["theme=light", "lang=en"]);

/** @param {string} host its machine id @param {string} query as picture-options.js reads it, with the moments @param {string} file @return {string} */
export function commandOf(host, query, file) {
  const options = new URLSearchParams(query);
  const words = ["manage.py draw", `--host ${quote(host)}`];
  const [at, from, to] = ["at", "from", "to"].map((name) => options.get(name));
  if (from !== null && to !== null) words.push(`--compare ${quote(from)} ${quote(to)}`);
  else if (at !== null) words.push(`--at ${quote(at)}`);
  for (const [name, value] of options)
    if (!LEFT_OUT.has(name) && !DEFAULTS.has(`${name}=${value}`))
      words.push(`--${NAMES[name] ?? name} ${quote(value)}`);
  for (const name of ["open", "shut", "turn"])
    for (const key of (options.get(name) ?? "").split(",").filter(Boolean))
      words.push(`--${name} ${quote(decodeURIComponent(key))}`);
  for (const name of ["all", "mask"]) if (options.get(name) === "1") words.push(`--${name}`);
  return [...words, `-o ${quote(file)}`].join(" ");
}

/** As a shell takes it for one word. @param {string} text */
function quote(text) {
  return /^[\w.,:/@%+=][\w.,:/@%+=-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
