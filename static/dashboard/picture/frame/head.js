/** The head of a picture: title, moments, counts, and the totals of a comparison. Pure. */

import { LINE, MARGIN, SMALL } from "./part.js";
import { countsText } from "./counts.js";
import { momentTexts } from "./moments.js";
import { shorten, widthOf } from "../../draw/geometry.js";
import { t } from "../../base/i18n.js";
import { tallyOf } from "../../model/comparison.js";

/**
 * @typedef {import("../../draw/items.js").Item} Item
 * @typedef {import("../subject.js").Subject} Subject
 */

const TEXT_SIZE = SMALL + 0.5;

/** @param {Subject} subject @param {number} width @return {import("./part.js").Part} */
export function headOf(subject, width) {
  const { theme } = subject.options;
  const title = shorten(titleOf(subject), Math.floor((width - 2 * MARGIN) / 12));
  /** @type {Item[]} */
  const items = [{ t: "text", x: MARGIN, y: 44, text: title, size: 20, weight: 700, fill: theme.ink }];
  let y = 66;
  for (const text of [...momentTexts(subject), countsText(subject)]) {
    items.push({ t: "text", x: MARGIN, y, text, size: TEXT_SIZE, fill: theme.muted });
    y += LINE;
  }
  if (subject.union) {
    items.push(...drawTally(subject.union, theme, y));
    y += LINE + 4;
  }
  return { items, height: y + 6 };
}

/** @param {Subject} subject */
export function titleOf({ state, options }) {
  return options.title || state.host.hostname || t("Host");
}

/**
 * How many things came, went and changed.
 * @param {import("../../model/comparison.js").Union} union
 * @param {import("../../draw/theme.js").Theme} theme
 * @param {number} y
 * @return {Item[]}
 */
function drawTally(union, theme, y) {
  const tally = tallyOf(union);
  const texts = /** @type {const} */ ([
    ["came", t("+{count} came", { count: tally.came })],
    ["went", t("−{count} went", { count: tally.went })],
    ["changed", t("~{count} changed", { count: tally.changed })],
  ]);
  let x = MARGIN;
  return texts.map(([fate, text]) => {
    const left = x;
    x += widthOf(text, TEXT_SIZE) + 18;
    return { t: "text", x: left, y, text, size: TEXT_SIZE, weight: 700, fill: theme.fates[fate] };
  });
}
