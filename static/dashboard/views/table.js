/** The table as one of the views. */

import { byId } from "../dom.js";
import { createTable } from "../panels/table.js";

/** @param {import("../page.js").Page} page @return {import("../views.js").View} */
export function createTableView(page) {
  const element = byId("table");
  const table = createTable(element, (key) => page.select(key));
  /** @type {import("../page.js").Found|null} */
  let shown = null;
  let side = page.view.side;

  function show() {
    const { state, graph, union, view, found } = page;
    if (!state || !graph) return;
    [shown, side] = [found, view.side];
    const absent = view.side === "before" ? "came" : "went";
    const processes = union && view.side !== "both" ? found.processes.filter((process) => union.fates.get(process.key) !== absent) : found.processes;
    table.show({ state, sharing: graph.sharing, processes, selected: view.selected, fates: union?.fates });
  }

  return {
    name: "table",
    key: "t",
    label: "Table",
    element,
    show,
    mark() {
      if (page.found !== shown || page.view.side !== side) show();
      else table.select(page.view.selected);
    },
    reveal: (key) => table.reveal(key),
    resize: () => table.repaint(),
  };
}
