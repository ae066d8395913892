/** Starts the page: creates its parts and connects them. Only this module finds the elements when it is loaded. */

import { isLive } from "./model/standing.js";
import { byId } from "./base/dom.js";
import { createAttention } from "./panels/attention/attention.js";
import { createSidePanel } from "./panels/side-panel.js";
import { createBanner } from "./panels/time/banner.js";
import { showCompareMenu } from "./panels/time/compare-menu.js";
import { createCounts } from "./panels/counts.js";
import { createDownload } from "./panels/download/download.js";
import { createChainsView } from "./views/chains/view.js";
import { createSearchBox } from "./panels/search/box.js";
import { createFeedDrawer } from "./panels/feed.js";
import { createHostSession } from "./page/host-session.js";
import { createGraphView } from "./views/graph/view.js";
import { createTimeControls } from "./panels/time/controls.js";
import { TimeTravel } from "./page/time-travel.js";
import { createKeys } from "./base/keys.js";
import { createLives } from "./panels/life/open.js";
import { createHostChooser } from "./panels/host-chooser.js";
import { createKiosk } from "./panels/kiosk.js";
import { keepPlace, offerThemes, offerZones } from "./panels/preferences.js";
import { createNotice } from "./panels/notice.js";
import { createMatrixView } from "./views/matrix/view.js";
import { createPage } from "./page/page.js";
import { createSavedMenu } from "./panels/search/saved-menu.js";
import { createBookmarks } from "./panels/snapshots/dialog.js";
import { createStore } from "./model/store.js";
import { createTableView } from "./views/table/view.js";
import { createTroubleBanner } from "./panels/recording-trouble.js";
import { createTour } from "./panels/tour/tour.js";
import { createToast } from "./widgets/toast.js";
import { createViews } from "./page/views.js";
import { keepStatus } from "./panels/connection.js";
import { showFilters } from "./panels/filters.js";
import { whereOf } from "./net/moment-loader.js";
import { speak } from "./base/i18n.js";

const app = byId("app");

if (document.documentElement.lang === "ko") speak((await import("./base/ko.js")).KOREAN);

const page = createPage(createStore(), {
  query: () => location.search,
  set(query, push) {
    const address = query ? `?${query}` : location.pathname;
    if (push && `?${query}` !== location.search) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  },
});
const toast = createToast(byId("toast"));

const timeTravel = new TimeTravel({
  onArrive: (arrival) => page.arrive(arrival),
  onWhere(where, push) {
    const { view } = page;
    view.at = where.mode === "past" ? where.seq : null;
    [view.from, view.to] = where.mode === "compare" ? [where.from, where.to] : [null, null];
    if (where.mode !== "compare") view.side = "both";
    page.keepUrl(push);
    page.emit("connection");
  },
  say: toast.say,
  liveSeq: () => page.liveSeq ?? 1,
  ticking: () => !page.row?.imported && isLive(page.standing.heldAt, Date.now(), page.row?.interval_s ?? 5),
  speed: () => Number(/** @type {HTMLSelectElement} */ (byId("speed")).value || 1),
});
const timeControls = createTimeControls(timeTravel, {
  strip: /** @type {SVGElement} */ (/** @type {unknown} */ (byId("timeline-strip"))),
  section: byId("timeline"),
  clock: byId("clock"),
  play: byId("play"),
  jump: byId("jump-text"),
  problem: byId("jump-problem"),
  presets: byId("spans"),
  lanes: byId("lanes"),
  left: byId("left-out"),
});

/* ---- what shows the page: each listens to the page in the order in which it stands here ---- */

page.on("moment", () => (app.dataset.mode = timeTravel.where.mode));
page.on("state", () => {
  app.classList.toggle("empty", !page.state);
  app.dataset.seq = String(page.state?.seq ?? "");
});
const graph = createGraphView(page, app.dataset.layoutWorkerUrl ?? "");
const views = createViews(
  page,
  [graph, createChainsView(page), createMatrixView(page), createTableView(page, toast.say)],
  { app, bar: byId("views"), life: byId("life") },
);
const keys = createKeys((event) => views.onKey(event));
const find = createSearchBox(page, keys);
createSavedMenu(page, toast);
const lives = createLives(page, timeTravel, byId("life"));
const sidePanel = createSidePanel(page, timeTravel, lives.open, toast.say);
const banner = createBanner(page, timeTravel, byId("moment"), sidePanel.openReport);
createNotice(page, timeTravel, byId("notice"));
createAttention(page, timeTravel, keys);
const feed = createFeedDrawer(page, timeTravel);
page.on("feed", () => timeTravel.window.add(page.newEntries));
const theme = offerThemes(page, /** @type {HTMLSelectElement} */ (byId("theme")));
createCounts(page);
createDownload(page, timeTravel, byId("download"), {
  workerUrl: app.dataset.pictureWorkerUrl ?? "",
  viewport: () => graph.stage.sight,
  say: toast.say,
});
keepStatus(page, timeTravel, byId("status"));
page.on(
  "state",
  () =>
    page.state &&
    page.graph &&
    showFilters(byId("filters-body"), page.state, page.graph, page.view.options, () => page.refresh(), {
      by: page.view.fill,
      known: page.arrived === null,
      choose(by) {
        page.view.fill = by;
        page.refresh();
      },
    }),
);
const session = createHostSession(
  page,
  timeTravel,
  { hosts: app.dataset.hostsUrl ?? "", signIn: app.dataset.signInUrl ?? "" },
  toast.say,
);
createHostChooser(page, byId("hosts"), (id) => session.choose(id));
createTroubleBanner(page, byId("trouble"), timeTravel.zone);
createBookmarks(
  page,
  timeTravel,
  toast,
  async (id) => {
    await session.load();
    session.choose(id);
  },
  () => session.leave(),
);

/* ---- pointer and keys ---- */

const kiosk = createKiosk(page, {
  session,
  keys,
  root: document.documentElement,
  fit: () => graph.stage.fit(),
  say: toast.say,
});

const help = /** @type {HTMLDialogElement} */ (byId("help"));
const tour = createTour(/** @type {HTMLDialogElement} */ (byId("tour")), () => help.showModal());
const openHelp = () => (tour.seen ? help.showModal() : tour.start());
const jump = /** @type {HTMLInputElement} */ (byId("jump-text"));

keys.bind({
  ...views.keys,
  ...graph.keys,
  "?": openHelp,
  ",": () => void timeTravel.step(-1),
  ".": () => void timeTravel.step(1),
  p: () => void timeTravel.playback.toggle(),
  l: () => timeTravel.go({ mode: "live" }),
  j: () => jump.focus(),
  e: () => feed.toggle(),
  1: () => page.chooseSide("before"),
  2: () => page.chooseSide("both"),
  3: () => page.chooseSide("after"),
});
keys.onEscape(() => {
  const open = app.classList.contains("with-filters");
  app.classList.remove("with-filters");
  return open;
});
keys.onEscape(() => {
  page.select(null);
  return true;
});

/** @type {Record<string, () => void>} */
const clicks = {
  "step-back": () => void timeTravel.step(-1),
  "step-on": () => void timeTravel.step(1),
  play: () => void timeTravel.playback.toggle(),
  "help-open": openHelp,
  "tour-open": () => {
    help.close();
    tour.start();
  },
  "kiosk-open": () => {
    /** @type {HTMLElement} */ (byId("account")).hidePopover();
    kiosk.toggle();
  },
  "timeline-handle": () => {
    const open = byId("timeline").classList.toggle("open");
    byId("timeline-handle").setAttribute("aria-expanded", String(open));
  },
  "filters-open": () => app.classList.toggle("with-filters"),
  "details-close": () => page.select(null),
  gaps: () => page.select(null),
};
for (const [id, run] of Object.entries(clicks)) byId(id).addEventListener("click", run);
byId("jump").addEventListener("submit", (event) => {
  event.preventDefault();
  jump.blur(); // so that the next key is the page's
  void timeTravel.jumpTo(jump.value);
});
byId("compare-menu").addEventListener("beforetoggle", () => showCompareMenu(page, timeTravel, byId("compare-menu")));

addEventListener("popstate", () => {
  const before = page.view.host;
  page.readUrl();
  find.read();
  if (page.view.host && page.view.host !== before) session.follow(page.view.host);
  else {
    timeTravel.obey(whereOf(page.view));
    page.emit("view");
    page.refresh();
  }
  sidePanel.unfold();
});

const resized = new ResizeObserver(() => {
  views.resize();
  timeControls.resize();
});
for (const id of ["stage", "graph-box", "timeline"]) resized.observe(byId(id));

theme.apply();
keepPlace(/** @type {HTMLFormElement} */ (byId("languages")));
offerZones(/** @type {HTMLSelectElement} */ (byId("zone")));
page.emit("view");
void session.load();
setInterval(() => {
  timeTravel.window.tick();
  banner.show();
}, 5000);

/** For the browser's console and the tests: what the page holds and shows. Nothing here changes it. */
Object.assign(globalThis, {
  isoscope: Object.freeze({
    state: () => page.state,
    graph: () => page.graph,
    union: () => page.union,
    places: () => graph.stage.places,
    rect: (/** @type {string} */ key) => graph.stage.rect(key),
  }),
});
