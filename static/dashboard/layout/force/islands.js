/** Islands: what shares namespaces, directly or through others. In the force arrangement each stands apart. Pure. */

import { compare } from "../overlap.js";

/**
 * @typedef {import("../layout.js").Body} Body
 * @typedef {import("../layout.js").LayoutInput} LayoutInput
 * @typedef {{hub: string, members: string[], types: string[]}} Bond  a hub, and the parts that it joins
 * @typedef {Pick<LayoutInput, "bodies"|"frames"|"ties">} Arranged  the part of the input that islands depend on
 */

/** The hub of what shares with the host. It is not drawn: the host's box stands for it. */
export const HOST = "host";
const COMMON = 0.5; // a type that more of the containers share with the host distinguishes nobody
const TOO_MANY = 0.5; // a hub that joins more of the boxes than this makes no island
const FEW = 12; // unless they are so few

/**
 * The key of the part that a node belongs to: the box of its group, or itself.
 * @param {Arranged} input
 * @return {Map<string, string>} by the keys of nodes and groups
 */
export function partsOf({ bodies, frames }) {
  const boxes = new Set(frames.map((frame) => frame.key));
  /** @type {Map<string, string>} */
  const parts = new Map([...boxes].map((key) => [key, key]));
  for (const body of bodies) parts.set(body.key, isBoxed(body, boxes) ? body.unit : body.key);
  return parts;
}

/** A shim stands before the box, and belongs to it. @param {Body} body @param {Set<string>} boxes */
const isBoxed = ({ key, kind, unit }, boxes) => kind !== "card" && unit !== key && boxes.has(unit);

/**
 * The hubs that join parts, and what shares with the host a type that most do not.
 * @param {Arranged} input
 * @return {Bond[]}
 */
export function bondsOf(input) {
  const parts = partsOf(input);
  /** @type {Map<string, Bond>} */
  const bonds = new Map();
  for (const { source, target, kind, across, types } of input.ties) {
    const part = parts.get(target);
    if (!across || part === undefined || (kind !== "member" && kind !== "shared")) continue;
    const key = kind === "shared" ? `${source} ${target}` : source;
    const bond = bonds.get(key) ?? { hub: key, members: [], types };
    if (kind === "shared") bond.members.push(parts.get(source) ?? source);
    bond.members.push(part);
    bonds.set(key, bond);
  }
  const found = [...bonds.values(), ...bondOfHost(input)].map((bond) => ({
    ...bond,
    members: [...new Set(bond.members)].sort(compare),
  }));
  const most = Math.max(FEW, new Set(parts.values()).size * TOO_MANY);
  return found
    .filter(({ members }) => members.length > 1 && members.length <= most)
    .sort((a, b) => compare(a.hub, b.hub));
}

/** @param {Arranged} input @return {Bond[]} */
function bondOfHost({ bodies, frames }) {
  const units = [...bodies.filter(({ kind }) => kind === "card"), ...frames.filter(({ key }) => key !== HOST)];
  const counts = new Map();
  for (const { hosted } of units) for (const type of hosted) counts.set(type, (counts.get(type) ?? 0) + 1);
  const rare = new Set([...counts].filter(([, count]) => count <= units.length * COMMON).map(([type]) => type));
  const sharers = units.filter(({ hosted }) => hosted.some((type) => rare.has(type))).map(({ key }) => key);
  if (!sharers.length || !frames.some(({ key }) => key === HOST)) return [];
  return [{ hub: HOST, members: [HOST, ...sharers], types: [...rare].sort(compare) }];
}

/**
 * The island of each part: the least of the keys in it.
 * @param {Arranged} input
 * @param {Bond[]} bonds
 * @return {Map<string, string>} by the keys of parts
 */
export function islandsOf(input, bonds) {
  const parts = partsOf(input);
  /** @type {Map<string, string>} */
  const above = new Map();
  const root = (/** @type {string} */ key) => {
    let at = key;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  const join = (/** @type {string} */ a, /** @type {string} */ b) => {
    const [least, other] = [root(a), root(b)].sort(compare);
    if (least !== other) above.set(other, least);
  };
  for (const { hub, members } of bonds) for (const member of members) join(parts.get(hub) ?? members[0], member);
  return new Map([...parts.values()].map((part) => [part, root(part)]));
}
