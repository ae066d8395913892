/** A PNG without a browser: resvg draws the SVG of a picture. The page has its own: `static/dashboard/picture/png.js`. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PictureProblem } from "../../static/dashboard/picture/options.js";

const find = createRequire(import.meta.url).resolve;
const WEIGHTS = ["400Regular", "600SemiBold", "700Bold", "800ExtraBold"];
const MOST_PIXELS = 100_000_000;
/** Letters that Inter has: Latin, Greek, Cyrillic, and signs. All others need a font of this machine. */
const PLAIN = /^[\u0000-\u052f\u1e00-\u1fff\u2000-\u22ff\u25a0-\u25ff\ufffd]*$/;
/** Debian's, and other distributions' places for the same. */
const MACHINE_FONTS = [
  "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
  "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
  "/usr/share/fonts/TTF/DejaVuSans.ttf",
  "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
  "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
  "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
  "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
];

/**
 * @param {string} svg
 * @param {number} width  of the SVG
 * @param {number} height
 * @param {number} scale  of the PNG
 * @return {Promise<Uint8Array>}
 * @throws {PictureProblem} the PNG would be too large
 */
export async function rasterise(svg, width, height, scale) {
  if (width * scale * height * scale > MOST_PIXELS)
    throw new PictureProblem(
      `a PNG of ${width * scale}x${height * scale} is too large; take a smaller scale or size, or SVG`,
    );
  const { Resvg, initWasm } = await import("@resvg/resvg-wasm");
  await initWasm(readFileSync(find("@resvg/resvg-wasm/index_bg.wasm")));
  const fonts = WEIGHTS.map((weight) => find(`@expo-google-fonts/inter/${weight}/Inter_${weight}.ttf`));
  if (!PLAIN.test(svg)) fonts.push(...MACHINE_FONTS.filter((path) => existsSync(path)));
  const fontBuffers = fonts.map((path) => new Uint8Array(readFileSync(path)));
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  return image.render().asPng();
}
