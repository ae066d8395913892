/** Columns of the matrix in which all rows say the same: a note says it once. Pure. */

import { HOW_WORDS, sayTypes } from "../../model/words.js";
import { TYPES } from "../../model/types.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/sharing.js").How} How
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {{how: How, types: NamespaceType[]}} Folded
 */

const FEWEST = 2; // of fewer rows, nothing is folded

/**
 * @param {MatrixRow[]} rows
 * @param {NamespaceType[]} types  of the columns
 * @return {{types: NamespaceType[], folded: Folded[]}}  the columns that differ from row to row, and the others
 */
export function foldColumns(rows, types) {
  const running = rows.filter(({ cells }) => cells.some(({ how }) => how !== "none"));
  const said = new Map(types.map((type) => [type, running.length < FEWEST ? null : saidByAll(running, type)]));
  const hows = [...new Set(said.values())].filter((how) => how !== null);
  return {
    types: types.filter((type) => said.get(type) === null),
    folded: hows.map((how) => ({ how, types: types.filter((type) => said.get(type) === how) })),
  };
}

/**
 * What every row says of a type, where no row has more to say; null: they differ.
 * @param {MatrixRow[]} rows
 * @param {NamespaceType} type
 * @return {How|null}
 */
function saidByAll(rows, type) {
  const cells = rows.map((row) => row.cells[TYPES.indexOf(type)]);
  const { how } = cells[0];
  if (how === "shared" || how === "none") return null;
  return cells.every((cell) => cell.how === how && saysNoMore(cell)) ? how : null;
}

/** @param {MatrixCell} cell */
const saysNoMore = ({ declared, left, strays, was }) => !declared && !left && !strays && !was;

/** "user, cgroup and time: the host’s in every row". @param {Folded} folded */
export function sayFolded({ types, how }) {
  return t("{types}: {how} in every row", { types: sayTypes(types), how: HOW_WORDS[how] });
}
