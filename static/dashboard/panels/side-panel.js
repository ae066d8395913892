/** The side panel: the details of what is selected, or of the host, or the report of a comparison. */

import { announce, detailsOf } from "./details/details.js";
import { byId, fill, h } from "../base/dom.js";
import { HistoryLoader } from "./details/history-loader.js";
import { endsOf } from "../model/comparison.js";
import { heading } from "./details/context.js";
import { lifeLabel } from "./details/history.js";
import { reportBelow, reportOf } from "./comparison-report.js";
import { NO_VITALS } from "../model/vitals/vitals.js";
import { ReportLoader } from "./report-loader.js";
import { t } from "../base/i18n.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("../page/page.js").Page} Page
 * @typedef {import("../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../model/store.js").State} State
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("./life/open.js").Lives["open"]} OpenLife
 */

/** @param {Page} page @param {TimeTravel} timeTravel @param {OpenLife} onLife @param {(text: string) => void} say */
export function createSidePanel(page, timeTravel, onLife, say) {
  return new SidePanel(page, timeTravel, onLife, say);
}

class SidePanel {
  /** @param {Page} page @param {TimeTravel} timeTravel @param {OpenLife} onLife @param {(text: string) => void} say */
  constructor(page, timeTravel, onLife, say) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.onLife = onLife;
    this.say = say;
    this.app = byId("app");
    this.body = byId("details-body");
    this.history = new HistoryLoader(page, timeTravel, onLife, () => this.#show());
    this.report = new ReportLoader(page, timeTravel);
    this.#listen();
    this.unfold();
  }

  /** On a narrow page the panel lies over the view; it is open while something is selected. */
  unfold() {
    this.app.classList.toggle("with-details", this.page.view.selected !== null);
  }

  /** Show the report, also where the page is too narrow to show it beside the view. */
  openReport() {
    this.page.select(null);
    this.app.classList.add("with-details");
    this.#show();
  }

  #listen() {
    const { page } = this;
    page.on("moment", () => {
      this.unfold();
      void this.report.load();
    });
    for (const topic of /** @type {const} */ (["state", "report"])) page.on(topic, () => this.#show());
    page.on("search", () => page.union && this.#show());
    page.on("selection", () => {
      this.#show();
      this.unfold();
      const { state, graph, view } = page;
      if (view.selected !== null && state && graph)
        byId("announce").textContent = announce(state, graph, view.selected);
    });
    page.on("attention", () => this.page.view.selected === null && this.#show());
    page.on("usage", () => this.#showUsage());
    page.on("connection", () => page.usage.staleSince(Date.now()) !== null && this.#showUsage());
  }

  #show() {
    const { state, graph, union, view } = this.page;
    if (!state || !graph) return;
    const closable = view.selected !== null || (union !== null && this.app.classList.contains("with-details"));
    byId("details-close").hidden = !closable;
    const { report } = this.page;
    const { problem } = this.report;
    if (union && view.selected === null)
      return fill(this.body, reportOf(report, problem, endsOf(union), this.#reportHandlers()));
    const details = detailsOf(this.#context(state, graph), view.selected) ?? this.#goneNote(view.selected ?? "");
    fill(
      this.body,
      union && this.#backToReport(),
      details,
      union && reportBelow(report, problem, this.#reportHandlers()),
    );
  }

  #backToReport() {
    const props = { type: "button", class: "link block", id: "report-back", "data-focus": "report-back" };
    return h("button", { ...props, click: () => this.page.select(null) }, `← ${t("All changes")}`);
  }

  /** Draw what is used again, unless the pointer is on a chart or text is being selected. */
  #showUsage() {
    const { state, union, view } = this.page;
    const { selected } = view;
    const charted =
      selected === null || selected === "host" || state?.containers.has(selected) || state?.processes.has(selected);
    const marked = getSelection();
    const isRead = marked?.isCollapsed === false && this.body.contains(marked.anchorNode);
    if (charted && !union && !isRead && !this.body.querySelector(".charts:hover")) this.#show();
  }

  /** @return {import("./comparison-report.js").ReportHandlers} */
  #reportHandlers() {
    const { page, timeTravel, report } = this;
    const state = page.union?.state;
    return {
      onSelect: (key) => page.select(key),
      knows: (key) => Boolean(state?.processes.has(key) || state?.containers.has(key) || state?.namespaces.has(key)),
      onCopy: () => void this.#copyLink(),
      urlOf: (format) => report.urlOf(format),
      onFold: (folded) => report.list(!folded),
      listsHeadlines: report.listsHeadlines,
      onHeadlines: () => {
        report.listsHeadlines = true;
        this.#show();
      },
      searches: page.view.search !== "",
      titleOf: (id) => (id === "host" ? t("the host") : state?.containers.get(id)?.name || shortId(id)),
      zone: timeTravel.zone,
    };
  }

  async #copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.say(t("The link to both moments is copied."));
    } catch {
      this.say(t("Copy it from the address bar: {address}", { address: location.href }));
    }
  }

  /** @param {State} state @param {Graph} graph @return {import("./details/context.js").Context} */
  #context(state, graph) {
    const { page, timeTravel, say } = this;
    const { arrived, union } = page;
    const selected = page.view.selected ?? "";
    const kind = kindOf(selected);
    return {
      state,
      graph,
      union,
      say,
      loads: arrived ? new Map() : page.store.loads,
      usage: arrived ? null : page.usage,
      vitals: arrived ? NO_VITALS : page.store.vitals,
      needs: page.needs,
      zone: timeTravel.zone,
      mode: arrived?.where.mode ?? "live",
      history: kind && this.history.of(kind, selected),
      onSelect: (key) => page.select(key),
      onOpen: (key) => page.open(key),
    };
  }

  /** What is said of a selected thing that is not there; its history can still be opened. @param {string} key */
  #goneNote(key) {
    const kind = kindOf(key);
    const why = this.page.arrived
      ? t("It did not exist at this moment.")
      : t("It ended or was removed; the history still has it.");
    return [
      heading(t("Selection"), t("No longer there"), why),
      kind &&
        h(
          "div",
          { class: "actions" },
          h(
            "button",
            { type: "button", class: "button", id: "life-open", click: () => this.onLife(kind, key) },
            lifeLabel(kind),
          ),
        ),
    ];
  }
}

/**
 * What kind of thing a key names, as far as history has a life of it.
 * @param {string} key
 * @return {import("../address/view-query.js").LifeKind|null}
 */
function kindOf(key) {
  if (/^([0-9a-f]{64}($|\/)|[a-z-]+:\/)/.test(key)) return "container";
  if (/^[^:]+:\d+:\d+$/.test(key)) return "process";
  return /^[^:]+:[a-z]+:/.test(key) && !/^(hub|fold|group):/.test(key) ? "namespace" : null;
}
