/** Put into every page that is measured: hands that drag and turn the wheel, and clocks. */

const frame = () => new Promise((done) => requestAnimationFrame(done));

/** After the next picture is on the screen. */
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));

/** Frames a second while `move(frame)` is made before each. */
async function count(ms, move) {
  const gaps = [];
  const start = performance.now();
  for (let at = start, index = 0; at - start < ms; index++) {
    move(index);
    await frame();
    gaps.push(performance.now() - at);
    at = performance.now();
  }
  gaps.sort((a, b) => a - b);
  return { rate: (1000 * gaps.length) / (performance.now() - start), worst: gaps.at(-1) };
}

/** The wheel in and out about the middle, and out again as far. */
function wheel(element, index) {
  const box = element.getBoundingClientRect();
  const deltaY = Math.floor(index / 12) % 2 ? 12 : -12;
  element.dispatchEvent(
    new WheelEvent("wheel", {
      deltaY,
      clientX: box.x + box.width / 2,
      clientY: box.y + box.height / 2,
      bubbles: true,
      cancelable: true,
      view: window,
    }),
  );
}

/** A drag that begins on empty ground in the corner. */
function drag(element, index) {
  const box = element.getBoundingClientRect();
  const at = {
    clientX: box.x + 3 + 60 * (1 - Math.cos(index / 10)),
    clientY: box.y + 3 + 40 * (1 - Math.cos(index / 7)),
    bubbles: true,
    cancelable: true,
    view: window,
    button: 0,
  };
  if (index === 0) {
    element.dispatchEvent(new PointerEvent("pointerdown", at));
    element.dispatchEvent(new MouseEvent("mousedown", at));
  }
  element.dispatchEvent(new PointerEvent("pointermove", at));
  (index === 0 ? element : window).dispatchEvent(new MouseEvent("mousemove", at));
}

function release() {
  for (const name of ["mouseup", "pointerup"])
    window.dispatchEvent(new MouseEvent(name, { bubbles: true, view: window }));
}

/** Milliseconds from a deed until the picture that answers it is painted. */
async function answer(deed, seen) {
  const before = seen();
  const start = performance.now();
  deed();
  while (seen() === before) await frame();
  await painted();
  return performance.now() - start;
}

globalThis.hands = {
  async fly(selector, ms) {
    const element = document.querySelector(selector);
    const zoom = await count(ms, (index) => wheel(element, index));
    const pan = await count(ms, (index) => drag(element, index));
    release();
    return { zoom, pan };
  },
  answer,
  painted,
};
