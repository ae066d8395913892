/** How many containers, processes and namespaces a picture's states have, as one text. Pure. */

import { counted } from "../../model/words.js";
import { number, plural } from "../../base/i18n.js";

/** "6 containers · 95 → 97 processes · …" @param {import("../subject.js").Subject} subject */
export function countsText({ shown }) {
  const before = countsOf(shown[0]);
  return countsOf(shown[shown.length - 1])
    .map(({ count, text }, index) => withEarlier(text, before[index].count, count))
    .join(" · ");
}

/**
 * The text, with the earlier number before the later one if they differ.
 * @param {string} text
 * @param {number} before
 * @param {number} count
 */
function withEarlier(text, before, count) {
  return before === count ? text : text.replace(number(count), `${number(before)} → ${number(count)}`);
}

/** @param {import("../../model/store.js").State} state */
function countsOf({ containers, processes, namespaces }) {
  const others = [...namespaces.values()].filter(({ initial }) => !initial).length;
  return [
    { count: containers.size, text: counted(containers.size, "container") },
    { count: processes.size, text: counted(processes.size, "process", "processes") },
    {
      count: others,
      text: plural(others, "{count} namespace besides the host’s", "{count} namespaces besides the host’s"),
    },
  ];
}
