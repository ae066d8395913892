/** How wide a text is on this machine, in the page's typeface. */

const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
/** @type {Map<string, number>} */
const known = new Map();
const MOST_KNOWN = 5000;
const CHANGING = "loadingdone"; // the typeface came

document.fonts.addEventListener(CHANGING, () => known.clear());

/**
 * In pixels, rounded up.
 * @param {string} text
 * @param {number} size  of the letters, in pixels
 * @param {number} weight  400 is regular
 */
export function textWidth(text, size, weight) {
  const key = `${size} ${weight} ${text}`;
  const held = known.get(key);
  if (held !== undefined) return held;
  context.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  const width = Math.ceil(context.measureText(text).width);
  if (known.size > MOST_KNOWN) known.clear();
  known.set(key, width);
  return width;
}
