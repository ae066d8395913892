/** The notes below a picture: what was searched for, and what it leaves out. Pure. */

import { plural, t } from "../base/i18n.js";
import { sayFound } from "../views/graph/found.js";
import { sayHidden } from "../views/graph/graph.js";

/** @param {import("./subject.js").Subject} subject @param {import("./matches.js").Matches|null} matches */
export function noteSearch({ options }, matches) {
  if (!matches) return [];
  const { problems } = matches;
  const found = sayFound(matches);
  if (options.mask) return [t("Search: {found}", { found })];
  return [t("Search “{text}”: {found}", { text: options.view.search, found }), ...problems.map(({ text }) => text)];
}

/** @param {Set<import("../model/types.js").NamespaceType>} off */
export function noteTypes(off) {
  return off.size ? [t("Namespace types left out: {types}", { types: [...off].join(", ") })] : [];
}

/** @param {import("../views/graph/graph.js").Graph} graph */
export function noteHidden(graph) {
  const parts = sayHidden({ ...graph.hidden, types: 0 });
  return parts.length ? [t("Not drawn one by one: {parts}", { parts: parts.map(({ text }) => text).join(", ") })] : [];
}

/** @param {number} left how many rows are not drawn */
export function noteRows(left) {
  return left ? [plural(left, "{count} more row is not drawn", "{count} more rows are not drawn")] : [];
}

/** @param {import("../model/store.js").State} state */
export function noteGaps({ gaps }) {
  return gaps.size ? [plural(gaps.size, "{count} thing could not be read", "{count} things could not be read")] : [];
}
