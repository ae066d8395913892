/**
 * Draws one picture without a browser, by the page's own modules: `node draw.mjs < request > picture`.
 *
 * The request is JSON, `{"form": "svg"|"png", "query": "…", "states": [{"seq": 1, "state": {…}}]}`; see
 * `static/dashboard/picture/picture.js`. What is wrong with it is said on standard error, with exit status 2; status 3 is lack of memory.
 */

import { readFileSync } from "node:fs";
import { makePicture } from "../../static/dashboard/picture/picture.js";
import { rasterise } from "./png.mjs";
import { PictureProblem, readPictureOptions } from "../../static/dashboard/picture/options.js";

try {
  const request = JSON.parse(readFileSync(0, "utf8"));
  const { svg, width, height } = makePicture(request);
  const picture =
    request.form === "png" ? await rasterise(svg, width, height, readPictureOptions(request.query).scale) : svg;
  process.stdout.write(picture);
} catch (error) {
  if (error instanceof PictureProblem) {
    process.stderr.write(error.message);
    process.exitCode = 2;
  } else if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) process.exitCode = 3;
  else throw error;
}
