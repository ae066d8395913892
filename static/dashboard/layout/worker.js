/** The web worker that runs the layout, so that the page never waits for it; and what moves while the reader drags. */

import { Reheated } from "./force/reheat.js";
import { layOut } from "./layout.js";

/**
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./places.js").Places} Places
 * @typedef {{id: number, input: LayoutInput}} Ask
 * @typedef {{hold: LayoutInput, keys: string[]}} Hold
 * @typedef {{move: Places}} Move
 * @typedef {{release: true}} Release
 */

const TICK_MS = 16;

/** @type {Reheated|null} */
let reheated = null;
let timer = 0;

/** @param {MessageEvent<Ask|Hold|Move|Release>} event */
self.onmessage = ({ data }) => {
  if ("input" in data) self.postMessage({ id: data.id, places: layOut(data.input) });
  else if ("hold" in data) hold(data);
  else if ("move" in data) reheated?.move(data.move);
  else release();
};

/** @param {Hold} data */
function hold({ hold: input, keys }) {
  reheated = new Reheated(input, keys);
  timer = self.setInterval(() => {
    const moved = reheated?.tick() ?? {};
    if (Object.keys(moved).length) self.postMessage({ moved });
  }, TICK_MS);
}

function release() {
  clearInterval(timer);
  self.postMessage({ moved: reheated?.cool() ?? {}, released: true });
  reheated = null;
}
