/**
 * Keyboard movement through a list, a tree or a grid, as the ARIA Authoring Practices describe it. The widget keeps the
 * focus; aria-activedescendant names the element that is active in it.
 */

/**
 * @typedef {{row: number, column: number}} Place  in a grid, from 0; a row of -1: no cell is active
 *
 * @typedef {object} Extent  of a grid
 * @property {number} rows
 * @property {number} columns
 * @property {number} page  rows that fit
 *
 * @typedef {object} Branch  a row of a tree
 * @property {boolean|null} expanded  null: it has no children
 * @property {number} parent  the index of the row above it in the tree; -1: it has none
 */

/** Keys mean something to a widget while it has the focus, or while no element has it. @param {HTMLElement} element */
export function hearsKeys(element) {
  return document.activeElement === element || document.activeElement === document.body;
}

/** Name the active element of a widget. @param {HTMLElement} element @param {string|null} id  null: none is active */
export function setActive(element, id) {
  if (id === null) element.removeAttribute("aria-activedescendant");
  else element.setAttribute("aria-activedescendant", id);
}

/**
 * The row of a list that a key leads to.
 * @param {string} key
 * @param {number} at  the active row; -1: none
 * @param {{rows: number, page: number}} extent
 * @return {number|null}  null: the key does not move
 */
export function rowAfter(key, at, { rows, page }) {
  const targets = new Map([
    ["ArrowDown", at + 1],
    ["ArrowUp", at - 1],
    ["PageDown", at + page],
    ["PageUp", at - page],
    ["Home", 0],
    ["End", rows - 1],
  ]);
  const target = targets.get(key);
  return target === undefined ? null : within(target, rows);
}

/**
 * The cell of a grid that a key leads to. Home and End stay in the row.
 * @param {string} key
 * @param {Place} at
 * @param {Extent} extent
 * @return {Place|null}  null: the key does not move
 */
export function cellAfter(key, { row, column }, { rows, columns, page }) {
  const targets = new Map([
    ["ArrowDown", { row: row + 1, column }],
    ["ArrowUp", { row: row - 1, column }],
    ["PageDown", { row: row + page, column }],
    ["PageUp", { row: row - page, column }],
    ["ArrowRight", { row, column: column + 1 }],
    ["ArrowLeft", { row, column: column - 1 }],
    ["Home", { row, column: 0 }],
    ["End", { row, column: columns - 1 }],
  ]);
  const target = targets.get(key);
  return target ? { row: within(target.row, rows), column: within(target.column, columns) } : null;
}

/**
 * What a key does in a tree, besides the movement of a list.
 * @param {string} key
 * @param {number} at  the active row; -1: none
 * @param {Branch|undefined} branch  the active row
 * @param {boolean} canTurn  whether rows can be opened and closed
 * @return {number|"turn"|"stay"|null}  the row it leads to; `turn`: the active row opens or closes; null: it is no key
 *   of a tree
 */
export function branchAfter(key, at, branch, canTurn) {
  const { expanded = null, parent = -1 } = branch ?? {};
  if (key === "ArrowRight") return expanded === false ? "turn" : expanded ? at + 1 : "stay";
  if (key === "ArrowLeft") return expanded && canTurn ? "turn" : parent >= 0 ? parent : "stay";
  if (key === "Enter") return expanded !== null && canTurn ? "turn" : "stay";
  return null;
}

/** The nearest index that exists; 0 where there is none. @param {number} index @param {number} count */
function within(index, count) {
  return Math.max(0, Math.min(count - 1, index));
}
