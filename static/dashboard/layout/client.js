/** Asks the worker for a layout; only the last request counts. Tells it what the reader drags. */

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

  const drag = createDrag(worker, () => broken);

  worker.onmessage = (/** @type {MessageEvent<any>} */ event) => {
    if (event.data.moved) return drag.receive(event.data);
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
    ...drag.orders,
  };
}

/**
 * What the reader drags in the force arrangement.
 * @param {Worker} worker
 * @param {() => boolean} isBroken  nothing follows what is dragged
 */
function createDrag(worker, isBroken) {
  /** @type {((places: Places) => void)|null} */
  let onMoved = null;
  /** @type {(() => void)|null} */
  let onReleased = null;
  return {
    /** @param {{moved: Places, released?: boolean}} message  of the worker */
    receive({ moved, released }) {
      onMoved?.(moved);
      if (released) onReleased?.();
    },
    orders: {
      /**
       * The reader holds nodes: their neighbours move with them.
       * @param {LayoutInput} input
       * @param {string[]} keys
       * @param {(places: Places) => void} moved  called with the new places of the neighbours
       */
      hold(input, keys, moved) {
        onMoved = moved;
        worker.postMessage({ hold: input, keys });
      },
      /** @param {Places} places  of what is held */
      move: (places) => worker.postMessage({ move: places }),
      /** @param {() => void} then  called once the neighbours rest */
      release(then) {
        onReleased = then;
        if (isBroken()) then();
        else worker.postMessage({ release: true });
      },
    },
  };
}
