/** Prints a state of so many processes in so many containers: `node bench/page/state.mjs PROCESSES CONTAINERS [distinct]`. */

import { crowdState } from "../../tests/js/support/make-state.mjs";

const [processes, containers, distinct] = process.argv.slice(2);
const state = crowdState(Number(processes), Number(containers));
// No two of a name: nothing folds, and every process is a node.
if (distinct) for (const one of state.processes) one.comm = `${one.comm.slice(0, 8)}-${one.pid}`;
process.stdout.write(JSON.stringify(state));
