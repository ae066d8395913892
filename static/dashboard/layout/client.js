/** Asks the worker for a layout. Only the last request counts. */

import { layOut } from "./layout.js";

/**
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./places.js").Places} Places
 */

/** @param {string} url of the worker's module */
export function createLayoutClient(url) {
  const worker = new Worker(url, { type: "module" });
  let id = 0;
  /** @type {((places: Places) => void)|null} */
  let waiting = null;
  /** @type {LayoutInput|null} */
  let next = null;
  let busy = false;
  let broken = false;
  /** @type {LayoutInput|null} */
  let last = null;

  worker.onmessage = (/** @type {MessageEvent<{id: number, places: Places}>} */ event) => {
    busy = false;
    if (event.data.id === id && !next) waiting?.(event.data.places);
    if (next) post(next);
  };
  worker.onerror = () => {
    // Without a worker the layout runs in the page, which then waits for it.
    broken = true;
    busy = false;
    if (last) answer(last);
  };

  /** @param {LayoutInput} input */
  function answer(input) {
    waiting?.(layOut(input));
  }

  /** @param {LayoutInput} input */
  function post(input) {
    next = null;
    busy = true;
    id += 1;
    worker.postMessage({ id, input });
  }

  return {
    /**
     * @param {LayoutInput} input
     * @param {(places: Places) => void} then called with the layout, unless a later request was made
     */
    ask(input, then) {
      waiting = then;
      last = input;
      if (broken) answer(input);
      else if (busy) next = input;
      else post(input);
    },
  };
}
