/** Reads one state a line from the standard input and answers each with what the page's tree of chains hangs on what, for the tests of the Python side. */

import { createInterface } from "node:readline";
import { buildTree } from "../../../static/dashboard/views/chains/tree.js";
import { stateFrom } from "../../../static/dashboard/model/store.js";

/** @typedef {import("../../../static/dashboard/views/chains/tree.js").Step} Step */

/** @param {Step[]} steps @param {Step|null} above @param {Record<number, [number, string]>} edges */
function gather(steps, above, edges) {
  for (const step of steps) {
    if (step.kind === "process" && step.process && above?.process && step.via)
      edges[step.process.pid] = [above.process.pid, step.via];
    gather(step.children, step.kind === "alike" ? above : step, edges);
  }
  return edges;
}

for await (const line of createInterface(process.stdin)) {
  const chains = buildTree({ state: stateFrom(JSON.parse(line), 1) }).filter((step) => step.kind !== "host");
  console.log(JSON.stringify(gather(chains, null, {})));
}
