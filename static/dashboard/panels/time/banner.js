/** The banner over the view: it says which moment, or which two, the page shows. */

import { fill, h } from "../../base/dom.js";
import { sayMoment } from "../../base/times.js";
import { pastText } from "../../base/time-text.js";
import { endsOf } from "../../model/comparison.js";
import { mark, t } from "../../base/i18n.js";
import { headlineCounts } from "../comparison-headlines.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../../model/comparison.js").Union} Union
 */

const SIDES = /** @type {const} */ ([
  ["before", mark("Before")],
  ["both", mark("Both")],
  ["after", mark("After")],
]);

/**
 * @param {Page} page
 * @param {TimeTravel} timeTravel
 * @param {HTMLElement} box
 * @param {() => void} onReport  show the comparison in words
 */
export function createBanner(page, timeTravel, box, onReport) {
  return new Banner(page, timeTravel, box, onReport);
}

class Banner {
  /**
   * @param {Page} page
   * @param {TimeTravel} timeTravel
   * @param {HTMLElement} box
   * @param {() => void} onReport
   */
  constructor(page, timeTravel, box, onReport) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.box = box;
    this.onReport = onReport;
    for (const topic of /** @type {const} */ (["host", "moment", "side", "report"])) page.on(topic, () => this.show());
  }

  show() {
    const { box, page } = this;
    const { arrived, union } = page;
    box.hidden = arrived === null;
    box.dataset.mode = arrived?.where.mode ?? "live";
    if (union) fill(box, ...this.#comparison(union), this.#backButton());
    else if (arrived) fill(box, this.#past(arrived.states[0]), this.#backButton());
    page.covered = box.hidden ? 0 : box.offsetHeight;
    page.emit("cover");
  }

  #backButton() {
    const props = {
      type: "button",
      class: "button primary small",
      id: "back-live",
      "data-focus": "back-live",
      title: t("Back to live (l)"),
      click: () => this.timeTravel.go({ mode: "live" }),
    };
    return h("button", props, t("Back to live"));
  }

  /** @param {import("../../model/store.js").State} state */
  #past(state) {
    const { zone, away } = this.timeTravel;
    const said = pastText(Date.parse(state.taken_at), zone, away);
    return h(
      "span",
      { class: "banner-text" },
      h("strong", null, said.text),
      h("span", { class: "muted" }, said.utc),
      said.gone && h("span", { class: "warn" }, said.gone),
    );
  }

  /** @param {Union} union */
  #comparison(union) {
    const { before, after } = endsOf(union);
    const [a, b] = [before, after].map(({ at }) => sayMoment(at, Date.now(), this.timeTravel.zone).local);
    const report = { class: "button small only-narrow", "data-focus": "report", id: "report-open" };
    const label = t("Which moment is drawn");
    const { view } = this.page;
    const changes = {
      type: "button",
      class: "button small toggle",
      id: "changes-only",
      "data-focus": "changes-only",
      title: t("In the matrix and the table, only what changed"),
      click: () => this.page.chooseChanges(!view.changes),
    };
    return [
      h(
        "div",
        { class: "segmented small", id: "sides", role: "group", "aria-label": label },
        SIDES.map(([side, name]) => this.#sideButton(side, t(name))),
      ),
      h("span", { class: "banner-text" }, h("strong", null, `${a} → ${b}`), this.#tally()),
      h("button", { ...changes, "aria-pressed": String(view.changes) }, t("Changes only")),
      h("button", { type: "button", ...report, click: this.onReport }, t("In words")),
    ];
  }

  /** What happened to how many containers, as the report counts them. */
  #tally() {
    const { report } = this.page;
    return h(
      "span",
      { class: "tally", id: "tally" },
      report ? headlineCounts(report.headlines ?? []) : t("Comparing…"),
    );
  }

  /** @param {import("../../model/comparison.js").Side} side @param {string} name */
  #sideButton(side, name) {
    const props = {
      type: "button",
      id: `side-${side}`,
      "data-focus": side,
      "aria-pressed": String(this.page.view.side === side),
      click: () => this.page.chooseSide(side),
    };
    return h("button", props, name);
  }
}
