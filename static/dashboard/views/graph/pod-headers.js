/** The headers of pods: what all of a pod share stands once in its frame, and is not linked to each. Pure. */

import { addHub, linkNamespaces } from "./hubs.js";
import { push } from "../../base/lists.js";
import { sectionsOf, SECTION } from "./sections.js";

/**
 * @typedef {import("./units.js").Facts} Facts
 * @typedef {import("./place-processes.js").Plan} Plan
 * @typedef {import("./hubs.js").Bundle} Bundle
 * @typedef {import("../../model/sharing.js").Cell} Cell
 */

/**
 * Link what shares, but leave to each pod with a frame of its own what only its containers share.
 * @param {Facts} facts
 * @param {Plan} plan
 * @return {Map<string, Cell[]>} what the frames carry, by the names of their groups
 */
export function linkAllButPods(facts, plan) {
  const pods = podsOf(facts);
  /** @type {Map<string, Bundle[]>} */
  const bundles = new Map();
  linkNamespaces(facts, plan, (bundle) => {
    const pod = podOf(bundle, facts, plan, pods);
    if (pod !== null) push(bundles, pod, bundle);
    return pod === null;
  });
  const framed = new Map(sectionsOf(facts, plan).map(({ key, units }) => [key, units.length]));
  for (const [pod, list] of [...bundles]) {
    if (framed.get(SECTION + pod) === pods.get(pod)) continue;
    for (const bundle of list) addHub(plan, bundle);
    bundles.delete(pod);
  }
  return new Map([...bundles].map(([pod, list]) => [pod, list.flatMap(({ spaces }) => spaces.map(cellOf))]));
}

/** @param {import("../../model/types.js").Namespace} space @return {Cell} */
const cellOf = ({ type, key }) => ({ type, key, how: "shared" });

/** The groups that are one pod, and how many containers each has. @param {Facts} facts @return {Map<string, number>} */
function podsOf({ state, sections }) {
  /** @type {Map<string, (string|undefined)[]>} */
  const pods = new Map();
  for (const [id, group] of sections) push(pods, group, state.containers.get(id)?.pod?.id);
  const isPod = (/** @type {(string|undefined)[]} */ ids) => ids[0] !== undefined && new Set(ids).size === 1;
  return new Map([...pods].filter(([, ids]) => isPod(ids)).map(([group, ids]) => [group, ids.length]));
}

/**
 * The pod to whose containers alone a bundle belongs; null: there is none.
 * @param {Bundle} bundle
 * @param {Facts} facts
 * @param {Plan} plan
 * @param {Map<string, number>} pods
 */
function podOf({ nodes, spaces }, { sections }, plan, pods) {
  const units = [...new Set(nodes.map((key) => plan.byKey.get(key)?.unit ?? key))];
  const group = sections.get(units[0]);
  const one = units.length > 1 && group !== undefined && pods.has(group) && !spaces.some(({ initial }) => initial);
  return one && units.every((unit) => sections.get(unit) === group) ? group : null;
}
