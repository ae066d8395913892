/** Virtual rows: of many rows of one height, only those in view exist as elements. */

import { zoomOf } from "../base/dom.js";

const AHEAD = 8; // rows made above and below what is seen

/** @typedef {ReturnType<typeof createRows>} Rows */

/**
 * @param {HTMLElement} scroller  what scrolls, or on a narrow screen stands in the page that scrolls; positioned
 * @param {HTMLElement} body  inside it, what is as high as all rows; positioned
 * @param {number} height  of a row, in pixels
 * @param {(index: number) => HTMLElement} make
 */
export function createRows(scroller, body, height, make) {
  let count = 0;
  /** @type {Map<number, HTMLElement>} */
  const made = new Map();

  /** What stays over the rows while they scroll, such as a head. */
  const above = () => body.offsetTop;

  function paint() {
    if (!scroller.clientHeight) return;
    const seen = seenOf(scroller, body);
    const first = Math.max(0, Math.floor(seen.top / height) - AHEAD);
    const last = Math.min(count, Math.ceil(seen.bottom / height) + AHEAD);
    for (const [index, row] of made) {
      if (index >= first && index < last) continue;
      row.remove();
      made.delete(index);
    }
    const fresh = document.createDocumentFragment();
    for (let index = first; index < last; index++) {
      if (made.has(index)) continue;
      const row = make(index);
      row.style.transform = `translateY(${index * height}px)`;
      made.set(index, row);
      fresh.append(row);
    }
    body.append(fresh);
  }

  addEventListener("scroll", paint, { passive: true, capture: true }); // of the scroller, or of the page

  return {
    paint,
    /** Show other rows, or draw the same ones again. @param {number} [next] how many there are */
    show(next = count) {
      count = next;
      made.clear();
      body.replaceChildren();
      body.style.blockSize = `${count * height}px`;
      paint();
    },
    /** Scroll just enough to show a row. @param {number} index */
    reveal(index) {
      const [top, bottom] = [index * height, (index + 1) * height];
      const seen = seenOf(scroller, body);
      const mover = scrolls(scroller) ? scroller : document.documentElement;
      if (top < seen.top + above()) mover.scrollTop += top - seen.top - above();
      else if (bottom > seen.bottom) mover.scrollTop += bottom - seen.bottom;
      paint();
    },
    /** Rows that fit. */
    get page() {
      const { top, bottom } = seenOf(scroller, body);
      return Math.max(1, Math.floor((bottom - top - above()) / height) - 1);
    },
  };
}

/** Whether an element scrolls its content itself. @param {HTMLElement} scroller */
const scrolls = (scroller) => getComputedStyle(scroller).overflowY !== "visible";

/**
 * The part of the rows that is seen, in pixels from the first row's top; what covers its beginning counts as seen.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} body
 */
function seenOf(scroller, body) {
  const zoom = zoomOf(body);
  const [box, rows] = [scroller.getBoundingClientRect(), body.getBoundingClientRect()];
  const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
  return { top: (top - rows.top) / zoom, bottom: (bottom - rows.top) / zoom };
}
