/** Puts the page together: the only module that looks at the page when it is loaded. */

import { announce, detailsOf } from "./panels/details.js";
import { buildGraph, sayHidden } from "./graph.js";
import { byId, fill, h } from "./dom.js";
import { createStage } from "./stage.js";
import { createApi } from "./api.js";
import { createJourney, sayPast } from "./journey.js";
import { createMarks } from "./panels/marks.js";
import { createStore } from "./store.js";
import { createTable } from "./panels/table.js";
import { fromQuery, toQuery } from "./url.js";
import { keepInStep } from "./socket.js";
import { markOf, sayTime, showMark } from "./panels/status.js";
import { matcher } from "./search.js";
import { showFilters } from "./panels/filters.js";
import { showHosts } from "./panels/hosts.js";
import { fateMark, reportOf } from "./panels/report.js";
import { fatesOfNodes, hiddenOn, tallyOf, unite } from "./union.js";
import { sayMoment } from "./times.js";
import { sayWaiting, showLife } from "./panels/life.js";
import { takeSnapshot } from "./panels/snapshot.js";
import { CHOICES, choiceOf, themeOf } from "./theme.js";
import { whereOf } from "./travel.js";
import { counted } from "./words.js";

/**
 * @typedef {import("./shapes.js").HostRow} HostRow
 * @typedef {import("./theme.js").Choice} Choice
 */

const HOSTS_EVERY_MS = 10_000;
const app = byId("app");
const canvas = /** @type {HTMLCanvasElement} */ (byId("graph"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
const darkness = matchMedia("(prefers-color-scheme: dark)");
const contrast = matchMedia("(prefers-contrast: more)");
const store = createStore();
/** @type {HostRow[]} */
let hosts = [];
let view = fromQuery(location.search);
/** @type {ReturnType<typeof keepInStep>|null} */
let link = null;
/** @type {import("./socket.js").Step} */
let step = "loading";
let heardAt = Date.now();
/** @type {import("./graph.js").Graph|null} */
let graph = null;
let drawing = 0;
/** Where in time the page is, once it is there; null when live. @type {import("./travel.js").Arrival|null} */
let arrived = null;
/** @type {import("./union.js").Union|null} */
let union = null;
/** What the comparison says in words. @type {{report: import("./panels/report.js").Report|null, problem: string}} */
let told = { report: null, problem: "" };
/** Whose life is shown. @type {import("./api.js").Life|null} */
let life = null;

const stage = createStage(canvas, app.dataset.layoutWorkerUrl ?? "", {
  onSelect: (key) => select(key),
  onOpen: open,
  onHover: hint,
  onSettled: () => {
    app.dataset.settled = String(held()?.seq ?? "");
    stage.style(theme(), selectedNodes(), found().nodes);
  },
});
const table = createTable(byId("table"), (key) => select(key));

const journey = createJourney({
  strip: /** @type {SVGElement} */ (/** @type {unknown} */ (byId("timeline-strip"))),
  section: byId("timeline"),
  clock: byId("clock"),
  play: byId("play"),
  speed: /** @type {HTMLSelectElement} */ (byId("speed")),
  jump: /** @type {HTMLInputElement} */ (byId("jump-text")),
  problem: byId("jump-problem"),
  presets: byId("spans"),
  left: byId("left-out"),
}, {
  onArrive: arrive,
  onWhere: (where, push) => {
    view.at = where.mode === "past" ? where.seq : null;
    [view.from, view.to] = where.mode === "compare" ? [where.from, where.to] : [null, null];
    if (where.mode !== "compare") view.side = "both";
    keepUrl(push);
    mark();
  },
  say,
  liveSeq: () => store.state?.seq ?? hosts.find((row) => row.id === view.host)?.seq ?? 1,
  ticking: () => !hosts.find((row) => row.id === view.host)?.imported && Date.now() - heardAt < 60_000,
});
const marks = createMarks(byId("marks-body"), {
  api: () => journey.api,
  onGo: (seq) => leaveDialog(() => journey.go({ mode: "past", seq })),
  onCompare: (seq) => leaveDialog(() => void journey.compareMoments(seq, journey.seqHere())),
  say,
  onChanged: () => journey.reload(),
  seqs: () => journey.seqsOfSpan(),
  save: (url) => location.assign(url), // an attachment: the page stays
  onImported: (id) => void loadHosts().then(() => leaveDialog(() => chooseHost(id))),
  admin: app.dataset.admin === "yes",
  zone: journey.zone,
});

/** The state that the page shows: of now, of a moment, or of two. */
function held() {
  if (!arrived) return store.state;
  return union?.state ?? arrived.states[0] ?? null;
}

/* ---- what the reader chose ---- */

/** @return {Choice} */
function themeChoice() {
  return choiceOf(localStorage.getItem("isoscope.theme"));
}

function theme() {
  return themeOf(themeChoice(), darkness.matches, contrast.matches);
}

function applyTheme() {
  document.documentElement.dataset.theme = theme().name;
  const names = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark", contrast: "Theme: high contrast" };
  byId("theme").title = names[themeChoice()];
  byId("theme").dataset.choice = themeChoice();
  restyle();
}

/** @param {boolean} [push] a step that “back” should undo */
function keepUrl(push = false) {
  const query = toQuery(view);
  const address = query ? `?${query}` : location.pathname;
  if (push && `?${query}` !== location.search) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** @param {string|null} key */
function select(key) {
  const hub = key ? graph?.nodes.find((node) => node.key === key && node.kind === "hub") : undefined;
  view.selected = hub && hub.spaces.length === 1 ? hub.spaces[0] : key;
  keepUrl(true);
  byId("hint").hidden = true;
  restyle();
  table.select(view.selected);
  showDetails();
  app.classList.toggle("with-details", view.selected !== null);
  const state = held();
  if (view.selected === null || !state || !graph) return;
  byId("announce").textContent = announce(state, graph, view.selected);
  for (const one of selectedNodes()) stage.reveal(one);
  table.reveal(view.selected);
}

/** Open or close a container, a fold, the host's crowd. @param {string} key */
function open(key) {
  const { options } = view;
  const node = graph?.nodes.find((one) => one.key === key);
  if (node?.kind === "crowd") options.host = true;
  else if (node?.kind === "card") {
    options.shut.delete(key);
    options.open.add(key);
  } else if (node?.kind === "fold") options.open.add(key);
  else if (graph?.groups.some((group) => group.key === key) && key !== "host") {
    options.open.delete(key);
    options.shut.add(key);
  } else return;
  refresh(node && node.kind !== "crowd" ? key : null);
}

/** The nodes that stand for what is selected. */
function selectedNodes() {
  const { selected } = view;
  if (selected === null || !graph) return new Set();
  const keys = [graph.nodeOf.get(selected), graph.hubOf.get(selected), selected].filter((key) => key !== undefined);
  const shown = keys.filter((key) => graph?.nodes.some((node) => node.key === key) || graph?.groups.some((group) => group.key === key));
  const space = held()?.namespaces.get(selected);
  if (!shown.length && space) for (const node of graph.nodes) if (node.members.some((key) => held()?.processes.get(key)?.namespaces[space.type] === selected)) shown.push(node.key);
  return new Set(shown);
}

/* ---- what is shown ---- */

/** What the search finds: the processes, and how many of them each node stands for. */
function found() {
  const state = held();
  if (!state || !graph) return { processes: [], nodes: null, all: 0 };
  const shown = [...state.processes.values()].filter((process) => graph?.nodeOf.has(process.key));
  const test = matcher(view.search, state, graph.sharing);
  if (!test) return { processes: shown, nodes: null, all: shown.length };
  const processes = shown.filter(test);
  /** @type {Map<string, number>} */
  const nodes = new Map();
  for (const process of processes) {
    const key = graph.nodeOf.get(process.key) ?? "";
    nodes.set(key, (nodes.get(key) ?? 0) + 1);
  }
  return { processes, nodes, all: shown.length };
}

/** The state or the options changed: build the graph, and everything that shows it. @param {string|null} [opened] what the reader opened @param {boolean} [still] another moment: what did not change does not move */
function refresh(opened = null, still = false) {
  cancelAnimationFrame(drawing);
  drawing = 0;
  keepUrl();
  const state = held();
  app.classList.toggle("empty", !state);
  if (!state) return;
  graph = buildGraph(state, view.options);
  app.dataset.seq = String(state.seq);
  showSide();
  stage.show(graph, opened, still || arrived !== null);
  showFilters(byId("filters-body"), state, graph, view.options, () => refresh());
  showSearch();
  showDetails();
  showHidden();
}

/** In a comparison: what became of what; and of the two sides, the one that is looked at. */
function showSide() {
  if (!graph || !union) return stage.compare({});
  stage.compare({ fates: fatesOfNodes(union, graph), hidden: hiddenOn(union, graph, view.side), side: view.side });
}

function refreshSoon() {
  drawing ||= requestAnimationFrame(() => refresh());
}

function restyle() {
  stage.style(theme(), selectedNodes(), found().nodes);
}

function showSearch() {
  const state = held();
  if (!state || !graph) return;
  const { processes, nodes, all } = found();
  byId("search-count").textContent = nodes ? `${processes.length.toLocaleString("en")} of ${all.toLocaleString("en")}` : "";
  byId("search-box").classList.toggle("none-found", nodes !== null && processes.length === 0);
  stage.style(theme(), selectedNodes(), nodes);
  const absent = view.side === "before" ? "came" : "went";
  const present = union && view.side !== "both" ? processes.filter((process) => union?.fates.get(process.key) !== absent) : processes;
  if (view.view === "table") table.show({ state, sharing: graph.sharing, processes: present, selected: view.selected, fates: union?.fates });
}

function showDetails() {
  const state = held();
  if (!state || !graph) return;
  byId("details-close").hidden = view.selected === null && !(union && app.classList.contains("with-details"));
  if (union && view.selected === null) return fill(byId("details-body"), reportOf(told.report, told.problem, endsOf(union), reportHandlers));
  const loads = arrived ? new Map() : store.loads;
  const content = detailsOf({ state, graph, loads, onSelect: select, onOpen: open, onLife: openLife, union }, view.selected);
  fill(byId("details-body"), content ?? [h("header", { class: "details-head" }, h("p", { class: "kind" }, "Selection"), h("h2", null, "No longer there"), h("p", { class: "muted" }, arrived ? "At this moment it was not there, or not any more." : "It ended or was removed; its record is in history."), pastLife(view.selected))]);
}

const reportHandlers = {
  onSelect: (/** @type {string} */ key) => select(key),
  knows: (/** @type {string} */ key) => Boolean(union?.state.processes.has(key) || union?.state.containers.has(key) || union?.state.namespaces.has(key)),
  onCopy: copyLink,
  urlOf: (/** @type {"json"|"csv"|"markdown"} */ format) => journey.api?.reportUrl(view.from ?? 0, view.to ?? 0, format, journey.zone) ?? "",
  titleOf: (/** @type {string} */ id) => (id === "host" ? "the host" : union?.state.containers.get(id)?.name || id.slice(0, 12)),
  zone: journey.zone,
};

/** @param {import("./union.js").Union} two */
function endsOf({ before, after }) {
  return { before: { seq: before.seq, at: Date.parse(before.taken_at) }, after: { seq: after.seq, at: Date.parse(after.taken_at) } };
}

/** What is gone still has a life to tell. @param {string|null} key */
function pastLife(key) {
  if (!key) return null;
  const kind = /^[0-9a-f]{64}$/.test(key) ? "container" : /^[^:]+:\d+:\d+$/.test(key) ? "process" : /^[^:]+:[a-z]+:/.test(key) && !/^(hub|fold|group):/.test(key) ? "namespace" : null;
  return kind && h("p", null, h("button", { type: "button", class: "button", id: "life-open", click: () => openLife(kind, key) }, `The life of this ${kind}`));
}

function showHidden() {
  const state = held();
  if (!graph || !state) return;
  const parts = sayHidden(graph.hidden);
  const sides = union ? [union.before, union.after] : [state];
  const say = (/** @type {(one: import("./store.js").State) => number} */ size, /** @type {string} */ one, /** @type {string} */ many) => {
    const sizes = [...new Set(sides.map(size))];
    return `${sizes.map((count) => count.toLocaleString("en")).join(" → ")} ${sizes.length === 1 && sizes[0] === 1 ? one : many}`;
  };
  byId("counts").textContent = [say(({ containers }) => containers.size, "container", "containers"), say(({ processes }) => processes.size, "process", "processes"), say(({ namespaces }) => [...namespaces.values()].filter((space) => !space.initial).length, "namespace", "namespaces")].join(" · ");
  byId("hidden").textContent = parts.length ? `Not drawn one by one: ${parts.map((part) => part.text).join(", ")}` : "";
  const gaps = state.gaps.size;
  byId("gaps").hidden = gaps === 0;
  byId("gaps").textContent = counted(gaps, "gap");
  byId("gaps").title = "Not everything could be read: see why";
}

function showView() {
  const isTable = view.view === "table";
  app.dataset.view = view.view;
  byId("life").hidden = view.life === null;
  byId("table").hidden = !isTable || view.life !== null;
  byId("graph-box").hidden = isTable || view.life !== null;
  for (const name of /** @type {const} */ (["graph", "table"])) byId(`view-${name}`).setAttribute("aria-pressed", String(view.view === name));
  if (isTable) showSearch();
  else stage.resize();
}

/** @param {import("./url.js").ViewName} name */
function switchTo(name) {
  view.view = name;
  view.life = null;
  keepUrl(true);
  showView();
}

/** @param {import("./graph.js").GraphNode|import("./graph.js").Group|null} node @param {number} x @param {number} y */
function hint(node, x, y) {
  const box = byId("hint");
  const state = held();
  const quiet = node === null || !("kind" in node) || !state || node.key === view.selected;
  box.hidden = quiet;
  if (quiet || !node || !("kind" in node) || !state) return;
  if (box.dataset.key !== node.key) {
    const process = state.processes.get(node.key);
    const line = process ? h("span", { class: "mono muted" }, process.cmdline.join(" ").slice(0, 160)) : node.kind === "hub" ? null : h("span", { class: "muted" }, "Double-click to open");
    fill(box, h("strong", null, node.label), h("span", null, node.sub), line);
    box.dataset.key = node.key;
  }
  const limit = byId("graph-box").clientWidth - box.offsetWidth - 12;
  box.style.transform = `translate(${Math.max(8, Math.min(limit, x + 16))}px, ${y + 18}px)`;
}

/* ---- the past, two moments, one life ---- */

/** The page is where the reader wanted to be. @param {import("./travel.js").Arrival} arrival */
function arrive(arrival) {
  const { where, states } = arrival;
  const same = union !== null && where.mode === "compare" && states[0].seq === union.before.seq && states[1].seq === union.after.seq;
  arrived = where.mode === "live" ? null : arrival;
  if (!same) union = where.mode === "compare" ? unite(states[0], states[1]) : null;
  app.dataset.mode = where.mode;
  app.classList.toggle("with-details", view.selected !== null);
  showBanner();
  if (where.mode === "compare" && !same) void tellComparison(where.from, where.to);
  refresh(null, true);
  restyle();
  mark();
}

/** @param {number} from @param {number} to */
async function tellComparison(from, to) {
  told = { report: null, problem: "" };
  try {
    const report = await journey.api?.report(from, to);
    if (view.from === from && view.to === to) told = { report, problem: "" };
  } catch (error) {
    told = { report: null, problem: error instanceof Error ? error.message : String(error) };
  }
  showDetails();
}

function showBanner() {
  const box = byId("moment");
  box.hidden = arrived === null;
  box.dataset.mode = arrived?.where.mode ?? "live";
  fillBanner(box);
  stage.cover(box.hidden ? 0 : box.offsetHeight);
}

/** @param {HTMLElement} box */
function fillBanner(box) {
  if (!arrived) return;
  const back = h("button", { type: "button", class: "button primary small", id: "back-live", "data-focus": "back-live", title: "Back to live (l)", click: () => journey.go({ mode: "live" }) }, "Back to live");
  if (union) return fill(box, ...comparisonBar(union), back);
  const said = sayPast(Date.parse(arrived.states[0].taken_at), journey.zone, journey.away);
  fill(box, h("span", { class: "banner-text" }, h("strong", null, said.text), h("span", { class: "muted" }, said.utc), said.gone && h("span", { class: "warn" }, said.gone)), back);
}

/** @param {import("./union.js").Union} two */
function comparisonBar(two) {
  const tally = tallyOf(two);
  const ends = endsOf(two);
  const [a, b] = [ends.before, ends.after].map((end) => sayMoment(end.at, Date.now(), journey.zone).local);
  const sides = /** @type {const} */ ([["before", "Before"], ["both", "Both"], ["after", "After"]]);
  return [
    h("div", { class: "segmented small", id: "sides", role: "group", "aria-label": "Which moment is drawn" }, sides.map(([side, label]) => h("button", { type: "button", id: `side-${side}`, "data-focus": side, "aria-pressed": String(view.side === side), click: () => chooseSide(side) }, label))),
    h("span", { class: "banner-text" }, h("strong", null, `${a} → ${b}`),
      h("span", { class: "tally", id: "tally", "data-came": tally.came, "data-went": tally.went, "data-changed": tally.changed }, /** @type {const} */ (["came", "went", "changed"]).map((fate) => h("span", { class: `fate-count ${fate}` }, fateMark(fate), `${tally[fate].toLocaleString("en")} ${fate}`)))),
    h("button", { type: "button", class: "button small only-narrow", "data-focus": "report", id: "report-open", click: () => {
      select(null);
      app.classList.toggle("with-details", true);
      showDetails();
    } }, "In words"),
  ];
}

/** @param {import("./union.js").Side} side */
function chooseSide(side) {
  if (!union) return;
  view.side = side;
  keepUrl();
  showBanner();
  showSide();
  showSearch();
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied: it carries both moments.");
  } catch {
    say(`Copy it from the address bar: ${location.href}`);
  }
}

/** @param {import("./url.js").LifeKind} kind @param {string} key */
function openLife(kind, key) {
  view.life = { kind, key };
  keepUrl(true);
  void tellLife();
}

const lifeHandlers = {
  onGo: (/** @type {number} */ seq) => {
    const key = view.life?.key ?? null;
    view.life = null;
    showView();
    journey.go({ mode: "past", seq });
    if (key) select(key);
  },
  onLife: openLife,
  onClose: () => {
    view.life = null;
    keepUrl(true);
    showView();
  },
  zone: journey.zone,
};

async function tellLife() {
  const asked = view.life;
  showView();
  if (!asked || !journey.api) return;
  sayWaiting(byId("life"), lifeHandlers, "Reading its history…");
  try {
    const found = await journey.api.life(asked.kind, asked.key);
    if (view.life?.key !== asked.key) return;
    life = found;
    showLife(byId("life"), life, lifeHandlers);
    byId("life").querySelector("h2")?.focus();
  } catch (error) {
    sayWaiting(byId("life"), lifeHandlers, error instanceof Error ? error.message : String(error));
  }
}

/** @param {() => void} then */
function leaveDialog(then) {
  /** @type {HTMLDialogElement} */ (byId("marks")).close();
  then();
}

/** @param {number|null} [id] to be named */
function openMarks(id = null) {
  /** @type {HTMLDialogElement} */ (byId("marks")).showModal();
  void marks.open(id);
}

/** What may be compared from here. */
function showCompareMenu() {
  const option = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ sub, /** @type {() => void} */ run) => h("button", { type: "button", class: "option", role: "menuitem", id, click: () => {
    /** @type {any} */ (byId("compare-menu")).hidePopover();
    run();
  } }, h("span", { class: "option-name" }, label), sub && h("span", { class: "muted" }, sub));
  const { boot, mark } = journey.latest;
  const now = store.state?.seq ?? hosts.find((row) => row.id === view.host)?.seq ?? journey.seqHere();
  fill(byId("compare-menu"),
    option("compare-hour", "The last hour", "−1 h with now", () => void journey.compareMoments(Date.now() - 3600_000, now)),
    option("compare-day", "The last day", "−24 h with now", () => void journey.compareMoments(Date.now() - 24 * 3600_000, now)),
    boot && option("compare-boot", "Since the last boot", "its first look with now", () => void journey.compareMoments(boot.seq, now)),
    mark && option("compare-mark", "Since the last snapshot", mark.name || `snapshot ${mark.seq}`, () => void journey.compareMoments(mark.seq, now)),
    arrived?.where.mode === "past" && option("compare-now", "This moment with now", "A is here, B is now", () => void journey.compareMoments(journey.seqHere(), now)),
    option("compare-a", "Set A here", "then go to another moment", () => journey.markHere()),
    journey.marked !== null && option("compare-b", "Set B here, and compare", `A is snapshot ${journey.marked}`, () => journey.compareWithMarked()),
    h("p", { class: "hint menu-hint" }, "Or drag along the timeline with Shift held."));
}

/** @param {import("./shapes.js").Trouble} trouble */
function showTrouble({ text, since }) {
  const box = byId("trouble");
  box.hidden = text === null;
  if (text === null) return;
  const when = since ? sayMoment(Date.parse(since), Date.now(), journey.zone) : null;
  fill(box, h("strong", null, "Recording is interrupted"), h("span", null, text), when && h("span", { class: "muted" }, `since ${when.local} (${when.utc})`));
}

/* ---- hosts and the line to the server ---- */

async function loadHosts() {
  try {
    const answer = await fetch(app.dataset.hostsUrl ?? "", { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return signIn();
    if (!answer.ok) return;
    hosts = await answer.json();
    showHosts(byId("hosts"), hosts, view.host, chooseHost);
    byId("first-run").hidden = hosts.length > 0;
    if (!hosts.some((row) => row.id === view.host) && hosts.length && !link) chooseHost(hosts[0].id, false);
    else if (view.host && !link && hosts.length) follow(view.host);
    else if (step === "missing" && hosts.some((row) => row.id === view.host && row.seq > 0) && view.host) follow(view.host);
  } catch {
    // The line mark says that the server is away; the next round asks again.
  }
}

function signIn() {
  location.assign(`${app.dataset.signInUrl}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** @param {string} id @param {boolean} [push] */
function chooseHost(id, push = true) {
  if (view.host !== null && id !== view.host) {
    view.selected = null;
    view.options.open.clear();
    view.options.shut.clear();
    [view.at, view.from, view.to, view.life] = [null, null, null, null];
  }
  view.host = id;
  keepUrl(push);
  follow(id);
}

/** @param {string} id */
function follow(id) {
  link?.end();
  store.forget();
  stage.reset();
  graph = arrived = union = null;
  showBanner();
  showTrouble({ type: "trouble", text: null });
  const row = hosts.find((one) => one.id === id);
  heardAt = row?.stale ? Date.parse(row.seen_at) : Date.now();
  const socketScheme = location.protocol === "https:" ? "wss:" : "ws:";
  const path = encodeURIComponent(id);
  link = keepInStep({
    stateUrl: `${app.dataset.hostsUrl}/${path}/state`,
    socketUrl: `${socketScheme}//${location.host}/ws/hosts/${path}`,
    store,
    onStep: (next) => {
      step = next;
      if (next === "signed-out") signIn();
      mark();
    },
    onTrouble: showTrouble,
    around: {
      fetch: (url, init) => fetch(url, init),
      open: (url) => new WebSocket(url),
      after: (run, ms) => setTimeout(run, ms),
      cancel: (timer) => clearTimeout(timer),
      random: Math.random,
      now: () => Date.now(),
    },
  });
  showHosts(byId("hosts"), hosts, view.host, chooseHost);
  const line = link;
  journey.follow(createApi(app.dataset.hostsUrl ?? "", id, csrf, (url, init) => fetch(url, init)), line, whereOf(view));
  app.dataset.mode = journey.where.mode;
  if (view.life) void tellLife();
  else showView();
  line.start();
}

function mark() {
  const row = hosts.find((one) => one.id === view.host);
  const waiting = !link && !hosts.length;
  byId("status").hidden = waiting;
  const reading = markOf({ step, heardAt, now: Date.now(), interval: row?.interval_s ?? 5, where: journey.where.mode, imported: Boolean(row?.imported) });
  showMark(byId("status"), reading, store.state ? `State ${store.state.seq}, last looked at ${sayTime(heardAt)}` : "");
  app.dataset.mark = reading.mark;
}

store.listen(({ what }) => {
  if (what === "measured") {
    if (view.selected && store.state?.containers.has(view.selected)) showDetails();
    return;
  }
  if (what !== "loaded") heardAt = Date.now();
  if (what !== "heard" && !arrived && journey.where.mode === "live") refreshSoon();
  if (what === "changed") journey.hear();
  mark();
});

/* ---- hands and keys ---- */

function say(/** @type {string} */ text) {
  const toast = byId("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(Number(toast.dataset.timer));
  toast.dataset.timer = String(setTimeout(() => (toast.hidden = true), 6000));
}

/** A button beside what was just said. @param {string} label @param {() => void} run */
function offer(label, run) {
  byId("toast").append(h("button", { type: "button", class: "toast-action", click: run }, label));
}

/** Against forged requests. */
function csrf() {
  return /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
}

/** Live, a look at the host now; in the past, the moment that is looked at. A name may be given once it is kept. */
async function snapshot() {
  if (!view.host) return;
  if (arrived) {
    try {
      const kept = await journey.api?.mark({ seq: journey.seqHere() });
      journey.reload();
      openMarks(kept?.id ?? null);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    return;
  }
  void takeSnapshot({ url: `${app.dataset.hostsUrl}/${encodeURIComponent(view.host)}/snapshots`, token: csrf(), say, onKept: (kept) => {
    journey.reload();
    if (kept.id !== undefined) offer("Name it", () => openMarks(kept.id));
  }, fetch: (url, init) => fetch(url, init), wait: (ms) => new Promise((done) => setTimeout(done, ms)) });
}

function nextMatch() {
  const { nodes } = found();
  if (!nodes?.size || !graph) return;
  const keys = graph.nodes.filter((node) => nodes.has(node.key)).map((node) => node.key);
  const at = keys.findIndex((key) => selectedNodes().has(key));
  select(keys[(at + 1) % keys.length]);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const typing = (event.target instanceof HTMLInputElement && event.target.type !== "checkbox") || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement;
  if (/** @type {HTMLDialogElement} */ (byId("marks")).open) return;
  if (event.key === "Escape") return escape(typing);
  if (typing || event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLDialogElement} */ (byId("help")).open) return;
  const onCanvas = document.activeElement === canvas || document.activeElement === document.body;
  if (event.key.startsWith("Arrow") && onCanvas && view.view === "graph") {
    const next = stage.step([...selectedNodes()][0] ?? null, /** @type {import("./walk.js").Arrow} */ (event.key));
    if (next) select(next);
    return event.preventDefault();
  }
  if (event.key === "Enter" && onCanvas) {
    for (const key of selectedNodes()) open(key);
    return;
  }
  const keys = /** @type {Record<string, () => void>} */ ({
    "/": () => search.focus(),
    "?": () => /** @type {HTMLDialogElement} */ (byId("help")).showModal(),
    g: () => switchTo("graph"),
    t: () => switchTo("table"),
    f: () => stage.fit(),
    r: () => stage.tidy(),
    "+": () => stage.zoomBy(1.4),
    "-": () => stage.zoomBy(1 / 1.4),
    ",": () => void journey.step(-1),
    ".": () => void journey.step(1),
    p: () => void journey.play(),
    l: () => journey.go({ mode: "live" }),
    j: () => byId("jump-text").focus(),
    1: () => chooseSide("before"),
    2: () => chooseSide("both"),
    3: () => chooseSide("after"),
  });
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
}

/** @param {boolean} typing */
function escape(typing) {
  if (typing && search.value) {
    search.value = view.search = "";
    keepUrl();
    showSearch();
  } else if (typing) search.blur();
  else if (app.classList.contains("with-filters")) app.classList.remove("with-filters");
  else select(null);
}

function cycleTheme() {
  localStorage.setItem("isoscope.theme", CHOICES[(CHOICES.indexOf(themeChoice()) + 1) % CHOICES.length]);
  applyTheme();
  say(byId("theme").title);
}

function listen() {
  /** @type {[string, () => void][]} */
  const clicks = [
    ["view-graph", () => switchTo("graph")],
    ["view-table", () => switchTo("table")],
    ["zoom-in", () => stage.zoomBy(1.4)],
    ["zoom-out", () => stage.zoomBy(1 / 1.4)],
    ["zoom-fit", () => stage.fit()],
    ["tidy", () => stage.tidy()],
    ["snapshot", () => void snapshot()],
    ["step-back", () => void journey.step(-1)],
    ["step-on", () => void journey.step(1)],
    ["play", () => void journey.play()],
    ["marks-open", () => openMarks()],
    ["theme", cycleTheme],
    ["help-open", () => /** @type {HTMLDialogElement} */ (byId("help")).showModal()],
    ["filters-open", () => app.classList.toggle("with-filters")],
    ["details-close", () => select(null)],
    ["gaps", () => select(null)],
  ];
  for (const [id, run] of clicks) byId(id).addEventListener("click", run);
  search.addEventListener("input", () => {
    view.search = search.value;
    keepUrl();
    showSearch();
  });
  byId("search-box").addEventListener("submit", (event) => {
    event.preventDefault();
    nextMatch();
  });
  byId("jump").addEventListener("submit", (event) => {
    event.preventDefault();
    void journey.jumpTo(/** @type {HTMLInputElement} */ (byId("jump-text")).value);
  });
  byId("compare-menu").addEventListener("beforetoggle", showCompareMenu);
  document.addEventListener("keydown", onKey);
  darkness.addEventListener("change", applyTheme);
  contrast.addEventListener("change", applyTheme);
  addEventListener("online", () => link?.nudge());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && link?.nudge());
  addEventListener("popstate", () => {
    const before = view.host;
    view = fromQuery(location.search);
    search.value = view.search;
    showView();
    if (view.host && view.host !== before) follow(view.host);
    else {
      journey.obey(whereOf(view));
      if (view.life) void tellLife();
      refresh();
    }
    app.classList.toggle("with-details", view.selected !== null);
  });
  const resized = new ResizeObserver(() => {
    stage.resize();
    journey.resize();
    table.repaint();
  });
  for (const id of ["stage", "graph-box", "timeline"]) resized.observe(byId(id));
}

search.value = view.search;
app.classList.toggle("with-details", view.selected !== null);
listen();
applyTheme();
showView();
stage.resize();
mark();
void loadHosts();
setInterval(loadHosts, HOSTS_EVERY_MS);
setInterval(mark, 1000);
setInterval(() => {
  journey.tick();
  showBanner();
}, 5000);

/** For the browser's console and the tests: what the page holds and shows. Nothing here changes it. */
Object.assign(globalThis, { isoscope: Object.freeze({ state: () => held(), graph: () => graph, union: () => union, places: () => stage.places }) });
