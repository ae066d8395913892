/** The nodes and groups that show the selection. Pure. */

/**
 * The nodes and groups that stand for a process, a namespace or a container.
 * @param {string|null} selected  its key
 * @param {import("./graph.js").Graph|null} graph
 * @param {import("../../model/store.js").State|null} state
 * @return {Set<string>}
 */
export function nodesOf(selected, graph, state) {
  if (selected === null || !graph) return new Set();
  const keys = [graph.nodeOf.get(selected), graph.hubOf.get(selected), selected].filter((key) => key !== undefined);
  const shown = keys.filter(
    (key) => graph.nodes.some((node) => node.key === key) || graph.groups.some((group) => group.key === key),
  );
  const space = state?.namespaces.get(selected);
  if (!shown.length && space)
    for (const node of graph.nodes)
      if (node.members.some((key) => state?.processes.get(key)?.namespaces[space.type] === selected))
        shown.push(node.key);
  return new Set(shown);
}
