// The import rules of the page's modules. Each folder may import itself and the folders of lower layers; folders of
// one layer do not import each other. Because every single import points downwards, so does every chain of imports.

const ROOT = "^static/dashboard/";

/** The modules that the browser starts: the page, the script in its head, and the two workers. */
const STARTED = `${ROOT}(main|early|layout/worker|picture/worker)\\.js$`;

/** The layers, lowest first. A module directly in static/dashboard is its own layer. */
const LAYERS = [
  ["base"],
  ["model"],
  ["net", "search", "draw", "widgets"],
  ["layout"],
  ["views"],
  ["address"],
  ["picture", "page"],
  ["panels"],
  ["main.js"],
];

/** A pattern that matches the modules of these folders. */
const within = (folders) => `${ROOT}(${folders.map((name) => name.replace(".", "\\.")).join("|")})(/|$)`;

const NOTHING = within([]);

/** What a folder must not import: the other folders of its layer, and every higher layer. */
function layerRules() {
  return LAYERS.flatMap((layer, level) =>
    layer.map((folder) => ({
      name: `layer-${folder}`,
      comment: `${folder} imports only itself and the layers below it.`,
      severity: "error",
      from: { path: within([folder]) },
      to: { path: within([...layer.filter((other) => other !== folder), ...LAYERS.slice(level + 1).flat()]) },
    })),
  ).filter((rule) => rule.to.path !== NOTHING);
}

module.exports = {
  forbidden: [
    ...layerRules(),
    {
      name: "only-known-folders",
      comment: "Every imported module is in a folder of the layers.",
      severity: "error",
      from: { path: ROOT },
      to: { path: ROOT, pathNot: [within(LAYERS.flat())] },
    },
    {
      name: "only-vendored-d3",
      comment: "A module imports modules of the page and the vendored D3, nothing else.",
      severity: "error",
      from: { path: ROOT },
      to: { pathNot: [ROOT, "^static/vendor/d3\\.js$"] },
    },
    {
      name: "no-cycle",
      comment: "No module reaches itself through its imports: hashed file names cannot be made for a cycle.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "reachable",
      comment: "Every module is reached from the page, from a worker or from the script in the page's head.",
      severity: "error",
      from: { path: STARTED },
      to: { path: ROOT, pathNot: STARTED, reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: "^static/vendor/" },
    includeOnly: ["^static/", "^dashboard/", "node_modules"],
    moduleSystems: ["es6"],
  },
};
