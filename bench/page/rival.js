/** The same nodes and links, at the same places, drawn by force-graph as it comes. */

import ForceGraph from "force-graph";

/** @param {{nodes: {id: string, x: number, y: number}[], links: {source: string, target: string}[], w: number, h: number}} data */
globalThis.show = ({ nodes, links, w, h }) => {
  const graph = ForceGraph()(document.getElementById("rival")).width(w).height(h).cooldownTicks(0);
  graph.graphData({ nodes: nodes.map((node) => ({ ...node, fx: node.x, fy: node.y })), links });
  graph.zoomToFit(0, 28);
};
