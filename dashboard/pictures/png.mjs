/** A PNG without a browser: resvg draws the SVG of a picture. The page has its own: `static/dashboard/picture/png.js`. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PictureProblem } from "../../static/dashboard/picture/options.js";

const find = createRequire(import.meta.url).resolve;
const WEIGHTS = ["400Regular", "600SemiBold", "700Bold", "800ExtraBold"];
const AFTER_HEADER = 33; // the signature and IHDR
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
  return describePng(image.render().asPng(), textsOf(svg));
}

/** The title, the description and the texts of an SVG, as they stand there. @param {string} svg */
function textsOf(svg) {
  const found = [...svg.matchAll(/<(title|desc|text)([^>]*)>([^<]*)<\/\1>/g)];
  const shown = found.filter(([, , attributes]) => !attributes.includes("aria-hidden"));
  return shown.map(([element]) => element).join("\n");
}

/**
 * The PNG with a text chunk that says what it shows: PNG specification, 11.3.3.4 iTXt.
 * @param {Uint8Array} png
 * @param {string} text
 */
function describePng(png, text) {
  const body = Buffer.concat([Buffer.from("iTXtDescription\0\0\0\0\0"), Buffer.from(text)]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  sum.writeUInt32BE(crcOf(body));
  return Buffer.concat([png.subarray(0, AFTER_HEADER), length, body, sum, png.subarray(AFTER_HEADER)]);
}

/** CRC-32, as PNG counts it. @param {Uint8Array} bytes */
function crcOf(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
