/** The web worker that draws pictures, so that the page never waits for one. */

import { makePicture } from "./picture.js";

/** @param {MessageEvent<{id: number, request: import("./picture.js").PictureRequest}>} event */
self.onmessage = ({ data: { id, request } }) => {
  try {
    self.postMessage({ id, picture: makePicture(request) });
  } catch (error) {
    self.postMessage({ id, problem: error instanceof Error ? error.message : String(error) });
  }
};
