/** The elements of the matrix's lines: headings, and rows with a name, a cell for each type, and the rights. */

import { ISOLATED } from "../../model/sharing.js";
import { TYPES } from "../../model/types.js";
import { cellIn } from "./lines.js";
import { cellMark, fateMark, tagMark, typeMark } from "../../widgets/pieces.js";
import { fitTitle, wordFits } from "./widths.js";
import { h } from "../../base/dom.js";
import { plural, t } from "../../base/i18n.js";
import { rightsMarks } from "./rights.js";
import { sayCell, sayRights, titleOf, wordOf } from "./words.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("./matrix.js").MatrixRow} MatrixRow
 * @typedef {import("./matrix.js").MatrixCell} MatrixCell
 * @typedef {import("./lines.js").Line} Line
 *
 * @typedef {object} Grid  what the lines are drawn from
 * @property {Line[]} lines
 * @property {NamespaceType[]} types  of the columns
 * @property {string|null} selected
 * @property {(row: MatrixRow) => boolean} isSelected
 * @property {import("./words.js").NameOf} nameOf
 * @property {import("./words.js").PrefixOf} prefixOf
 * @property {Map<string, number>} tags  of the namespaces that are shared
 * @property {import("./widths.js").Widths} widths
 */

/** The id of the cell's element. @param {import("../../widgets/grid-navigation.js").Place} place */
export function idOf({ row, column }) {
  return `mx-${row}-${column}`;
}

/** @param {Grid} grid @param {number} index */
export function lineElement(grid, index) {
  const line = grid.lines[index];
  if ("title" in line) return headingElement(grid, line, index);
  return "space" in line ? orphanElement(grid, line, index) : rowElement(grid, line, index);
}

/** @param {Grid} grid @param {import("./lines.js").Heading} heading @param {number} index */
function headingElement({ types }, { title, says, key, open }, index) {
  const label = h("span", { class: "mx-title-text" }, title);
  const turn = { type: "button", class: "mx-turn", "aria-expanded": String(open), tabindex: -1 };
  const header = h(
    "div",
    {
      role: "rowheader",
      "aria-colspan": types.length + 2,
      id: idOf({ row: index, column: 0 }),
      "data-line": index,
      "data-column": 0,
    },
    key === null ? label : h("button", turn, h("span", { class: "mx-caret", "aria-hidden": "true" }), label),
    h("span", { class: "count" }, says.join(", ")),
  );
  return h("div", { class: "mx-row mx-title", role: "row", "aria-rowindex": index + 2, "data-group": key }, header);
}

/** @param {Grid} grid @param {import("./groups.js").Orphan} orphan @param {number} index */
function orphanElement({ types, selected }, { key, space, holder }, index) {
  const picked = selected === key;
  const props = { class: `mx-row mx-orphan${picked ? " selected" : ""}`, role: "row", "data-key": key };
  const place = { id: idOf({ row: index, column: 0 }), "data-line": index, "data-column": 0 };
  return h(
    "div",
    { ...props, "aria-rowindex": index + 2, "aria-selected": String(picked) },
    h(
      "div",
      { role: "rowheader", "aria-colspan": types.length + 2, ...place },
      typeMark(space.type),
      h("span", null, `${space.type}:[${space.inode}]`),
      h("span", { class: "count" }, holder || t("something that could not be seen")),
    ),
  );
}

/** @param {Grid} grid @param {MatrixRow} row @param {number} index */
function rowElement(grid, row, index) {
  const selected = grid.isSelected(row);
  const props = {
    class: `mx-row${selected ? " selected" : ""}${row.fate ? ` fate-${row.fate}` : ""}`,
    role: "row",
    "data-key": row.key,
    "data-fate": row.fate,
    "aria-rowindex": index + 2,
    "aria-selected": String(selected),
  };
  const cells = grid.types.map((type, at) => cellElement(grid, row, type, { row: index, column: at + 1 }));
  const last = { row: index, column: grid.types.length + 1 };
  return h("div", props, nameElement(grid, row, { row: index, column: 0 }), cells, rightsElement(row, last));
}

/** @typedef {import("../../widgets/grid-navigation.js").Place} Place */

/** @param {Grid} grid @param {MatrixRow} row @param {Place} place */
function nameElement({ widths, prefixOf }, row, place) {
  const { container, processes, fate } = row;
  const props = {
    role: "rowheader",
    class: "mx-name",
    id: idOf(place),
    "data-line": place.row,
    "data-column": place.column,
    title: container && `${titleOf(row)}\n${container.image}`,
  };
  const idle = container && processes === 0 ? container.state || t("not running") : null;
  const image = container ? container.image : plural(processes, "{count} process", "{count} processes");
  return h(
    "div",
    props,
    fate && fateMark(fate),
    h("span", { class: "mx-title-text" }, fitTitle(row, prefixOf(row.key), widths, idle)),
    h("span", { class: idle ? "mx-idle" : "image" }, idle ?? image),
  );
}

/** @param {Grid} grid @param {MatrixRow} row @param {NamespaceType} type @param {Place} place */
function cellElement(grid, row, type, place) {
  const cell = row.cells[TYPES.indexOf(type)];
  const { how, key, strays, declared, left, was } = cell;
  const tag = how === "shared" ? grid.tags.get(key ?? "") : undefined;
  const word = wordOf(cell, titleOf(row), grid.nameOf, grid.prefixOf, wordFits(cell, tag !== undefined, grid.widths));
  const props = {
    role: "gridcell",
    id: idOf(place),
    class: classesOf(grid, row, cell, place.row),
    "data-line": place.row,
    "data-column": place.column,
    "data-space": how === "shared" ? key : null,
    "data-how": how,
  };
  return h(
    "div",
    props,
    h("span", { class: "muted", "aria-hidden": "true" }, how === "none" ? "–" : cellMark({ type, key, how }, false)),
    tag !== undefined && tagMark(tag),
    h("span", { class: "mx-word" }, word),
    strays > 0 && h("span", { class: "strays" }, `+${strays}`),
    (declared || left) && h("span", { class: "differs", "aria-hidden": "true" }, "≠"),
    was && fateMark("changed"),
    saysMore(cell) && h("span", { class: "unseen" }, sayCell(cell, grid.nameOf).join(" ")),
  );
}

/** @param {Grid} grid @param {MatrixRow} row @param {MatrixCell} cell @param {number} index */
function classesOf(grid, row, cell, index) {
  const { how, key, type } = cell;
  const usual = how === "host" && (!ISOLATED.includes(type) || !row.container);
  return [
    "mx-cell",
    `is-${how}`,
    cell.left && "is-left",
    usual && "usual",
    key !== null && key === grid.selected && "picked",
    ...barsOf(grid, cell, index),
    `t-${type}`,
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * Bars tie a cell to those above and below that are the same namespace.
 * @param {Grid} grid
 * @param {MatrixCell} cell
 * @param {number} index
 */
function barsOf({ lines }, { how, key, type }, index) {
  if (how !== "shared") return [];
  return [cellIn(lines[index - 1], type)?.key === key && "up", cellIn(lines[index + 1], type)?.key === key && "down"];
}

/** Whether there is more to say of a cell than its word. @param {MatrixCell} cell */
function saysMore({ declared, left, was, others }) {
  return declared !== null || left !== null || was !== null || others.length > 1;
}

/** @param {MatrixRow} row @param {Place} place */
function rightsElement(row, place) {
  const props = {
    role: "gridcell",
    class: "mx-rights",
    id: idOf(place),
    "data-line": place.row,
    "data-column": place.column,
    "data-kind": "rights",
    title: sayRights(row) || null,
  };
  return h("div", props, row.rights && rightsMarks(row.rights));
}
