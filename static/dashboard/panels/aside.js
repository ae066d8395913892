/** The side of the page: the details of what is selected, or of the host, or a comparison in words. */

import { announce, detailsOf } from "./details.js";
import { byId, fill, h } from "../dom.js";
import { endsOf } from "../union.js";
import { reportOf } from "./report.js";
import { mark, t } from "../i18n.js";

const LIFE_WORDS = { process: mark("The life of this process"), namespace: mark("The life of this namespace"), container: mark("The life of this container") };

/**
 * @typedef {import("../page.js").Page} Page
 * @typedef {import("../journey.js").Journey} Journey
 */

/** @param {Page} page @param {Journey} journey @param {import("./lives.js").Lives["open"]} onLife @param {(text: string) => void} say */
export function createAside(page, journey, onLife, say) {
  /** What the comparison says in words. @type {{report: import("./report.js").Report|null, problem: string}} */
  let told = { report: null, problem: "" };
  /** @type {import("../union.js").Union|null} */
  let toldOf = null;
  const app = byId("app");
  const body = byId("details-body");

  const reportHandlers = {
    onSelect: page.select,
    knows: (/** @type {string} */ key) => Boolean(page.union?.state.processes.has(key) || page.union?.state.containers.has(key) || page.union?.state.namespaces.has(key)),
    onCopy: copyLink,
    urlOf: (/** @type {"json"|"csv"|"markdown"} */ format) => journey.api?.reportUrl(page.view.from ?? 0, page.view.to ?? 0, format, journey.zone) ?? "",
    titleOf: (/** @type {string} */ id) => (id === "host" ? t("the host") : page.union?.state.containers.get(id)?.name || id.slice(0, 12)),
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
      const report = await journey.api.report(union.before.seq, union.after.seq);
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
    if (union && view.selected === null) return fill(body, reportOf(told.report, told.problem, endsOf(union), reportHandlers));
    const loads = page.arrived ? new Map() : page.store.loads;
    fill(body, detailsOf({ state, graph, loads, onSelect: page.select, onOpen: page.open, onLife, union }, view.selected) ?? noLonger(view.selected));
  }

  /** What is gone still has a life to tell. @param {string|null} key */
  function noLonger(key) {
    const kind = kindOf(key ?? "");
    return [
      h("header", { class: "details-head" }, h("p", { class: "kind" }, t("Selection")), h("h2", null, t("No longer there")), h("p", { class: "muted" }, page.arrived ? t("At this moment it was not there, or not any more.") : t("It ended or was removed; its record is in history.")),
        kind && h("p", null, h("button", { type: "button", class: "button", id: "life-open", click: () => onLife(kind, key ?? "") }, t(LIFE_WORDS[kind])))),
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
    if (page.view.selected !== null && page.state && page.graph) byId("announce").textContent = announce(page.state, page.graph, page.view.selected);
  });
  page.on("loads", () => page.view.selected && page.state?.containers.has(page.view.selected) && show());
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

/** @param {string} key @return {import("../url.js").LifeKind|null} */
function kindOf(key) {
  if (/^[0-9a-f]{64}$/.test(key)) return "container";
  if (/^[^:]+:\d+:\d+$/.test(key)) return "process";
  return /^[^:]+:[a-z]+:/.test(key) && !/^(hub|fold|group):/.test(key) ? "namespace" : null;
}
