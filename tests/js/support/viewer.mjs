/**
 * A page without a browser: the page's own store and line, against a real server. Run with `--experimental-websocket`.
 * `node … viewer.mjs URL HOST COOKIE`; a line on the standard input is answered with what is held: seq, checksum, agreed.
 */

import { createInterface } from "node:readline";
import { LiveState } from "../../../static/dashboard/net/live-state.js";
import { createStore } from "../../../static/dashboard/model/store.js";

const [url, host, cookie] = process.argv.slice(2);
const headers = { Cookie: cookie, Origin: url };
const store = createStore();
let step = "";
let healed = 0;
const link = new LiveState({
  stateUrl: `${url}/api/v1/hosts/${host}/state`,
  socketUrl: `${url.replace("http", "ws")}/ws/hosts/${host}`,
  store,
  onStep: (next) => {
    healed += Number(step === "out-of-step" && next === "live");
    step = next;
  },
  around: {
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init?.headers, ...headers } }),
    open: (address) => new WebSocket(address, /** @type {any} */ ({ headers })),
    after: (run, ms) => setTimeout(run, ms),
    cancel: (timer) => clearTimeout(timer),
    random: Math.random,
    now: () => Date.now(),
  },
});
link.start();
setInterval(() => link.check(), 5000);

for await (const _ of createInterface(process.stdin)) {
  console.log(
    JSON.stringify({ step, healed, seq: store.state?.seq ?? 0, checksum: store.checksum, agreed: link.agreed }),
  );
}
process.exit(0);
