/**
 * Draws one picture without a browser, by the page's own modules: `node draw.mjs < request > picture`.
 *
 * The request is JSON, `{"form": "svg", "query": "…", "states": [{"seq": 1, "state": {…}}]}`, with a form of FORMS; see
 * `static/dashboard/picture/picture.js`. What is wrong with it is said on standard error, with exit status 2; status 3 is lack of memory.
 */

import { readFileSync } from "node:fs";
import { diagramOf } from "./diagram/diagram.mjs";
import { makePicture, subjectOf } from "../../static/dashboard/picture/picture.js";
import { PictureProblem, readPictureOptions } from "../../static/dashboard/picture/options.js";
import { rasterise } from "./png.mjs";
import { writeDot } from "./diagram/dot.mjs";
import { writeDrawio } from "./diagram/drawio.mjs";
import { writeMermaid } from "./diagram/mermaid.mjs";

/** @typedef {import("../../static/dashboard/picture/picture.js").PictureRequest} Request */

/** @type {Record<string, (request: Request) => string|Promise<Uint8Array>>} */
const FORMS = {
  svg: (request) => makePicture(request).svg,
  png: (request) => {
    const { svg, width, height } = makePicture(request);
    return rasterise(svg, width, height, readPictureOptions(request.query).scale);
  },
  mmd: (request) => writeMermaid(diagramOf(subjectOf(request))),
  dot: (request) => writeDot(diagramOf(subjectOf(request))),
  drawio: (request) => writeDrawio(diagramOf(subjectOf(request))),
};

try {
  const request = JSON.parse(readFileSync(0, "utf8"));
  process.stdout.write(await FORMS[request.form](request));
} catch (error) {
  if (error instanceof PictureProblem) {
    process.stderr.write(error.message);
    process.exitCode = 2;
  } else if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) process.exitCode = 3;
  else throw error;
}
