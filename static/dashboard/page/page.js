/**
 * The model of the page: the state that it shows and the reader's choices. Panels and views listen to it. No
 * elements.
 */

import { buildGraph } from "../views/graph/graph.js";
import { createFeed } from "../model/feed.js";
import { createUsage } from "../model/usage.js";
import { findAll } from "../views/graph/found.js";
import { findNamed } from "../search/find-named.js";
import { fromQuery, toQuery } from "../address/view-query.js";
import { standingOf } from "../model/standing.js";
import { nodesOf } from "../views/graph/selection.js";
import { searchReport } from "../model/report/search.js";
import { Topics } from "./topics.js";
import { unite } from "../model/comparison.js";

/**
 * @typedef {import("./topics.js").Topic} Topic
 * @typedef {import("./topics.js").Redraw} Redraw
 * @typedef {import("../views/graph/found.js").Found} Found
 * @typedef {import("../model/comparison.js").Union} Union
 * @typedef {import("../model/report/search.js").Report} Report
 * @typedef {import("../net/moment-loader.js").Arrival} Arrival
 *
 * @typedef {object} Address  where the browser keeps it
 * @property {() => string} query
 * @property {(query: string, push: boolean) => void} set
 */

/** @param {import("../model/store.js").Store} store @param {Address} address */
export function createPage(store, address) {
  return new Page(store, address);
}

export class Page {
  /** @type {import("../model/types.js").HostRow[]} */
  hosts = [];
  /** @type {import("../views/graph/graph.js").Graph|null} */
  graph = null;
  /** Where in time the page is, once it is there; null when live. @type {Arrival|null} */
  arrived = null;
  /** The two moments that are compared. @type {Union|null} */
  union = null;
  /** What the server says about them, once it is there. @type {Report|null} */
  #report = null;
  /** @type {import("../net/live-state.js").Step} */
  step = "loading";
  /** The last state that was found to be the host's, by its checksum. @type {{seq: number, checksum: string}|null} */
  agreed = null;
  /** Whether recording is interrupted. @type {import("../model/types.js").Trouble} */
  trouble = { type: "trouble", text: null };
  /** How old the newest state is. @type {import("../model/standing.js").Standing} */
  standing = standingOf();
  /** Whether the server has to ask for changes every few seconds. */
  polling = false;
  /** @type {import("../draw/theme.js").Theme|null} */
  theme = null;
  feed = createFeed();
  /** What containers used in the last minutes. */
  usage = createUsage();
  /** The entries of the feed that the server sent last. @type {import("../model/feed.js").Entry[]} */
  newEntries = [];
  /** What needs attention now, the gravest first. @type {import("../model/needs.js").Need[]} */
  needs = [];
  /** How many pixels of the view's top a banner covers. */
  covered = 0;
  /** @type {Found|null} */
  #found = null;
  #topics = new Topics();
  /** The animation frame that will refresh the page. */
  #frame = 0;
  /** How often the graph was built. */
  #round = 0;

  /** @param {import("../model/store.js").Store} store @param {Address} address */
  constructor(store, address) {
    this.store = store;
    this.address = address;
    this.view = fromQuery(address.query());
  }

  /** The state that the page shows: the live one, that of a moment, or the union of two. */
  get state() {
    if (!this.arrived) return this.store.state;
    return this.union?.state ?? this.arrived.states[0] ?? null;
  }

  /** The list's entry of the host that is shown. */
  get row() {
    return this.hosts.find((row) => row.id === this.view.host);
  }

  /** The number of the newest state that is known. */
  get liveSeq() {
    return this.store.state?.seq ?? this.row?.seq ?? null;
  }

  /** What a search may ask about. @return {import("../search/fields.js").Facts|null} */
  get facts() {
    const { state, graph } = this;
    if (!state || !graph) return null;
    const { loads, vitals } = this.store;
    return { state, sharing: graph.sharing, loads: this.arrived ? null : loads, vitals: this.arrived ? null : vitals };
  }

  /** What the search finds. */
  get found() {
    this.#found ??= findAll(this.view.search, this.facts, this.graph);
    return this.#found;
  }

  /** What the comparison's report says about what is found; null: there is none yet. */
  get report() {
    return this.#report && this.view.search ? searchReport(this.#report, this.found) : this.#report;
  }

  /** @param {Report|null} report  of the comparison that is shown */
  receiveReport(report) {
    this.#report = report;
    this.emit("report");
  }

  /** @param {Topic} topic @param {(redraw: Redraw) => void} run */
  on(topic, run) {
    this.#topics.on(topic, run);
  }

  /** @param {Topic} topic @param {Redraw} [redraw] */
  emit(topic, redraw = {}) {
    this.#topics.emit(topic, redraw);
  }

  /** @param {boolean} [push]  whether “back” should undo this step */
  keepUrl(push = false) {
    this.address.set(toQuery(this.view), push);
  }

  /** The address changed. */
  readUrl() {
    this.view = fromQuery(this.address.query());
    this.#found = null;
  }

  /** The state or the options changed: build the graph, and call every listener. @param {Redraw} [redraw] */
  refresh(redraw = {}) {
    this.#rebuild();
    this.emit("state", redraw);
  }

  /** The same, but soon: each listener runs in a task of its own, so that the page stays responsive. */
  refreshSoon() {
    this.#frame ||= requestAnimationFrame(() => void this.#refreshInTasks());
  }

  async #refreshInTasks() {
    const round = this.#rebuild();
    for (const run of this.#topics.of("state")) {
      await nextTask();
      if (round !== this.#round) return; // a later refresh calls every listener
      run({ unasked: true });
    }
  }

  /** @return {number} of this round */
  #rebuild() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#found = null;
    if (this.state) this.graph = buildGraph(this.state, this.view.options, this.view.arrangement === "ordered");
    this.#resolve();
    this.keepUrl();
    return ++this.#round;
  }

  /** The address may name a container, or give a pid, instead of a key. */
  #resolve() {
    const { selected } = this.view;
    if (selected === null || !this.state || isKey(selected)) return;
    const found = findNamed(this.state, selected);
    if (found !== null) this.view.selected = found;
  }

  /** @param {string|null} key @param {boolean} [push]  whether “back” should undo it; not where a key is held down */
  select(key, push = true) {
    const hub = key ? this.graph?.nodes.find((node) => node.key === key && node.kind === "hub") : undefined;
    this.view.selected = hub && hub.spaces.length === 1 ? hub.spaces[0] : key;
    this.keepUrl(push);
    this.emit("selection");
  }

  /** @param {string} text */
  search(text) {
    this.view.search = text;
    this.#found = null;
    this.keepUrl();
    this.emit("search");
  }

  /** Open or close a container, a fold, or the crowd of the host's processes. @param {string} key */
  open(key) {
    const node = this.graph?.nodes.find((one) => one.key === key);
    if (!this.#openOrClose(key, node?.kind)) return;
    this.refresh({ opened: node && node.kind !== "crowd" ? key : null });
  }

  /**
   * @param {string} key
   * @param {import("../views/graph/graph.js").Graph["nodes"][number]["kind"]|undefined} kind  of its node
   * @return {boolean} whether anything was opened or closed
   */
  #openOrClose(key, kind) {
    const { options } = this.view;
    if (kind === "crowd") options.host = true;
    else if (kind === "card") {
      options.shut.delete(key);
      options.open.add(key);
    } else if (kind === "fold") options.open.add(key);
    else if (
      [...(this.graph?.groups ?? []), ...(this.graph?.sections ?? [])].some((one) => one.key === key && key !== "host")
    ) {
      options.open.delete(key);
      options.shut.add(key);
    } else return false;
    return true;
  }

  /** @param {import("../model/comparison.js").Side} side */
  chooseSide(side) {
    if (!this.union) return;
    this.view.side = side;
    this.keepUrl();
    this.emit("side");
  }

  /** @param {boolean} only  whether matrix and table show only what changed */
  chooseChanges(only) {
    this.view.changes = only;
    this.keepUrl();
    this.emit("side");
  }

  /** The states of the moment that the reader chose were loaded. @param {Arrival} arrival */
  arrive(arrival) {
    const { where, states } = arrival;
    this.arrived = where.mode === "live" ? null : arrival;
    if (where.mode !== "compare") this.union = null;
    else if (!isUnionOf(this.union, states)) this.union = unite(states[0], states[1]);
    this.emit("moment");
    this.refresh({ still: true });
  }

  /**
   * The server sent entries of the feed.
   * @param {{seq: number, entries: import("../model/feed.js").Entry[]}} message
   */
  receiveFeed(message) {
    this.feed.receive(message);
    this.newEntries = message.entries;
    this.emit("feed");
  }

  /** Another host: nothing of the last one is shown. */
  forget() {
    this.store.forget();
    this.feed.forget();
    this.usage.forget();
    this.graph = this.arrived = this.union = this.#found = this.#report = null;
    this.emit("host");
  }

  /** The nodes that stand for what is selected. */
  selectedNodes() {
    return nodesOf(this.view.selected, this.graph, this.state);
  }
}

/** @param {Union|null} union @param {import("../model/store.js").State[]} states */
const isUnionOf = (union, [before, after]) => union?.before.seq === before.seq && union.after.seq === after.seq;

/** Whether a text of the address is the key of something, not a name. @param {string} text */
const isKey = (text) => /^[0-9a-f]{64}$|:/.test(text) || text === "host" || text === "crowd";

/** Wait until the browser has run the tasks that are queued. */
const nextTask = () => new Promise((done) => setTimeout(done));
