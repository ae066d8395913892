/** The whole view as an address, and back. Pure. */

import { TYPES } from "./shapes.js";
import { defaultOptions } from "./graph.js";

/**
 * @typedef {"graph"|"table"} ViewName
 * @typedef {import("./graph.js").ViewOptions} ViewOptions
 *
 * @typedef {object} View
 * @property {string|null} host
 * @property {ViewName} view
 * @property {string|null} selected  key of a process, namespace or container
 * @property {string} search
 * @property {ViewOptions} options
 */

const SWITCHES = /** @type {const} */ (["kernel", "host", "initial", "single"]);

/** @return {View} */
export function defaultView() {
  return { host: null, view: "graph", selected: null, search: "", options: defaultOptions() };
}

/** @param {View} view @return {string} what follows the `?`; empty for the default view */
export function toQuery(view) {
  const query = new URLSearchParams();
  if (view.host) query.set("host", view.host);
  if (view.view !== "graph") query.set("view", view.view);
  if (view.selected) query.set("select", view.selected);
  if (view.search) query.set("q", view.search);
  const { options } = view;
  if (options.off.size) query.set("off", TYPES.filter((type) => options.off.has(type)).join(","));
  const shown = SWITCHES.filter((name) => options[name]);
  if (shown.length) query.set("show", shown.join(","));
  if (options.open.size) query.set("open", [...options.open].sort().map(encodeURIComponent).join(","));
  if (options.shut.size) query.set("shut", [...options.shut].sort().map(encodeURIComponent).join(","));
  return query.toString();
}

/** @param {string} text @return {View} */
export function fromQuery(text) {
  const query = new URLSearchParams(text);
  const list = (/** @type {string} */ name) => (query.get(name) ?? "").split(",").filter(Boolean);
  const view = defaultView();
  view.host = query.get("host");
  view.view = query.get("view") === "table" ? "table" : "graph";
  view.selected = query.get("select");
  view.search = query.get("q") ?? "";
  const off = list("off");
  view.options.off = new Set(TYPES.filter((type) => off.includes(type)));
  for (const name of SWITCHES) view.options[name] = list("show").includes(name);
  view.options.open = new Set(list("open").map(decode));
  view.options.shut = new Set(list("shut").map(decode));
  return view;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
