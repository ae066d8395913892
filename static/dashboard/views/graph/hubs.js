/**
 * What the nodes share: hubs that join those who live in one namespace, or pairwise links. A namespace of a single node
 * is a pill on it; what all of a pod share can stand once in its frame. Pure.
 */

import { TYPES } from "../../model/types.js";
import { addNode } from "./place-processes.js";
import { SECTION, sectionsOf } from "./sections.js";
import { HOW_WORDS, counted } from "../../model/words.js";
import { push } from "./units.js";
import { strip } from "../../model/sharing.js";

/**
 * @typedef {import("./units.js").Facts} Facts
 * @typedef {import("./place-processes.js").Plan} Plan
 * @typedef {import("../../model/types.js").Namespace} Namespace
 * @typedef {import("../../model/sharing.js").Cell} Cell
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {{source: string, target: string, types: NamespaceType[], across: boolean}} DirectLink
 * @typedef {{nodes: string[], spaces: Namespace[]}} Bundle  namespaces with the same members
 */

/** More pairwise links than this cannot be read. */
export const MOST_DIRECT = 240;
const MOST_OF_ONE = 66; // what twelve members make

/**
 * @param {Facts} facts
 * @param {Plan} plan
 * @param {(bundle: Bundle) => boolean} [isDrawn]  by a hub or links of its own
 */
export function linkNamespaces(facts, plan, isDrawn = () => true) {
  const bundles = bundlesOf(facts, plan).filter(isDrawn);
  if (facts.options.direct) linkDirectly(plan, bundles);
  else for (const bundle of bundles) addHub(plan, bundle);
  addBadges(facts, plan);
  for (const node of plan.nodes) node.cells.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
}

/** @param {Facts} facts @param {Plan} plan @return {Bundle[]} */
function bundlesOf(facts, plan) {
  const { state, options } = facts;
  /** @type {Map<string, Bundle>} */
  const bundles = new Map();
  for (const [key, nodes] of membersOf(plan)) {
    const space = state.namespaces.get(key);
    if (!space || options.off.has(space.type)) continue;
    if (space.initial && !options.initial) plan.hidden.initial += 1;
    else if (nodes.length === 1 && !options.single) addPill(facts, plan, space, nodes[0]);
    else {
      const list = space.initial ? sharersWithHost(plan, nodes) : nodes.sort();
      if (list.length < 2 && space.initial) continue;
      const bundle = bundles.get(list.join("\n"));
      if (bundle) bundle.spaces.push(space);
      else bundles.set(list.join("\n"), { nodes: list, spaces: [space] });
    }
  }
  for (const { spaces } of bundles.values()) spaces.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
  return [...bundles.values()];
}

/** The nodes that hold a process of each namespace, in the order of the namespaces' keys. @param {Plan} plan */
function membersOf({ setsOf }) {
  /** @type {Map<string, string[]>} */
  const members = new Map();
  for (const [node, sets] of setsOf) {
    const keys = sets.size === 1 ? keysOf([...sets][0]) : new Set([...sets].flatMap(keysOf));
    for (const key of keys) push(members, key, node);
  }
  return [...members].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** @param {import("../../model/types.js").NamespaceSet} set @return {string[]} */
function keysOf(set) {
  const keys = [];
  for (const type of TYPES) {
    const key = set[type];
    if (key) keys.push(key);
  }
  return keys;
}

/**
 * @param {Facts} facts
 * @param {Plan} plan
 * @param {Namespace} space
 * @param {string} key of the one node that lives in it
 */
function addPill({ around }, plan, space, key) {
  plan.hidden.single += 1;
  const node = plan.byKey.get(key);
  if (!node || node.kind === "card" || node.cells.some((cell) => cell.type === space.type)) return;
  if (around.get(node.unit)?.[space.type] !== space.key)
    node.cells.push({ type: space.type, key: space.key, how: "own" });
}

/**
 * All that lives on the host is one member of the host's namespaces: its box.
 * @param {Plan} plan
 * @param {string[]} nodes
 */
function sharersWithHost(plan, nodes) {
  const members = nodes.map((key) => {
    const node = plan.byKey.get(key);
    return node && (node.unit === "host" || node.role === "shim") ? "host" : key;
  });
  return [...new Set(members)].sort();
}

/** @param {Plan} plan @param {Bundle} bundle */
function addHub(plan, { nodes, spaces }) {
  const key = `hub:${spaces[0].key}`;
  const units = new Set(nodes.map((node) => plan.byKey.get(node)?.unit ?? node));
  const inner = units.size === 1;
  const types = spaces.map((space) => space.type);
  addNode(plan, {
    key,
    kind: "hub",
    unit: inner ? [...units][0] : key,
    inside: inner,
    depth: 0,
    label: types.join(" "),
    sub: spaces.every((space) => space.initial)
      ? HOW_WORDS.host
      : counted(Math.max(...spaces.map((space) => space.processes)), "process", "processes"),
    role: null,
    cells: spaces.map((space) => ({
      type: space.type,
      key: space.key,
      how: space.initial ? "host" : inner ? "own" : "shared",
    })),
    members: [],
    spaces: spaces.map((space) => space.key),
    types,
  });
  for (const space of spaces) plan.hubOf.set(space.key, key);
  for (const target of inner ? nodes : merge(plan, nodes))
    plan.links.push({ source: key, target, kind: "member", types, across: !inner });
}

/**
 * Where a namespace holds all of a container, one link to the container says so.
 * @param {Plan} plan
 * @param {string[]} nodes
 */
function merge(plan, nodes) {
  const whole = new Set(nodes);
  /** @type {Map<string, string[]>} */
  const byUnit = new Map();
  for (const node of plan.nodes)
    if (node.unit !== "host" && node.inside && node.kind !== "hub") push(byUnit, node.unit, node.key);
  return [
    ...new Set(
      nodes.map((key) => {
        const node = plan.byKey.get(key);
        const unit = node?.inside ? byUnit.get(node.unit) : undefined;
        return node && node.kind !== "card" && unit?.every((other) => whole.has(other)) ? node.unit : key;
      }),
    ),
  ];
}

/**
 * The fewest first, for as long as their links can be read; the rest keep their hubs, and are counted.
 * @param {Plan} plan
 * @param {Bundle[]} bundles
 */
function linkDirectly(plan, bundles) {
  /** @type {Map<string, DirectLink>} */
  const links = new Map();
  for (const bundle of [...bundles].sort((a, b) => a.nodes.length - b.nodes.length)) {
    const ends = isInner(plan, bundle) ? bundle.nodes : merge(plan, bundle.nodes).sort();
    const pairs = (ends.length * (ends.length - 1)) / 2;
    if (pairs > MOST_OF_ONE || pairs === 0 || links.size + pairs > MOST_DIRECT) {
      addHub(plan, bundle);
      plan.hidden.direct += pairs;
    } else for (const [source, target] of pairsOf(ends)) join(links, source, target, bundle, !isInner(plan, bundle));
  }
  for (const link of links.values())
    plan.links.push({ ...link, kind: "shared", types: TYPES.filter((type) => link.types.includes(type)) });
}

/** @param {Plan} plan @param {Bundle} bundle */
function isInner(plan, { nodes }) {
  return new Set(nodes.map((node) => plan.byKey.get(node)?.unit ?? node)).size === 1;
}

/** @param {string[]} keys @return {[string, string][]} */
function pairsOf(keys) {
  return keys.flatMap((one, index) =>
    keys.slice(index + 1).map((other) => /** @type {[string, string]} */ ([one, other])),
  );
}

/**
 * Two ends have one link, of all the types that they share.
 * @param {Map<string, DirectLink>} links
 * @param {string} source
 * @param {string} target
 * @param {Bundle} bundle
 * @param {boolean} across
 */
function join(links, source, target, { spaces }, across) {
  const types = spaces.map((space) => space.type);
  const known = links.get(`${source}\n${target}`);
  if (known) known.types.push(...types);
  else links.set(`${source}\n${target}`, { source, target, types, across });
}

/** What of the host's a process lives in though its container does not. @param {Facts} facts @param {Plan} plan */
function addBadges(facts, plan) {
  const { state, options, sharing } = facts;
  for (const node of plan.nodes) {
    if (node.kind !== "process" && node.kind !== "fold") continue;
    const process = state.processes.get(node.members[0]);
    if (!process || process.container === null) continue;
    const around = facts.around.get(process.container);
    if (around === process.namespaces) continue;
    for (const cell of strip(state, sharing, process.namespaces, process.container)) {
      const same = around && around[cell.type] === cell.key;
      if (cell.how === "host" && !same && !options.initial && !options.off.has(cell.type)) node.cells.push(cell);
    }
  }
}

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

/** @param {Namespace} space @return {Cell} */
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
