import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { test } from "node:test";

const FOLDER = fileURLToPath(new URL("../../../static/dashboard/", import.meta.url));
const ENTRIES = ["main.js", "early.js", "layout/worker.js", "picture/worker.js"];
const MOST = 150_000; // bytes

/**
 * The page's own modules as they are packed and sent, each counted once: without D3, and without the texts of other languages.
 * @param {typeof import("esbuild").build} build
 */
async function packed(build) {
  const { outputFiles } = await build({
    entryPoints: ENTRIES.map((entry) => FOLDER + entry),
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    write: false,
    external: ["*/vendor/d3.js", "*/base/ko.js"],
    logLevel: "error",
  });
  return outputFiles.map(({ contents }) => brotliCompressSync(contents).length);
}

test("the page's own JavaScript, compressed, is at most 150 kB", async (context) => {
  const esbuild = await import("esbuild").catch(() => null);
  if (!esbuild && !process.env.CI) return context.skip("esbuild is not installed");
  assert.ok(esbuild, "esbuild is not installed");
  const sizes = await packed(esbuild.build);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  context.diagnostic(`${all} bytes in ${sizes.length} files`);
  assert.ok(all > 50_000, "something was packed");
  assert.ok(all <= MOST, `${all} bytes are more than ${MOST}`);
});
