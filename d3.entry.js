// What the page uses of D3; `npm run bundle` writes it to static/vendor/d3.js.
import "d3-transition"; // gives selections their transition()
export { drag } from "d3-drag";
export { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
export { quadtree } from "d3-quadtree";
export { select } from "d3-selection";
export { zoom, zoomIdentity } from "d3-zoom";
