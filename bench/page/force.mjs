/** Prints the milliseconds that the force arrangement takes: `node bench/page/force.mjs NODES`, the quickest of seven. */

import { buildGraph, defaultOptions } from "../../static/dashboard/views/graph/graph.js";
import { crowdState } from "../../tests/js/support/make-state.mjs";
import { inputOf, layOut } from "../../static/dashboard/layout/layout.js";
import { loaded, stateOf } from "../../tests/js/support/helpers.mjs";

const wanted = Number(process.argv[2]);
const state = crowdState(wanted, 40);
for (const one of state.processes) one.comm = `${one.comm.slice(0, 8)}-${one.pid}`; // so that nothing folds
const open = new Set(state.containers.map(({ id }) => id));
const graph = buildGraph(stateOf(loaded(state)), { ...defaultOptions(), open });
const input = inputOf(graph, 1.4, { arrangement: "force" });
const times = Array.from({ length: 7 }, () => {
  const before = performance.now();
  layOut(input);
  return performance.now() - before;
});
process.stdout.write(JSON.stringify({ nodes: graph.nodes.length, ms: Math.min(...times) }));
