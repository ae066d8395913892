/**
 * The places of a unit's processes: columns by their depth in the chain, children beside their parent. So a link
 * crosses
 * no label: it runs in the gaps between columns and rows. Pure.
 */

/**
 * @typedef {import("../draw/geometry.js").Point} Point
 * @typedef {import("./layout.js").Body} Body
 * @typedef {import("./layout.js").Tie} Tie
 *
 * @typedef {object} Tree
 * @property {Body} body
 * @property {Tree[]} children
 * @property {number} column  from the left
 * @property {number} fold  which of the columns that childless siblings are spread over
 */

const COLUMN_GAP = 30;
const ROW_GAP = 12;
const FEWEST_ROWS = 5; // so many childless siblings stand below one another

/** @param {Tie} tie */
export const descends = (tie) => tie.kind === "parent" || tie.kind === "runtime";

/** @param {Body[]} bodies @param {Tie[]} ties @return {Map<string, Point>} */
export function placeTree(bodies, ties) {
  const roots = treesOf(bodies, ties);
  const rows = Math.max(FEWEST_ROWS, Math.ceil(Math.sqrt(bodies.length * 1.3)));
  /** @type {Map<string, Point>} */
  const places = new Map();
  stack(roots, rows, 0, places);
  setColumns(roots, places);
  return places;
}

/** Who descends from whom; a loop begins anywhere. @param {Body[]} bodies @param {Tie[]} ties */
function treesOf(bodies, ties) {
  const trees = new Map(
    bodies.map((body) => [body.key, /** @type {Tree} */ ({ body, children: [], column: 0, fold: 0 })]),
  );
  const above = new Map();
  for (const tie of ties)
    if (descends(tie) && trees.has(tie.source) && trees.has(tie.target) && !above.has(tie.target))
      above.set(tie.target, tie.source);
  for (const [key, parent] of above) if (leadsTo(above, parent, key)) above.delete(key);
  for (const [key, parent] of above) trees.get(parent)?.children.push(/** @type {Tree} */ (trees.get(key)));
  return [...trees.values()].filter(({ body }) => !above.has(body.key));
}

/** @param {Map<string, string>} above @param {string} from @param {string} to */
function leadsTo(above, from, to) {
  const seen = new Set();
  for (let at = /** @type {string|undefined} */ (from); at !== undefined && !seen.has(at); at = above.get(at)) {
    if (at === to) return true;
    seen.add(at);
  }
  return false;
}

/**
 * Siblings below one another: those with children each beside theirs, then the childless ones in as many columns as
 * they need.
 * @param {Tree[]} siblings
 * @param {number} rows
 * @param {number} top
 * @param {Map<string, Point>} places  their heights are set
 * @return {number} where the next may begin
 */
function stack(siblings, rows, top, places) {
  let y = top;
  for (const tree of siblings.filter(({ children }) => children.length)) {
    const end = stack(tree.children, rows, y, places);
    const own = heightOf(tree);
    const middle = meanHeight(tree.children, places);
    const at = Math.max(y + tree.body.extent.t, Math.min(middle, end - ROW_GAP - tree.body.extent.b));
    places.set(tree.body.key, { x: 0, y: at });
    y = Math.max(end, y + own);
  }
  const leaves = siblings.filter(({ children }) => !children.length);
  const each = leaves.length > rows * 1.4 ? rows : leaves.length;
  const tallest = Math.max(0, ...leaves.map(heightOf));
  for (const [index, leaf] of leaves.entries()) {
    leaf.fold = Math.floor(index / each);
    places.set(leaf.body.key, { x: 0, y: y + (index % each) * tallest + leaf.body.extent.t });
  }
  return y + Math.min(each, leaves.length) * tallest;
}

/** @param {Tree} tree */
const heightOf = ({ body: { extent } }) => extent.t + extent.b + ROW_GAP;

/** @param {Tree[]} trees @param {Map<string, Point>} places */
function meanHeight(trees, places) {
  const ys = trees.map(({ body }) => places.get(body.key)?.y ?? 0);
  return (Math.min(...ys) + Math.max(...ys)) / 2;
}

/** Each generation has its columns. @param {Tree[]} roots @param {Map<string, Point>} places */
function setColumns(roots, places) {
  let left = 0;
  for (let generation = roots; generation.length; generation = generation.flatMap(({ children }) => children)) {
    const folds = 1 + Math.max(...generation.map(({ fold }) => fold));
    for (let fold = 0; fold < folds; fold++) {
      const column = generation.filter((tree) => tree.fold === fold);
      const reach = Math.max(...column.map(({ body }) => body.extent.l));
      for (const { body } of column) /** @type {Point} */ (places.get(body.key)).x = left + reach;
      left += reach + Math.max(...column.map(({ body }) => body.extent.r)) + COLUMN_GAP;
    }
  }
}
