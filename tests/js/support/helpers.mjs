/** What several tests need. */

import { createStore } from "../../../static/dashboard/model/store.js";

/** @param {import("../../../static/dashboard/model/types.js").HostState} state */
export function loaded(state, seq = 1) {
  const store = createStore();
  store.load(structuredClone(state), seq);
  return store;
}

/** The state of a store that must have one. @param {import("../../../static/dashboard/model/store.js").Store} store */
export function stateOf(store) {
  if (!store.state) throw new Error("the store is empty");
  return store.state;
}

/** A small congruential generator, so that a failing run can be repeated. @param {number} seed */
export function randomness(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
