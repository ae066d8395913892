/** The element of a row of the table. */

import { visibleName } from "../../base/visible.js";
import { cellMark, fateMark, stripOf } from "../../widgets/pieces.js";
import { cellsOf } from "./facts.js";
import { h } from "../../base/dom.js";
import { prefixesOf } from "../../model/grouping/projects.js";
import { shortName } from "../../base/short-name.js";
import { textOf } from "./columns.js";
import { textWidth } from "../../widgets/text-width.js";

/**
 * @typedef {import("../../base/dom.js").Child} Child
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/comparison.js").Fate} Fate
 * @typedef {import("./columns.js").Column} Column
 * @typedef {import("./facts.js").TableFacts} TableFacts
 *
 * @typedef {object} Table  the view that the row is in
 * @property {import("../../page/page.js").Page} page
 * @property {Column[]} columns
 * @property {TableFacts|null} facts
 * @property {import("./chosen-rows.js").ChosenRows} chosen
 */

const NAME = { size: 13.5, weight: 400, least: 130, most: 280 }; // of a container, in pixels
const LONGEST = 300; // characters of a cell; the whole text is copied

/** @param {Table} table @param {Process} process @param {number} index */
export function rowElement(table, process, index) {
  const { key } = process;
  const { page, chosen, columns } = table;
  const selected = standsFor(process, page.view.selected);
  const fate = page.union?.fates.get(key);
  const classes = ["row", selected && "selected", chosen.has(key) && "chosen", fate && `fate-${fate}`];
  const props = {
    role: "row",
    id: `row-${index}`,
    class: classes.filter(Boolean).join(" "),
    "data-key": key,
    "data-fate": fate ?? null,
    "aria-rowindex": index + 2,
    "aria-selected": String(selected || chosen.has(key)),
  };
  return h(
    "div",
    props,
    columns.map((column) =>
      h("div", { role: "gridcell", class: `c-${column.name}` }, ...contentOf(table, column, process, fate)),
    ),
  );
}

/** Whether a row is what is selected: the process, or the init of the container. @param {Process} process */
export function standsFor({ key, container, role }, /** @type {string|null} */ selected) {
  return key === selected || (role === "init" && container !== null && container === selected);
}

/** @param {Table} table @param {Column} column @param {Process} process @param {Fate} [fate] @return {Child[]} */
function contentOf({ facts, page }, column, process, fate) {
  if (!facts) return [];
  if (column.name === "comm")
    return [fate && fateMark(fate), h("span", { class: "row-name" }, visibleName(process.comm))];
  if (column.name === "spaces") {
    const { off } = page.view.options;
    return [stripOf(cellsOf(process, facts).filter(({ type }) => !off.has(type)))];
  }
  if (column.name === "user" && process.uid === null) return ["?"];
  if (column.name === "container") return [containerName(facts, column, process)];
  if (column.type) return namespaceOf(facts, column, process);
  return [String(textOf(column, process, facts) ?? "").slice(0, LONGEST)];
}

/**
 * The namespace of the column's type.
 * @param {TableFacts} facts
 * @param {Column} column
 * @param {Process} process
 * @return {Child[]}
 */
function namespaceOf(facts, column, process) {
  const cell = cellsOf(process, facts).find(({ type }) => type === column.type);
  return cell ? [cellMark(cell), column.value(process, facts)] : [];
}

/**
 * As wide as the longest name of a container, within bounds.
 * @param {Iterable<import("../../model/types.js").Container>} containers
 */
export function containerWidth(containers) {
  const widths = [...containers].map(({ name }) => textWidth(name, NAME.size, NAME.weight) + 1);
  return widths.reduce((most, width) => Math.max(most, Math.min(width, NAME.most)), NAME.least);
}

/** @param {TableFacts} facts @param {Column} column @param {Process} process */
function containerName(facts, column, process) {
  const name = String(textOf(column, process, facts) ?? "");
  const fits = (/** @type {string} */ text) => textWidth(text, NAME.size, NAME.weight) < NAME.most;
  if (fits(name)) return name;
  const prefix = prefixesOf(facts.state.containers.values()).get(process.container ?? "") ?? "";
  return h("span", { title: name }, shortName(name, prefix, fits));
}
