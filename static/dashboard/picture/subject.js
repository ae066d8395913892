/** The states that a picture draws. Pure. */

import { maskStates } from "./pseudonyms.js";
import { stateFrom, toHostState } from "../model/store.js";
import { unite } from "../model/comparison.js";

/**
 * @typedef {import("../model/types.js").HostState} HostState
 * @typedef {import("../model/store.js").State} State
 * @typedef {import("./options.js").PictureOptions} PictureOptions
 *
 * @typedef {object} Subject  what is drawn
 * @property {State} state
 * @property {State[]} shown  the states it is made of, with pseudonyms if names are masked
 * @property {State} named  `state` with the real names
 * @property {import("../model/comparison.js").Union|null} union  null: one state, no comparison
 * @property {PictureOptions} options
 */

/** @param {{seq: number, state: HostState}[]} states @param {PictureOptions} options @return {Subject} */
export function readSubject(states, options) {
  const sent = states.map(({ state }) => state);
  const read = (/** @type {HostState[]} */ all) => all.map((state, index) => inOrder(state, states[index].seq));
  const plain = read(sent);
  const shown = options.mask ? read(maskStates(sent)) : plain;
  const named = plain.length > 1 ? unite(plain[0], plain[1]) : null;
  const union = named && (options.mask ? { ...unite(shown[0], shown[1]), fates: named.fates } : named);
  return { state: union?.state ?? shown[0], shown, named: named?.state ?? plain[0], union, options };
}

/**
 * The state with its facts in canonical order: states that differ only in order are the same state.
 * @param {HostState} state
 * @param {number} seq
 */
const inOrder = (state, seq) => stateFrom(toHostState(stateFrom(state, 0)), seq);
