/** How many matches of the search each view shows. Pure. */

import { rowOwner } from "../views/matrix/matrix.js";

/**
 * How many matches each view shows: nodes of the graph, steps of the chains, rows of the matrix, rows of the table.
 * @param {import("../model/types.js").Process[]} processes  those that match
 * @param {import("../views/graph/graph.js").Graph} graph
 * @param {import("../model/store.js").State} state
 * @return {Record<"graph"|"chains"|"matrix"|"table", number>}
 */
export function countPerView(processes, graph, state) {
  const nodes = new Set(processes.map((process) => graph.nodeOf.get(process.key)).filter((key) => key !== undefined));
  const owners = new Set(processes.map((process) => rowOwner(state, graph.sharing, process)).filter(Boolean));
  return { graph: nodes.size, chains: processes.length, matrix: owners.size, table: processes.length };
}
