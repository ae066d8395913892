/** The side of the page: the details of what is selected, or of the host, or a comparison in words. */

import { announce, detailsOf } from "./details/details.js";
import { byId, fill, h } from "../base/dom.js";
import { createRecent } from "./details/history-loader.js";
import { endsOf } from "../model/comparison.js";
import { heading } from "./details/context.js";
import { lifeLabel } from "./details/history.js";
import { reportOf } from "./comparison-report.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {import("../page/page.js").Page} Page
 * @typedef {import("./time/controls.js").Journey} Journey
 */

/**
 * @param {Page} page
 * @param {Journey} journey
 * @param {import("./life/open.js").Lives["open"]} onLife
 * @param {(text: string) => void} say
 */
export function createAside(page, journey, onLife, say) {
  /**
   * What the comparison says in words.
   * @type {{report: import("./comparison-report.js").Report|null, problem: string}}
   */
  let told = { report: null, problem: "" };
  /** @type {import("../model/comparison.js").Union|null} */
  let toldOf = null;
  let listsAll = false; // also what is mere noise
  const app = byId("app");
  const body = byId("details-body");
  const recent = createRecent(page, journey, onLife, show);

  const reportHandlers = {
    onSelect: page.select,
    knows: (/** @type {string} */ key) =>
      Boolean(
        page.union?.state.processes.has(key) ||
          page.union?.state.containers.has(key) ||
          page.union?.state.namespaces.has(key),
      ),
    onCopy: copyLink,
    urlOf: (/** @type {"json"|"csv"|"markdown"} */ format) =>
      journey.api?.reportUrl(page.view.from ?? 0, page.view.to ?? 0, format, journey.zone, listsAll) ?? "",
    onFold: (/** @type {boolean} */ folded) => {
      listsAll = !folded;
      toldOf = null;
      void tellComparison();
    },
    titleOf: (/** @type {string} */ id) =>
      id === "host" ? t("the host") : page.union?.state.containers.get(id)?.name || id.slice(0, 12),
    zone: journey.zone,
  };

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      say(t("The link is copied: it carries both moments."));
    } catch {
      say(t("Copy it from the address bar: {address}", { address: location.href }));
    }
  }

  async function tellComparison() {
    const { union } = page;
    if (union === toldOf) return;
    [toldOf, told] = [union, { report: null, problem: "" }];
    if (!union || !journey.api) return;
    try {
      const report = await journey.api.report(union.before.seq, union.after.seq, listsAll);
      if (toldOf === union) told = { report, problem: "" };
    } catch (error) {
      if (toldOf === union) told = { report: null, problem: error instanceof Error ? error.message : String(error) };
    }
    show();
  }

  function show() {
    const { state, graph, union, view } = page;
    if (!state || !graph) return;
    byId("details-close").hidden = view.selected === null && !(union && app.classList.contains("with-details"));
    if (union && view.selected === null)
      return fill(body, reportOf(told.report, told.problem, endsOf(union), reportHandlers));
    fill(body, detailsOf(contextOf(state, graph), view.selected) ?? noLonger(view.selected));
  }

  /**
   * @param {import("../model/store.js").State} state
   * @param {import("../views/graph/graph.js").Graph} graph
   * @return {import("./details/context.js").Context}
   */
  function contextOf(state, graph) {
    const { arrived, union, view } = page;
    const kind = kindOf(view.selected ?? "");
    return {
      state,
      graph,
      union,
      say,
      loads: arrived ? new Map() : page.store.loads,
      usage: arrived ? null : page.usage,
      zone: journey.zone,
      mode: arrived?.where.mode ?? "live",
      lately: kind && recent.of(kind, view.selected ?? ""),
      onSelect: page.select,
      onOpen: page.open,
    };
  }

  /** What is gone still has a life to tell. @param {string|null} key */
  function noLonger(key) {
    const kind = kindOf(key ?? "");
    return [
      heading(
        t("Selection"),
        t("No longer there"),
        page.arrived
          ? t("At this moment it was not there, or not any more.")
          : t("It ended or was removed; its record is in history."),
      ),
      kind &&
        h(
          "div",
          { class: "actions" },
          h(
            "button",
            { type: "button", class: "button", id: "life-open", click: () => onLife(kind, key ?? "") },
            lifeLabel(kind),
          ),
        ),
    ];
  }

  function unfold() {
    app.classList.toggle("with-details", page.view.selected !== null);
  }

  page.on("moment", () => {
    unfold();
    void tellComparison();
  });
  page.on("state", show);
  page.on("selection", () => {
    show();
    unfold();
    if (page.view.selected !== null && page.state && page.graph)
      byId("announce").textContent = announce(page.state, page.graph, page.view.selected);
  });
  /** Charts go on, but not under the reader's pointer. */
  function showUse() {
    const { selected } = page.view;
    const charted = selected === null || selected === "host" || page.state?.containers.has(selected);
    if (charted && !page.union && !body.querySelector(".charts:hover")) show();
  }

  page.on("loads", showUse);
  page.on("line", () => page.usage.staleSince(Date.now()) !== null && showUse());
  unfold();

  return {
    unfold,
    /** The comparison in words, also where the page is too narrow to show it beside the view. */
    openReport() {
      page.select(null);
      app.classList.add("with-details");
      show();
    },
  };
}

/** @param {string} key @return {import("../address/view-query.js").LifeKind|null} */
function kindOf(key) {
  if (/^[0-9a-f]{64}$/.test(key)) return "container";
  if (/^[^:]+:\d+:\d+$/.test(key)) return "process";
  return /^[^:]+:[a-z]+:/.test(key) && !/^(hub|fold|group):/.test(key) ? "namespace" : null;
}
