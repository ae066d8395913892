/**
 * Packs the page's modules and style sheets into one file for each entry, and prints them as JSON:
 * `{"dashboard/main.js": "…"}`.
 *
 *     node dashboard/assets/pack.mjs STATIC ENTRY...        entries by name below the folder STATIC
 *
 * What is imported only when it is called for stays a file of its own. Of D3 only what is used goes in.
 */

import { build } from "esbuild";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const [folder, ...entries] = process.argv.slice(2);

/** @type {import("esbuild").Plugin} */
const sources = {
  name: "sources",
  setup({ onResolve }) {
    onResolve({ filter: /\/vendor\/d3\.js$/ }, () => ({ path: join(root, "d3.entry.js") }));
    onResolve({ filter: /^\./ }, ({ kind, path }) => (kind === "dynamic-import" ? { path, external: true } : null));
  },
};

/** @type {Record<string, string>} */
const files = {};
for (const entry of entries) {
  const { outputFiles } = await build({
    entryPoints: [join(folder, entry)],
    bundle: true,
    format: "esm",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    write: false,
    plugins: [sources],
    logLevel: "error",
  });
  files[entry] = outputFiles[0].text;
}
process.stdout.write(JSON.stringify(files));
