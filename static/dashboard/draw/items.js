/** Shapes and texts of a picture. A scene is a list of them; `paint.js` draws it on a canvas, `svg.js` as SVG. Pure. */

/**
 * @typedef {object} Item
 * @property {"rect"|"circle"|"line"|"poly"|"text"} t
 * @property {number} x
 * @property {number} y
 * @property {number} [w]
 * @property {number} [h]
 * @property {number} [r]  radius, or that of the corners
 * @property {number[]} [points]  x, y, x, y …; four points of a line make a curve, more
 *   a line with corners
 * @property {string} [fill]
 * @property {string} [stroke]
 * @property {number} [width]
 * @property {number[]} [dash]
 * @property {number} [alpha]
 * @property {boolean} [arrow]
 * @property {string} [text]
 * @property {number} [size]
 * @property {number} [weight]
 * @property {"start"|"middle"|"end"} [anchor]
 * @property {boolean} [mono]
 * @property {number} [floor]  the text grows, up to `most`, so as not to be smaller than this on the screen
 * @property {number} [most]
 * @property {boolean} [hang]  y is the top of the letters, however large they are
 * @property {number} [room]  the width that the text may take: what is longer is cut in its middle
 * @property {string} [prefix]  what the names beside it begin with too: it is left out before the rest is cut
 * @property {number} [from]  the smallest zoom at which it is drawn
 * @property {number} [until]  the zoom from which on it is not drawn
 * @property {string} [halo]  the colour around the letters, so that no line crosses them
 * @property {number} [least]  the text is left out where it would be smaller than this on the screen
 */

/**
 * A line through points. The points are its position, so x and y are zero.
 * @param {number[]} points
 * @param {Partial<Item> & {stroke: string}} look
 * @return {Item}
 */
export function line(points, look) {
  return { t: "line", x: 0, y: 0, points, ...look };
}
