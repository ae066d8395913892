/** Virtual rows: of many rows of one height, only those in view exist as elements. */

const AHEAD = 8; // rows made above and below what is seen

/** @typedef {ReturnType<typeof createRows>} Rows */

/**
 * @param {HTMLElement} scroller  what scrolls; positioned
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
    const top = scroller.scrollTop - above();
    const first = Math.max(0, Math.floor(top / height) - AHEAD);
    const last = Math.min(count, Math.ceil((top + scroller.clientHeight) / height) + AHEAD);
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

  scroller.addEventListener("scroll", paint, { passive: true });

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
      const seen = { top: scroller.scrollTop, bottom: scroller.scrollTop + scroller.clientHeight - above() };
      if (top < seen.top) scroller.scrollTop = top;
      else if (bottom > seen.bottom) scroller.scrollTop = bottom - scroller.clientHeight + above();
      paint();
    },
    /** Rows that fit. */
    get page() {
      return Math.max(1, Math.floor((scroller.clientHeight - above()) / height) - 1);
    },
  };
}
