/** A picture in sentences, for those who cannot see it. Pure. */

import { countsText } from "./frame/counts.js";
import { HOW_WORDS } from "../model/words.js";
import { momentTexts } from "./frame/moments.js";

/**
 * @typedef {import("../model/sharing.js").Cell} Cell
 */

const MOST_CONTAINERS = 40;

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
  const described = units.filter(({ cells }) => cells.length).slice(0, MOST_CONTAINERS);
  return described.map(({ title, cells }) => `${title}: ${sharingText(cells)}`);
}

/** @param {Cell[]} cells */
function sharingText(cells) {
  const parts = /** @type {const} */ (["own", "shared", "host", "unknown"]).map((how) => ({
    how,
    types: cells.filter((cell) => cell.how === how).map(({ type }) => type),
  }));
  return parts
    .filter(({ types }) => types.length)
    .map(({ how, types }) => `${HOW_WORDS[how]} ${types.join(", ")}`)
    .join("; ");
}
