/** A picture in sentences, for those who cannot see it. Pure. */

import { countsText } from "./frame/counts.js";
import { HOW_WORDS } from "../model/words.js";
import { momentTexts } from "./frame/moments.js";

/**
 * @typedef {import("../model/sharing.js").Cell} Cell
 */

const MOST = 400; // containers; and as many shared namespaces

/** @param {import("./subject.js").Subject} subject @param {import("./content.js").Content} content */
export function describe(subject, { notes, containers }) {
  const texts = [...momentTexts(subject), countsText(subject), ...containers, ...notes];
  return texts.map((text) => `${text}.`).join(" ");
}

/**
 * One text for each container: "web: its own mnt, uts; shared with others net".
 * @param {import("../views/graph/graph.js").Graph} graph
 */
export function containerTexts({ groups, nodes }) {
  const cards = nodes.filter(({ kind }) => kind === "card");
  const units = [
    ...groups.map(({ title, cells }) => ({ title, cells })),
    ...cards.map(({ label, cells }) => ({ title: label, cells })),
  ];
  const described = units.filter(({ cells }) => cells.length).slice(0, MOST);
  return described.map(({ title, cells }) => `${title}: ${sharingText(cells)}`);
}

/**
 * One text for each hub and each pairwise link: "pid, net: sidecar, web".
 * @param {import("../views/graph/graph.js").Graph} graph
 */
export function sharedTexts({ groups, nodes, links }) {
  const names = new Map(nodes.map(({ key, label }) => [key, label]));
  for (const { key, title } of groups) names.set(key, title);
  /** @type {Map<string, {types: string[], ends: string[]}>} */
  const shared = new Map();
  for (const { source, target, kind, types, across } of links) {
    if (!across || !types.length) continue;
    const key = kind === "member" ? source : `${source} ${target}`;
    const known = shared.get(key) ?? { types, ends: kind === "member" ? [] : [source] };
    known.ends.push(target);
    shared.set(key, known);
  }
  const texts = [...shared.values()].map(
    ({ types, ends }) =>
      `${types.join(", ")}: ${ends
        .map((end) => names.get(end) ?? "")
        .sort()
        .join(", ")}`,
  );
  return texts.sort().slice(0, MOST);
}

/** "its own mnt, uts; shared with others net". @param {Cell[]} cells */
export function sharingText(cells) {
  const parts = /** @type {const} */ (["own", "shared", "host", "unknown"]).map((how) => ({
    how,
    types: cells.filter((cell) => cell.how === how).map(({ type }) => type),
  }));
  return parts
    .filter(({ types }) => types.length)
    .map(({ how, types }) => `${HOW_WORDS[how]} ${types.join(", ")}`)
    .join("; ");
}
