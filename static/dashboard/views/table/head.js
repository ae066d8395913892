/** The head of the table: a button for each column that sorts by it. */

import { cellMark } from "../../widgets/pieces.js";
import { columnTitle } from "./columns.js";
import { h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("./columns.js").Column} Column
 * @typedef {import("./sort.js").Way} Way
 */

/** @param {Column[]} columns @param {{column: Column, way: Way}} sorting @param {(column: Column) => void} sortBy */
export function headCells(columns, sorting, sortBy) {
  return columns.map((column, index) => {
    const way = column === sorting.column ? sorting.way : 0;
    const sorted = way === 1 ? "ascending" : way === -1 ? "descending" : "none";
    const props = { role: "columnheader", class: `c-${column.name}`, "aria-colindex": index + 1, "aria-sort": sorted };
    return h(
      "div",
      props,
      sortButton(column, way, () => sortBy(column)),
    );
  });
}

/** @param {Column} column @param {Way|0} way @param {() => void} click */
function sortButton(column, way, click) {
  const props = {
    type: "button",
    "data-focus": `sort:${column.name}`,
    "data-sort": column.name,
    title: t("Sort by this column"),
    click,
  };
  return h(
    "button",
    props,
    column.type && cellMark({ type: column.type, key: null, how: "own" }, false),
    h("span", null, columnTitle(column)),
    h("span", { "aria-hidden": "true", class: "sort" }, way === 1 ? "▲" : way === -1 ? "▼" : ""),
  );
}
