/** The banner over the view that says which moment, or which two, the page shows; and the menu of what to compare. */

import { fill, h } from "../../base/dom.js";
import { sayMoment } from "../../base/times.js";
import { sayPast } from "./controls.js";
import { endsOf, tallyOf } from "../../model/comparison.js";
import { mark, number, t } from "../../base/i18n.js";
import { FATE_WORDS } from "../../model/words.js";
import { fateMark } from "../../widgets/pieces.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("./controls.js").Journey} Journey
 */

const SIDES = /** @type {const} */ ([
  ["before", mark("Before")],
  ["both", mark("Both")],
  ["after", mark("After")],
]);
const HOUR = 3600_000;

/** @param {Page} page @param {Journey} journey @param {HTMLElement} box @param {() => void} onReport  tell the comparison in words */
export function createBanner(page, journey, box, onReport) {
  function show() {
    box.hidden = page.arrived === null;
    box.dataset.mode = page.arrived?.where.mode ?? "live";
    const back = h(
      "button",
      {
        type: "button",
        class: "button primary small",
        id: "back-live",
        "data-focus": "back-live",
        title: t("Back to live (l)"),
        click: () => journey.go({ mode: "live" }),
      },
      t("Back to live"),
    );
    if (page.union) fill(box, ...comparison(page.union), back);
    else if (page.arrived) fill(box, past(page.arrived.states[0]), back);
    page.covered = box.hidden ? 0 : box.offsetHeight;
    page.tell("cover");
  }

  /** @param {import("../../model/store.js").State} state */
  function past(state) {
    const said = sayPast(Date.parse(state.taken_at), journey.zone, journey.away);
    return h(
      "span",
      { class: "banner-text" },
      h("strong", null, said.text),
      h("span", { class: "muted" }, said.utc),
      said.gone && h("span", { class: "warn" }, said.gone),
    );
  }

  /** @param {import("../../model/comparison.js").Union} union */
  function comparison(union) {
    const tally = tallyOf(union);
    const ends = endsOf(union);
    const [a, b] = [ends.before, ends.after].map((end) => sayMoment(end.at, Date.now(), journey.zone).local);
    return [
      h(
        "div",
        { class: "segmented small", id: "sides", role: "group", "aria-label": t("Which moment is drawn") },
        SIDES.map(([side, label]) =>
          h(
            "button",
            {
              type: "button",
              id: `side-${side}`,
              "data-focus": side,
              "aria-pressed": String(page.view.side === side),
              click: () => page.chooseSide(side),
            },
            t(label),
          ),
        ),
      ),
      h(
        "span",
        { class: "banner-text" },
        h("strong", null, `${a} → ${b}`),
        h(
          "span",
          {
            class: "tally",
            id: "tally",
            "data-came": tally.came,
            "data-went": tally.went,
            "data-changed": tally.changed,
          },
          /** @type {const} */ (["came", "went", "changed"]).map((fate) =>
            h("span", { class: `fate-count ${fate}` }, fateMark(fate), `${number(tally[fate])} ${FATE_WORDS[fate]}`),
          ),
        ),
      ),
      h(
        "button",
        {
          type: "button",
          class: "button small only-narrow",
          "data-focus": "report",
          id: "report-open",
          click: onReport,
        },
        t("In words"),
      ),
    ];
  }

  for (const topic of /** @type {const} */ (["host", "moment", "side"])) page.on(topic, show);
  return { show };
}

/** What may be compared from here. @param {Page} page @param {Journey} journey @param {HTMLElement} menu */
export function showCompareMenu(page, journey, menu) {
  const option = (
    /** @type {string} */ id,
    /** @type {string} */ label,
    /** @type {string} */ sub,
    /** @type {() => void} */ run,
  ) =>
    h(
      "button",
      {
        type: "button",
        class: "option",
        role: "menuitem",
        id,
        click: () => {
          menu.hidePopover();
          run();
        },
      },
      h("span", { class: "option-name" }, label),
      sub && h("span", { class: "muted" }, sub),
    );
  const { boot, mark: latest } = journey.latest;
  const now = page.liveSeq ?? journey.seqHere();
  fill(
    menu,
    option(
      "compare-hour",
      t("The last hour"),
      t("−1 h with now"),
      () => void journey.compareMoments(Date.now() - HOUR, now),
    ),
    option(
      "compare-day",
      t("The last day"),
      t("−24 h with now"),
      () => void journey.compareMoments(Date.now() - 24 * HOUR, now),
    ),
    boot &&
      option(
        "compare-boot",
        t("Since the last boot"),
        t("its first look with now"),
        () => void journey.compareMoments(boot.seq, now),
      ),
    latest &&
      option(
        "compare-mark",
        t("Since the last snapshot"),
        latest.name || t("Snapshot {seq}", { seq: String(latest.seq) }),
        () => void journey.compareMoments(latest.seq, now),
      ),
    page.arrived?.where.mode === "past" &&
      option(
        "compare-now",
        t("This moment with now"),
        t("A is here, B is now"),
        () => void journey.compareMoments(journey.seqHere(), now),
      ),
    option("compare-a", t("Set A here"), t("then go to another moment"), () => journey.markHere()),
    journey.marked !== null &&
      option("compare-b", t("Set B here, and compare"), t("A is snapshot {seq}", { seq: String(journey.marked) }), () =>
        journey.compareWithMarked(),
      ),
    h("p", { class: "hint menu-hint" }, t("Or drag along the timeline with Shift held.")),
  );
}
