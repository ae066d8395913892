/** What a part of a diagram says, line by line, the name first. Pure. */

import { labelOf } from "../../../static/dashboard/views/graph/scene/emphasis.js";
import { GROUP_WORDS, HOW_WORDS, ROLE_WORDS } from "../../../static/dashboard/model/words.js";
import { remarkOn } from "../../../static/dashboard/views/graph/nodes.js";
import { sayRun } from "../../../static/dashboard/model/field-text.js";
import { sharingText } from "../../../static/dashboard/picture/description.js";
import { t } from "../../../static/dashboard/base/i18n.js";
import { titleOf } from "../../../static/dashboard/model/sharing.js";
import { visible } from "../../../static/dashboard/base/visible.js";

/**
 * @typedef {import("../../../static/dashboard/views/graph/graph.js").GraphNode} GraphNode
 * @typedef {import("../../../static/dashboard/views/graph/graph.js").Group} Group
 * @typedef {import("../../../static/dashboard/views/graph/scene/emphasis.js").Focus} Focus
 * @typedef {import("../../../static/dashboard/picture/subject.js").Subject} Subject
 */

export const FATE_SIGNS = { came: "+", went: "−", changed: "~" };

const LONGEST = 60;

/** @param {Group} group */
export function frameLines({ title, sub, cells }) {
  return cleanLines([title, sub, ...sharingTexts(cells)]);
}

/** @param {Subject} subject @param {GraphNode} node @param {Focus} focus */
export function nodeLines(subject, node, focus) {
  const { state } = subject;
  if (node.kind === "hub")
    return cleanLines([node.types.join(" "), node.cells[0]?.how === "host" ? HOW_WORDS.host : HOW_WORDS.shared]);
  if (node.kind === "crowd") return cleanLines([GROUP_WORDS.processes, t("all in the host’s namespaces")]);
  const label = labelOf(focus, node);
  if (node.kind === "card") return cleanLines([label, ...cardTexts(subject, node)]);
  return cleanLines([label, ...processTexts(state, node)]);
}

/** @param {Subject["state"]} state @param {GraphNode} node of a process or of several alike */
function processTexts(state, node) {
  const process = state.processes.get(node.members[0]);
  const role = node.role && node.role !== "child" ? ROLE_WORDS[node.role].name : "";
  const whose = node.role === "shim" && node.unit !== "host" ? ` · ${titleOf(state, node.unit)}` : "";
  const remark = process && node.kind === "process" ? remarkOn(state, process) : "";
  const pills = node.cells.map(({ type, how }) => `${type}: ${HOW_WORDS[how]}`).join(", ");
  return [`${role}${whose}${remark}`.replace(/^ · /, ""), pills];
}

/** @param {Subject} subject @param {GraphNode} card */
function cardTexts({ state }, card) {
  const container = state.containers.get(card.key);
  const run = container && container.state !== "running" ? sayRun(container) : "";
  return [container?.image ?? t("no container"), run, ...sharingTexts(card.cells)];
}

/** One text for each way of sharing. @param {import("../../../static/dashboard/model/sharing.js").Cell[]} cells */
const sharingTexts = (cells) => sharingText(cells).split("; ");

/** @param {string[]} texts */
export function cleanLines(texts) {
  const [name = "", ...rest] = texts.map((text) =>
    shorten(
      visible(text)
        .replace(/[\t\n]+/g, "·")
        .trim(),
    ),
  );
  return [name || "?", ...rest.filter(Boolean)];
}

/** A long text, cut in the middle, between characters. @param {string} text */
function shorten(text) {
  const letters = Array.from(text, (letter) => (/\p{Surrogate}/u.test(letter) ? "\ufffd" : letter));
  if (letters.length <= 2 * LONGEST) return letters.join("");
  return [...letters.slice(0, LONGEST), "…", ...letters.slice(1 - LONGEST)].join("");
}
