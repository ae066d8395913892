/** Writes the view into a query, and reads it from one. Pure. */

import { TYPES } from "../model/types.js";
import { FEW, readPins, writePins } from "../layout/pins.js";
import { WHATS } from "../model/usage.js";
import { readBy } from "../model/grouping/groups.js";
import { defaultOptions } from "../views/graph/graph.js";

/**
 * @typedef {"graph"|"chains"|"matrix"|"table"} ViewName
 * @typedef {"kin"|"name"|"least"} Order  those that share together · by name · the least isolated first
 * @typedef {"process"|"namespace"|"container"} LifeKind
 * @typedef {import("../views/graph/graph.js").ViewOptions} ViewOptions
 *
 * @typedef {object} View
 * @property {string|null} host
 * @property {ViewName} view
 * @property {string|null} selected  key of a process, namespace or container
 * @property {string} search
 * @property {ViewOptions} options
 * @property {import("../layout/layout.js").Arrangement} arrangement  of the graph
 * @property {import("../layout/places.js").Places} pins  the nodes of the graph that the reader placed
 * @property {number|null} at  the number of a snapshot: the page shows the past
 * @property {number|null} from  with `to`: the page compares two snapshots
 * @property {number|null} to
 * @property {import("../model/comparison.js").Side} side  which of the two is drawn
 * @property {boolean} changes  whether matrix and table show only what changed
 * @property {{kind: LifeKind, key: string}|null} life  whose life is shown
 * @property {Set<string>} turned  steps of the chains that the reader opened or closed
 * @property {Order} order  of the matrix
 * @property {string[]|null} columns  of the table; null: the default ones
 * @property {{column: string, way: 1|-1}|null} sort  of the table; null: by pid
 * @property {import("../model/usage.js").What|null} fill  which usage shades the containers
 * @property {boolean} feed  whether the feed is open
 * @property {number|null} kiosk  a wall screen: so many seconds for each host
 */

const LIVES = /** @type {const} */ (["process", "namespace", "container"]);
export const VIEWS = /** @type {const} */ (["graph", "chains", "matrix", "table"]);
export const ARRANGEMENTS = /** @type {const} */ (["ordered", "force"]);
export const ORDERS = /** @type {const} */ (["kin", "name", "least"]);
export const SWITCHES = /** @type {const} */ (["kernel", "host", "initial", "single", "direct"]);

/** @return {View} */
export function defaultView() {
  return {
    host: null,
    view: "graph",
    selected: null,
    search: "",
    options: defaultOptions(),
    arrangement: "ordered",
    pins: {},
    at: null,
    from: null,
    to: null,
    side: "both",
    changes: false,
    life: null,
    turned: new Set(),
    order: "kin",
    columns: null,
    sort: null,
    fill: null,
    feed: false,
    kiosk: null,
  };
}

/** @param {View} view @return {string} what follows the `?`; empty for the default view */
export function toQuery(view) {
  const query = new URLSearchParams();
  if (view.host) query.set("host", view.host);
  const compares = view.from !== null && view.to !== null;
  if (compares) {
    query.set("from", String(view.from));
    query.set("to", String(view.to));
    if (view.side !== "both") query.set("side", view.side);
    if (view.changes) query.set("changes", "1");
  } else if (view.at !== null) query.set("at", String(view.at));
  if (view.life) query.set("life", `${view.life.kind}:${view.life.key}`);
  if (view.view !== "graph") query.set("view", view.view);
  if (view.selected) query.set("select", view.selected);
  if (view.search) query.set("q", view.search);
  const { options } = view;
  if (options.off.size) query.set("off", TYPES.filter((type) => options.off.has(type)).join(","));
  const shown = SWITCHES.filter((name) => options[name]);
  if (shown.length) query.set("show", shown.join(","));
  if (options.by !== "project") query.set("by", options.by);
  if (options.open.size) query.set("open", [...options.open].sort().map(encodeURIComponent).join(","));
  if (options.shut.size) query.set("shut", [...options.shut].sort().map(encodeURIComponent).join(","));
  if (view.arrangement !== "ordered") query.set("arrangement", view.arrangement);
  const pins = Object.keys(view.pins).length;
  if (pins > 0 && pins <= FEW) query.set("pin", writePins(view.pins));
  if (view.turned.size) query.set("turn", [...view.turned].sort().map(encodeURIComponent).join(","));
  if (view.order !== "kin") query.set("order", view.order);
  if (view.columns) query.set("columns", view.columns.join(","));
  if (view.sort) query.set("sort", `${view.sort.way < 0 ? "-" : ""}${view.sort.column}`);
  if (view.fill) query.set("fill", view.fill);
  if (view.feed) query.set("feed", "1");
  if (view.kiosk !== null) query.set("kiosk", String(view.kiosk));
  return query.toString();
}

/** @param {string} text @return {View} */
export function fromQuery(text) {
  const query = new URLSearchParams(text);
  const list = (/** @type {string} */ name) => (query.get(name) ?? "").split(",").filter(Boolean);
  const view = defaultView();
  view.host = query.get("host");
  view.view = VIEWS.find((name) => name === query.get("view")) ?? "graph";
  view.selected = query.get("select");
  view.search = query.get("q") ?? "";
  view.arrangement = ARRANGEMENTS.find((name) => name === query.get("arrangement")) ?? "ordered";
  view.pins = readPins(query.get("pin") ?? "");
  view.kiosk = query.has("kiosk") ? Math.min(3600, Math.max(5, Number(query.get("kiosk")) || 20)) : null;
  view.fill = WHATS.find((what) => what === query.get("fill")) ?? null;
  view.feed = query.get("feed") === "1";
  const [from, to] = [seqIn(query, "from"), seqIn(query, "to")];
  if (from !== null && to !== null) [view.from, view.to] = [from, to];
  else view.at = seqIn(query, "at");
  const side = query.get("side");
  view.side = view.from !== null && (side === "before" || side === "after") ? side : "both";
  view.changes = view.from !== null && query.get("changes") === "1";
  view.life = lifeIn(query.get("life") ?? "");
  const off = list("off");
  view.options.off = new Set(TYPES.filter((type) => off.includes(type)));
  for (const name of SWITCHES) view.options[name] = list("show").includes(name);
  view.options.by = readBy(query.get("by") ?? "");
  view.options.open = new Set(list("open").map(decode));
  view.options.shut = new Set(list("shut").map(decode));
  view.turned = new Set(list("turn").map(decode));
  view.order = ORDERS.find((name) => name === query.get("order")) ?? "kin";
  view.columns = query.has("columns") ? list("columns").filter((name) => /^[a-z]+$/.test(name)) : null;
  view.sort = sortIn(query.get("sort") ?? "");
  return view;
}

/** The number of a snapshot; null where there is none. @param {URLSearchParams} query @param {string} name */
function seqIn(query, name) {
  const text = query.get(name) ?? "";
  return /^\d{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : null;
}

/** `pid`, or `-pid` for the other way. @param {string} text @return {View["sort"]} */
function sortIn(text) {
  const [, minus, column] = /^(-?)([a-z]+)$/.exec(text) ?? [];
  return column ? { column, way: minus ? -1 : 1 } : null;
}

/** @param {string} text @return {View["life"]} */
function lifeIn(text) {
  const at = text.indexOf(":");
  const kind = LIVES.find((one) => one === text.slice(0, at));
  const key = text.slice(at + 1);
  return kind && key ? { kind, key } : null;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
