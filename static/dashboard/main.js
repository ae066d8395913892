/** Puts the page together: the only module that looks at the page when it is loaded. */

import { announce, detailsOf } from "./panels/details.js";
import { buildGraph, sayHidden } from "./graph.js";
import { byId, fill, h } from "./dom.js";
import { createStage } from "./stage.js";
import { createStore } from "./store.js";
import { createTable } from "./panels/table.js";
import { fromQuery, toQuery } from "./url.js";
import { keepInStep } from "./socket.js";
import { markOf, sayTime, showMark } from "./panels/status.js";
import { matcher } from "./search.js";
import { showFilters } from "./panels/filters.js";
import { showHosts } from "./panels/hosts.js";
import { takeSnapshot } from "./panels/snapshot.js";
import { themeOf } from "./theme.js";
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

const stage = createStage(canvas, app.dataset.layoutWorkerUrl ?? "", {
  onSelect: (key) => select(key),
  onOpen: open,
  onHover: hint,
  onSettled: () => {
    app.dataset.settled = String(store.state?.seq ?? "");
    stage.style(theme(), selectedNodes(), found().nodes);
  },
});
const table = createTable(byId("table"), (key) => select(key));

/* ---- what the reader chose ---- */

/** @return {Choice} */
function themeChoice() {
  const kept = localStorage.getItem("isoscope.theme");
  return kept === "light" || kept === "dark" ? kept : "auto";
}

function theme() {
  return themeOf(themeChoice(), darkness.matches);
}

function applyTheme() {
  document.documentElement.dataset.theme = theme().name;
  const names = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
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
  if (view.selected === null || !store.state || !graph) return;
  byId("announce").textContent = announce(store.state, graph, view.selected);
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
  const space = store.state?.namespaces.get(selected);
  if (!shown.length && space) for (const node of graph.nodes) if (node.members.some((key) => store.state?.processes.get(key)?.namespaces[space.type] === selected)) shown.push(node.key);
  return new Set(shown);
}

/* ---- what is shown ---- */

/** What the search finds: the processes, and how many of them each node stands for. */
function found() {
  const { state } = store;
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

/** The state or the options changed: build the graph, and everything that shows it. @param {string|null} [opened] what the reader opened */
function refresh(opened = null) {
  cancelAnimationFrame(drawing);
  drawing = 0;
  keepUrl();
  const { state } = store;
  app.classList.toggle("empty", !state);
  if (!state) return;
  graph = buildGraph(state, view.options);
  app.dataset.seq = String(state.seq);
  stage.show(graph, opened);
  showFilters(byId("filters-body"), state, graph, view.options, () => refresh());
  showSearch();
  showDetails();
  showHidden();
}

function refreshSoon() {
  drawing ||= requestAnimationFrame(() => refresh());
}

function restyle() {
  stage.style(theme(), selectedNodes(), found().nodes);
}

function showSearch() {
  const { state } = store;
  if (!state || !graph) return;
  const { processes, nodes, all } = found();
  byId("search-count").textContent = nodes ? `${processes.length.toLocaleString("en")} of ${all.toLocaleString("en")}` : "";
  byId("search-box").classList.toggle("none-found", nodes !== null && processes.length === 0);
  stage.style(theme(), selectedNodes(), nodes);
  if (view.view === "table") table.show({ state, sharing: graph.sharing, processes, selected: view.selected });
}

function showDetails() {
  const { state } = store;
  if (!state || !graph) return;
  const content = detailsOf({ state, graph, loads: store.loads, onSelect: select, onOpen: open }, view.selected);
  fill(byId("details-body"), content ?? [h("header", { class: "details-head" }, h("p", { class: "kind" }, "Selection"), h("h2", null, "No longer there"), h("p", { class: "muted" }, "It ended or was removed; its record is in history."))]);
  byId("details-close").hidden = view.selected === null;
}

function showHidden() {
  if (!graph || !store.state) return;
  const parts = sayHidden(graph.hidden);
  byId("counts").textContent = `${counted(store.state.containers.size, "container")} · ${counted(store.state.processes.size, "process", "processes")} · ${counted([...store.state.namespaces.values()].filter((space) => !space.initial).length, "namespace")}`;
  byId("hidden").textContent = parts.length ? `Not drawn one by one: ${parts.map((part) => part.text).join(", ")}` : "";
  const gaps = store.state.gaps.size;
  byId("gaps").hidden = gaps === 0;
  byId("gaps").textContent = counted(gaps, "gap");
  byId("gaps").title = "Not everything could be read: see why";
}

function showView() {
  const isTable = view.view === "table";
  app.dataset.view = view.view;
  byId("table").hidden = !isTable;
  byId("graph-box").hidden = isTable;
  for (const name of /** @type {const} */ (["graph", "table"])) byId(`view-${name}`).setAttribute("aria-pressed", String(view.view === name));
  if (isTable) showSearch();
  else stage.resize();
}

/** @param {import("./url.js").ViewName} name */
function switchTo(name) {
  view.view = name;
  keepUrl(true);
  showView();
}

/** @param {import("./graph.js").GraphNode|import("./graph.js").Group|null} node @param {number} x @param {number} y */
function hint(node, x, y) {
  const box = byId("hint");
  const quiet = node === null || !("kind" in node) || !store.state || node.key === view.selected;
  box.hidden = quiet;
  if (quiet || !node || !("kind" in node) || !store.state) return;
  if (box.dataset.key !== node.key) {
    const process = store.state.processes.get(node.key);
    const line = process ? h("span", { class: "mono muted" }, process.cmdline.join(" ").slice(0, 160)) : node.kind === "hub" ? null : h("span", { class: "muted" }, "Double-click to open");
    fill(box, h("strong", null, node.label), h("span", null, node.sub), line);
    box.dataset.key = node.key;
  }
  const limit = byId("graph-box").clientWidth - box.offsetWidth - 12;
  box.style.transform = `translate(${Math.max(8, Math.min(limit, x + 16))}px, ${y + 18}px)`;
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
  graph = null;
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
  link.start();
}

function mark() {
  const row = hosts.find((one) => one.id === view.host);
  const waiting = !link && !hosts.length;
  byId("status").hidden = waiting;
  const reading = markOf({ step, heardAt, now: Date.now(), interval: row?.interval_s ?? 5 });
  showMark(byId("status"), reading, store.state ? `State ${store.state.seq}, last looked at ${sayTime(heardAt)}` : "");
  app.dataset.mark = reading.mark;
}

store.listen(({ what }) => {
  if (what === "measured") {
    if (view.selected && store.state?.containers.has(view.selected)) showDetails();
    return;
  }
  if (what !== "loaded") heardAt = Date.now();
  if (what !== "heard") refreshSoon();
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

function snapshot() {
  if (!view.host) return;
  const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
  void takeSnapshot({ url: `${app.dataset.hostsUrl}/${encodeURIComponent(view.host)}/snapshots`, token, say, fetch: (url, init) => fetch(url, init), wait: (ms) => new Promise((done) => setTimeout(done, ms)) });
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
  const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
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
  const order = /** @type {Choice[]} */ (["auto", "light", "dark"]);
  localStorage.setItem("isoscope.theme", order[(order.indexOf(themeChoice()) + 1) % 3]);
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
    ["snapshot", snapshot],
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
  document.addEventListener("keydown", onKey);
  darkness.addEventListener("change", applyTheme);
  addEventListener("online", () => link?.nudge());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && link?.nudge());
  addEventListener("popstate", () => {
    const before = view.host;
    view = fromQuery(location.search);
    search.value = view.search;
    showView();
    if (view.host && view.host !== before) follow(view.host);
    else refresh();
    app.classList.toggle("with-details", view.selected !== null);
  });
  new ResizeObserver(() => {
    stage.resize();
    table.repaint();
  }).observe(byId("stage"));
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

/** For the browser's console and the tests: what the page holds and shows. Nothing here changes it. */
Object.assign(globalThis, { isoscope: Object.freeze({ state: () => store.state, graph: () => graph }) });
