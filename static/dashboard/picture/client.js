/** Makes pictures for the page: the worker draws SVG, and this browser turns it into PNG. */

/**
 * @typedef {{svg: string, width: number, height: number}} Picture
 * @typedef {{id: number, picture?: Picture, problem?: string}} Answer
 */

/** @param {string} url  of the worker's module; the worker starts with the first picture */
export function createPictureClient(url) {
  /** @type {Worker|null} */
  let worker = null;
  let last = 0;
  /** @type {Map<number, {done: (picture: Picture) => void, fail: (error: Error) => void}>} */
  const waiting = new Map();

  function start() {
    const made = new Worker(url, { type: "module" });
    made.onmessage = (/** @type {MessageEvent<Answer>} */ { data: { id, picture, problem } }) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (picture) asked?.done(picture);
      else asked?.fail(new Error(problem));
    };
    made.onerror = (event) => {
      for (const { fail } of waiting.values()) fail(new Error(event.message));
      waiting.clear();
      worker = null;
    };
    return made;
  }

  return {
    /** @param {import("./picture.js").PictureRequest} request @return {Promise<Picture>} */
    draw(request) {
      worker ??= start();
      last += 1;
      const asked = new Promise((done, fail) => waiting.set(last, { done, fail }));
      worker.postMessage({ id: last, request });
      return asked;
    },
  };
}
