/** What the page is about: the state that it shows and what the reader chose, for all who show a part of it. No elements. */

import { buildGraph } from "../views/graph/graph.js";
import { createFeed } from "../model/feed.js";
import { createUsage } from "../model/usage.js";
import { fromQuery, toQuery } from "../address/view-query.js";
import { nodesOf } from "../views/graph/selection.js";
import { readSearch } from "../search/search.js";
import { unite } from "../model/comparison.js";

/**
 * What others may wait for:
 * `state`: another state, or other options: the graph is new · `selection` · `search` · `side`: of a comparison ·
 * `moment`: the page is at another moment · `view`: another view, or a life · `host`: another host is followed ·
 * `hosts`: the list of hosts · `trouble`: recording is interrupted, or goes on · `line`: what is known of the line to the server · `loads`: what containers use · `theme` ·
 * `cover`: what lies over the view · `happened`: something was told in the feed.
 * @typedef {"state"|"selection"|"search"|"side"|"moment"|"view"|"host"|"hosts"|"trouble"|"line"|"loads"|"theme"|"cover"|"happened"} Topic
 *
 * @typedef {object} Found  what the search finds
 * @property {import("../model/types.js").Process[]} processes
 * @property {Map<string, number>|null} nodes  how many of them each node stands for; null: nothing is searched for
 * @property {number} all  how many there are to be found
 * @property {number} unseen  how many more match, but are not shown: kernel threads
 * @property {import("../search/search.js").Problem[]} problems  terms that are left out
 * @property {boolean} measures  whether it changes with what containers use
 *
 * @typedef {object} Address  where the browser keeps it
 * @property {() => string} query
 * @property {(query: string, push: boolean) => void} set
 *
 * @typedef {{opened?: string|null, still?: boolean}} Redraw  `opened`: what the reader opened; `still`: another moment, what did not change does not move
 */

/** @typedef {ReturnType<typeof createPage>} Page */

/** @param {import("../model/store.js").Store} store @param {Address} address */
export function createPage(store, address) {
  /** @type {Map<Topic, ((redraw: Redraw) => void)[]>} */
  const listeners = new Map();
  /** @type {Found|null} */
  let found = null;
  let drawing = 0;
  let round = 0;

  const page = {
    store,
    view: fromQuery(address.query()),
    /** @type {import("../model/types.js").HostRow[]} */
    hosts: [],
    /** @type {import("../views/graph/graph.js").Graph|null} */
    graph: null,
    /** Where in time the page is, once it is there; null when live. @type {import("../net/moment-loader.js").Arrival|null} */
    arrived: null,
    /** The two moments that are compared. @type {import("../model/comparison.js").Union|null} */
    union: null,
    /** @type {import("../net/live-state.js").Step} */
    step: "loading",
    /** The last state that was found to be the host's, by its checksum. @type {{seq: number, checksum: string}|null} */
    agreed: null,
    /** Whether recording is interrupted. @type {import("../model/types.js").Trouble} */
    trouble: { type: "trouble", text: null },
    /** When the host was last heard of, in milliseconds. */
    heardAt: Date.now(),
    /** @type {import("../draw/theme.js").Theme|null} */
    theme: null,
    feed: createFeed(),
    /** What containers used in the last minutes. */
    usage: createUsage(),
    /** What was told last. @type {import("../model/feed.js").Entry[]} */
    heard: [],
    /** How many pixels of the view's top a banner covers. */
    covered: 0,

    /** The state that the page shows: of now, of a moment, or of two. */
    get state() {
      if (!page.arrived) return store.state;
      return page.union?.state ?? page.arrived.states[0] ?? null;
    },
    /** The list's entry of the host that is shown. */
    get row() {
      return page.hosts.find((row) => row.id === page.view.host);
    },
    /** The number of the newest state that is known. */
    get liveSeq() {
      return store.state?.seq ?? page.row?.seq ?? null;
    },
    /** What a search may ask about. @return {import("../search/fields.js").Facts|null} */
    get facts() {
      const { state, graph } = page;
      return state && graph && { state, sharing: graph.sharing, loads: page.arrived ? null : store.loads };
    },
    get found() {
      return (found ??= find());
    },

    /** @param {Topic} topic @param {(redraw: Redraw) => void} run */
    on(topic, run) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), run]);
    },
    /** @param {Topic} topic @param {Redraw} [redraw] */
    tell(topic, redraw = {}) {
      for (const run of listeners.get(topic) ?? []) run(redraw);
    },
    /** @param {boolean} [push] a step that “back” should undo */
    keepUrl(push = false) {
      address.set(toQuery(page.view), push);
    },
    /** The address says something else. */
    readUrl() {
      page.view = fromQuery(address.query());
      found = null;
    },

    /** The state or the options changed: build the graph, and let everybody show it. @param {Redraw} [redraw] */
    refresh(redraw = {}) {
      rebuild();
      page.tell("state", redraw);
    },
    /** The same, when nobody waits for it: each shows it in a task of its own, so that the page answers in between. */
    refreshSoon() {
      drawing ||= requestAnimationFrame(async () => {
        const turn = rebuild();
        for (const run of listeners.get("state") ?? []) {
          await pause();
          if (turn !== round) return; // a later one tells everybody
          run({});
        }
      });
    },
    /** @param {string|null} key @param {boolean} [push] whether “back” should undo it; not where a key is held down */
    select(key, push = true) {
      const hub = key ? page.graph?.nodes.find((node) => node.key === key && node.kind === "hub") : undefined;
      page.view.selected = hub && hub.spaces.length === 1 ? hub.spaces[0] : key;
      page.keepUrl(push);
      page.tell("selection");
    },
    /** @param {string} text */
    search(text) {
      page.view.search = text;
      found = null;
      page.keepUrl();
      page.tell("search");
    },
    /** Open or close a container, a fold, the host's crowd. @param {string} key */
    open(key) {
      if (!turn(key)) return;
      const node = page.graph?.nodes.find((one) => one.key === key);
      page.refresh({ opened: node && node.kind !== "crowd" ? key : null });
    },
    /** @param {import("../model/comparison.js").Side} side */
    chooseSide(side) {
      if (!page.union) return;
      page.view.side = side;
      page.keepUrl();
      page.tell("side");
    },
    /** The page is where the reader wanted to be. @param {import("../net/moment-loader.js").Arrival} arrival */
    arrive(arrival) {
      const { where, states } = arrival;
      const { union } = page;
      const same =
        union !== null &&
        where.mode === "compare" &&
        states[0].seq === union.before.seq &&
        states[1].seq === union.after.seq;
      page.arrived = where.mode === "live" ? null : arrival;
      if (!same) page.union = where.mode === "compare" ? unite(states[0], states[1]) : null;
      page.tell("moment");
      page.refresh({ still: true });
    },
    /** Something happened. @param {{seq: number, entries: import("../model/feed.js").Entry[]}} message */
    hear(message) {
      page.feed.hear(message);
      page.heard = message.entries;
      page.tell("happened");
    },
    /** Another host: nothing of the last one is shown. */
    forget() {
      store.forget();
      page.feed.forget();
      page.usage.forget();
      page.graph = page.arrived = page.union = found = null;
      page.tell("host");
    },
    /** The nodes that stand for what is selected. */
    selectedNodes: () => nodesOf(page.view.selected, page.graph, page.state),
  };

  /** @return {number} of this round */
  function rebuild() {
    cancelAnimationFrame(drawing);
    drawing = 0;
    found = null;
    page.keepUrl();
    if (page.state) page.graph = buildGraph(page.state, page.view.options);
    return ++round;
  }

  /** What the search finds: the processes, and how many of them each node stands for. @return {Found} */
  function find() {
    const { facts, graph } = page;
    if (!facts || !graph) return { processes: [], nodes: null, all: 0, unseen: 0, problems: [], measures: false };
    const every = [...facts.state.processes.values()];
    const shown = every.filter((process) => graph.nodeOf.has(process.key));
    const { test, ...asked } = readSearch(page.view.search, facts);
    if (!test) return { ...asked, processes: shown, nodes: null, all: shown.length, unseen: 0 };
    const processes = shown.filter(test);
    const unseen = every.filter((process) => !graph.nodeOf.has(process.key) && test(process)).length;
    /** @type {Map<string, number>} */
    const nodes = new Map();
    for (const process of processes) {
      const key = graph.nodeOf.get(process.key) ?? "";
      nodes.set(key, (nodes.get(key) ?? 0) + 1);
    }
    return { ...asked, processes, nodes, all: shown.length, unseen };
  }

  /** @param {string} key @return {boolean} whether anything opened or closed */
  function turn(key) {
    const { options } = page.view;
    const node = page.graph?.nodes.find((one) => one.key === key);
    if (node?.kind === "crowd") options.host = true;
    else if (node?.kind === "card") {
      options.shut.delete(key);
      options.open.add(key);
    } else if (node?.kind === "fold") options.open.add(key);
    else if (page.graph?.groups.some((group) => group.key === key) && key !== "host") {
      options.open.delete(key);
      options.shut.add(key);
    } else return false;
    return true;
  }

  return page;
}

/** Until the browser has done what else there is to do. */
const pause = () => new Promise((done) => setTimeout(done));
