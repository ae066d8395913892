/** How many matches of the search each view shows. Pure. */

import { rowOwner } from "../views/matrix/matrix.js";

/**
 * How many matches each view shows: nodes of the graph, steps of the chains, rows of the matrix, rows of the table.
 * @param {import("../views/graph/found.js").Found} found
 * @param {import("../views/graph/graph.js").Graph} graph
 * @param {import("../model/store.js").State} state
 * @return {Record<"graph"|"chains"|"matrix"|"table", number>}
 */
export function countPerView({ processes, containers, nodes }, graph, state) {
  const rows = new Set(processes.map((process) => rowOwner(state, graph.sharing, process)).filter(Boolean));
  for (const { id } of containers) rows.add(id);
  const dead = containersWithout(processes, containers);
  return {
    graph: nodes?.size ?? 0,
    chains: processes.length + dead.length,
    matrix: rows.size,
    table: processes.length,
  };
}

/**
 * The containers of which no process is found.
 * @param {import("../model/types.js").Process[]} processes
 * @param {import("../model/types.js").Container[]} containers
 */
export function containersWithout(processes, containers) {
  const owners = new Set(processes.map(({ container }) => container));
  return containers.filter(({ id }) => !owners.has(id));
}
