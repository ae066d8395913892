/** What containers are grouped by: their project or pod, their engine, or a label that the reader chooses. Pure. */

import { projectOf } from "./projects.js";

/**
 * @typedef {import("../types.js").Container} Container
 * @typedef {"project"|"engine"|"none"|`label:${string}`} By
 */

const LABEL = "label:";
const MOST_LABELS = 30;

/** @param {string} text @return {By} */
export function readBy(text) {
  if (text === "engine" || text === "none") return text;
  return text.startsWith(LABEL) && text.length > LABEL.length ? /** @type {By} */ (text) : "project";
}

/**
 * The name of a container's group; null: it belongs to none.
 * @param {Container} container
 * @param {By} by
 * @return {string|null}
 */
export function groupOf(container, by) {
  if (by === "none") return null;
  if (by === "project") return projectOf(container);
  return (by === "engine" ? container.engine : container.labels?.[by.slice(LABEL.length)]) || null;
}

/**
 * The labels by which some containers, and not each its own, could be grouped.
 * @param {Iterable<Container>} containers
 * @return {string[]}
 */
export function groupingLabels(containers) {
  /** @type {Map<string, Map<string, number>>} */
  const values = new Map();
  for (const { labels } of containers)
    for (const [name, value] of Object.entries(labels ?? {})) {
      const counts = values.get(name) ?? new Map();
      values.set(name, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  const useful = [...values].filter(([, counts]) => [...counts.values()].some((count) => count > 1));
  return useful
    .map(([name]) => name)
    .sort()
    .slice(0, MOST_LABELS);
}
