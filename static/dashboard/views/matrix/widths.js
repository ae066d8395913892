/** How wide the columns of the matrix are, by what stands in them, and which words fit into them. */

import { shortName } from "../../base/short-name.js";
import { textWidth } from "../../widgets/text-width.js";
import { rightsTexts, titleOf } from "./words.js";

/** @typedef {import("./matrix.js").MatrixRow} MatrixRow */

const NAME = { size: 13.5, weight: 650, least: 170, most: 0.36, padding: 27, image: 90 };
const WORD = { size: 12, weight: 600 };
const CELL = { least: 66, padding: 18, sign: 24, tag: 22, differs: 23, strays: 24, was: 20 };
const RIGHTS = { none: 76, least: 110 };
const MEDIUM = { below: 760, cell: 40, rights: 72 }; // cells without words, as in matrix.css
const NARROW = { below: 560, cell: 32, end: 6 }; // and without the rights

/** @typedef {{name: number, cell: number, rights: number}} Widths  in pixels */

/**
 * Give the names as much as they need, up to about a third of the width, and the cells the rest.
 * @param {HTMLElement} scroller
 * @param {MatrixRow[]} rows
 * @param {number} types  how many columns there are between the names and the rights
 * @return {Widths}
 */
export function setWidths(scroller, rows, types) {
  const width = scroller.clientWidth;
  const widths = width < NARROW.below ? narrow(width, types) : width < MEDIUM.below ? medium(width, types) : null;
  const { name, cell, rights } = widths ?? wide(width, rows, types);
  scroller.style.setProperty("--mx-columns", `${name}px repeat(${types}, ${cell}px) ${rights}px`);
  return { name, cell, rights };
}

/** @param {number} width @param {number} types @return {Widths} */
const narrow = (width, types) => ({ name: width - types * NARROW.cell - NARROW.end, cell: NARROW.cell, rights: 0 });

/** @param {number} width @param {number} types @return {Widths} */
const medium = (width, types) => ({
  name: width - types * MEDIUM.cell - MEDIUM.rights,
  cell: MEDIUM.cell,
  rights: MEDIUM.rights,
});

/** @param {number} width @param {MatrixRow[]} rows @param {number} types @return {Widths} */
function wide(width, rows, types) {
  const widest = rows.reduce((most, row) => Math.max(most, textWidth(titleOf(row), NAME.size, NAME.weight)), 0);
  const most = Math.max(NAME.least, width * NAME.most);
  const name = Math.round(Math.min(most, Math.max(NAME.least, widest + NAME.padding + NAME.image)));
  const marked = rows.some(({ rights }) => rights && rightsTexts(rights).length);
  const least = marked ? RIGHTS.least : RIGHTS.none;
  const cell = Math.max(CELL.least, Math.floor((width - name - least) / Math.max(2, types)));
  return { name, cell, rights: Math.max(least, width - name - cell * types) };
}

/**
 * The title of a row as it fits beside what has to stand after it.
 * @param {MatrixRow} row
 * @param {string} prefix
 * @param {Widths} widths
 * @param {string|null} after
 */
export function fitTitle(row, prefix, widths, after) {
  const left = widths.name - NAME.padding - (after ? textWidth(after, WORD.size, 400) + 8 : 0) - (row.fate ? 24 : 0);
  return shortName(titleOf(row), prefix, (text) => textWidth(text, NAME.size, NAME.weight) <= left);
}

/**
 * Whether a word fits into a cell beside its signs.
 * @param {import("./matrix.js").MatrixCell} cell
 * @param {boolean} tagged
 * @param {Widths} widths
 * @return {(word: string) => boolean}
 */
export function wordFits({ declared, left, strays, was }, tagged, widths) {
  const { padding, sign, tag, differs } = CELL;
  const signs = [tagged && tag, (declared || left) && differs, strays && CELL.strays, was && CELL.was];
  const free = signs.reduce((/** @type {number} */ room, one) => room - (one || 0), widths.cell - padding - sign);
  return (word) => textWidth(word, WORD.size, WORD.weight) <= free;
}
