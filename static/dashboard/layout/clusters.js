/** Clusters: units that share namespaces stand below one another, with the hubs that join them between them. Pure. */

/**
 * @typedef {import("./layout.js").Body} Body
 * @typedef {import("./layout.js").LayoutInput} LayoutInput
 * @typedef {import("./layout.js").Unit} Unit
 *
 * @typedef {{hub: Body, members: number[]}} Joint  a hub, and which units of the cluster it joins
 * @typedef {Joint & {x: number, y: number, lane: number|null}} PlacedJoint  from the cluster's corner; `lane`: the
 *   one beside the units in which it reaches those that are not next to it
 *
 * @typedef {object} Cluster
 * @property {Unit[]} units
 * @property {PlacedJoint[]} joints
 * @property {number[]} tops  of the units, from the cluster's top
 * @property {number} lanes  how many lanes there are beside the units
 * @property {number} w  with its lanes
 * @property {number} h
 */

export const MOST_TOGETHER = 8; // more sharers than that do not fit below one another
const ROW = 34; // height of a row of hubs
const APART = 18; // between two hubs of a row
export const CARD_GAP = 8;
export const UNIT_GAP = 28;
export const LANE = 9;
export const LANES_EDGE = 8; // between the lanes and the units

/**
 * Units that share a namespace, together; those that share with nobody, alone.
 * @param {Unit[]} units
 * @param {Body[]} hubs
 * @param {LayoutInput} input
 * @return {Cluster[]}
 */
export function clustersOf(units, hubs, input) {
  const byKey = new Map(units.map((unit) => [unit.key, unit]));
  const sets = sharersOf(input);
  const near = [...sets.values()].filter((set) => set.size > 1 && set.size <= MOST_TOGETHER && !set.has("host"));
  /** @type {Map<string, string[]>} */
  const partners = new Map();
  for (const set of near) for (const key of set) partners.set(key, [...(partners.get(key) ?? []), ...set]);
  const seen = new Set();
  /** @type {Cluster[]} */
  const clusters = [];
  for (const { key } of units) {
    const together = gather(key, byKey, partners, seen);
    if (together.length) clusters.push(stackUp(together, jointsOf(together, hubs, sets)));
  }
  return clusters;
}

/**
 * @param {string} start
 * @param {Map<string, Unit>} byKey
 * @param {Map<string, string[]>} partners
 * @param {Set<string>} seen
 */
function gather(start, byKey, partners, seen) {
  const queue = [start];
  /** @type {Unit[]} */
  const found = [];
  while (queue.length) {
    const key = /** @type {string} */ (queue.shift());
    const unit = byKey.get(key);
    if (!unit || seen.has(key)) continue;
    seen.add(key);
    found.push(unit);
    queue.push(...[...new Set(partners.get(key))].sort());
  }
  return found;
}

/** For each hub, and each pairwise link, between units: the units it joins. @param {LayoutInput} input */
export function sharersOf({ bodies, ties }) {
  const unitOf = new Map(bodies.map((body) => [body.key, body.unit]));
  /** @type {Map<string, Set<string>>} */
  const sharers = new Map();
  for (const tie of ties) {
    if ((tie.kind !== "member" && tie.kind !== "shared") || !tie.across) continue;
    const name = tie.kind === "shared" ? `${tie.source} ${tie.target}` : tie.source;
    const set = sharers.get(name) ?? new Set();
    if (tie.kind === "shared") set.add(unitOf.get(tie.source) ?? tie.source);
    sharers.set(name, set.add(unitOf.get(tie.target) ?? tie.target));
  }
  return sharers;
}

/** @param {Unit[]} units @param {Body[]} hubs @param {Map<string, Set<string>>} sets @return {Joint[]} */
function jointsOf(units, hubs, sets) {
  if (units.length < 2) return [];
  const order = new Map(units.map((unit, index) => [unit.key, index]));
  return hubs.flatMap((hub) => {
    const members = [...(sets.get(hub.key) ?? [])].map((key) => order.get(key));
    const inside = members.filter((index) => index !== undefined).sort((a, b) => a - b);
    return inside.length > 1 && inside.length === members.length ? [{ hub, members: inside }] : [];
  });
}

/** @param {Unit[]} units @param {Joint[]} joints @return {Cluster} */
function stackUp(units, joints) {
  const gaps = gapsOf(joints);
  const lanes = joints.filter(needsLane).length;
  const left = lanes ? lanes * LANE + LANES_EDGE : 0;
  const begin = left + 22 + Math.max(...units.map(({ inset }) => inset));
  const [tops, placed] = [/** @type {number[]} */ ([]), /** @type {PlacedJoint[]} */ ([])];
  let [y, lane] = [0, 0];
  for (const [index, unit] of units.entries()) {
    tops.push(y);
    y += unit.box.h;
    const end = left + Math.min(unit.box.w, units[index + 1]?.box.w ?? 0) - 12;
    const rows = rowsOf(gaps.get(index) ?? [], end - begin);
    let x = begin;
    for (const row of rows) {
      if (x + row[0].hub.extent.l + row[0].hub.extent.r > end) x = begin;
      for (const joint of row) {
        x += joint.hub.extent.l;
        placed.push({ ...joint, x, y: y + ROW / 2, lane: needsLane(joint) ? lane++ : null });
        x += joint.hub.extent.r + APART;
      }
      y += ROW;
    }
    if (index < units.length - 1 && !rows.length) y += gapOf(units);
  }
  return { units, joints: placed, tops, lanes, w: left + Math.max(...units.map(({ box }) => box.w)), h: y };
}

/** Closed containers may stand closer than open ones. @param {Unit[]} units */
export const gapOf = (units) => (units.every((unit) => !unit.frame) ? CARD_GAP : UNIT_GAP);

/** A hub stands between two that it joins; else below the first of them. @param {Joint[]} joints */
function gapsOf(joints) {
  /** @type {Map<number, Joint[]>} */
  const gaps = new Map();
  for (const joint of [...joints].sort((a, b) => a.members.length - b.members.length)) {
    const beside = joint.members.filter((member, at) => joint.members[at + 1] === member + 1);
    const wanted = (beside.length ? beside : [joint.members[0]]).sort(
      (a, b) => (gaps.get(a)?.length ?? 0) - (gaps.get(b)?.length ?? 0),
    )[0];
    gaps.set(wanted, [...(gaps.get(wanted) ?? []), joint]);
  }
  return gaps;
}

/** Whether some that it joins are not next to it. @param {Joint} joint */
const needsLane = ({ members }) => members.length > 2 || members[1] !== members[0] + 1;

/**
 * Hubs beside one another; one that reaches into a lane stands at the begin of its row.
 * @param {Joint[]} joints
 * @param {number} width
 */
function rowsOf(joints, width) {
  /** @type {Joint[][]} */
  const rows = [];
  let used = 0;
  for (const joint of [...joints].sort((a, b) => Number(needsLane(b)) - Number(needsLane(a)))) {
    const wide = joint.hub.extent.l + joint.hub.extent.r + APART;
    const last = rows.at(-1);
    if (last && !needsLane(joint) && used + wide <= width) last.push(joint);
    else {
      rows.push([joint]);
      used = 0;
    }
    used += wide;
  }
  return rows;
}
