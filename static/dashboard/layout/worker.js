/** The web worker that runs the layout, so that the page never waits for it. */

import { layOut } from "./layout.js";

/** @param {MessageEvent<{id: number, input: import("./layout.js").LayoutInput}>} event */
self.onmessage = (event) => {
  const { id, input } = event.data;
  self.postMessage({ id, places: layOut(input) });
};
