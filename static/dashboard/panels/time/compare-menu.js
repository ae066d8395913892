/** The menu of what to compare with what. */

import { fill, h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../page/time-travel.js").TimeTravel} TimeTravel
 *
 * @typedef {object} Option
 * @property {string} id
 * @property {string} label
 * @property {string} detail
 * @property {() => void} run
 */

const HOUR = 3600_000;

/** @param {Page} page @param {TimeTravel} timeTravel @param {HTMLElement} menu */
export function showCompareMenu(page, timeTravel, menu) {
  const options = [...optionsWithNow(page, timeTravel), ...optionsOfTwo(timeTravel)];
  fill(
    menu,
    options.map((option) => optionButton(option, menu)),
    h("p", { class: "hint menu-hint" }, t("Or drag along the timeline with Shift held.")),
  );
}

/** A moment compared with now. @param {Page} page @param {TimeTravel} timeTravel @return {Option[]} */
function optionsWithNow(page, timeTravel) {
  const now = page.liveSeq ?? timeTravel.seqHere();
  const { boot, mark: latest } = timeTravel.latest;
  const compare = (/** @type {number} */ from) => void timeTravel.compareMoments(from, now);
  /** @type {Option[]} */
  const options = [
    {
      id: "compare-hour",
      label: t("The last hour"),
      detail: t("−1 h with now"),
      run: () => compare(Date.now() - HOUR),
    },
    {
      id: "compare-day",
      label: t("The last day"),
      detail: t("−24 h with now"),
      run: () => compare(Date.now() - 24 * HOUR),
    },
  ];
  if (boot) {
    const detail = t("its first state with now");
    options.push({ id: "compare-boot", label: t("Since the last boot"), detail, run: () => compare(boot.seq) });
  }
  if (latest) {
    const detail = latest.name || t("Snapshot {seq}", { seq: String(latest.seq) });
    options.push({ id: "compare-mark", label: t("Since the last snapshot"), detail, run: () => compare(latest.seq) });
  }
  if (page.arrived?.where.mode === "past") {
    const run = () => compare(timeTravel.seqHere());
    options.push({ id: "compare-now", label: t("This moment with now"), detail: t("A is here, B is now"), run });
  }
  return options;
}

/** Two moments that are chosen one after the other. @param {TimeTravel} timeTravel @return {Option[]} */
function optionsOfTwo(timeTravel) {
  /** @type {Option[]} */
  const options = [
    {
      id: "compare-a",
      label: t("Set A here"),
      detail: t("then go to another moment"),
      run: () => timeTravel.markHere(),
    },
  ];
  if (timeTravel.marked !== null) {
    const detail = t("A is snapshot {seq}", { seq: String(timeTravel.marked) });
    const run = () => timeTravel.compareWithMarked();
    options.push({ id: "compare-b", label: t("Set B here, and compare"), detail, run });
  }
  return options;
}

/** @param {Option} option @param {HTMLElement} menu */
function optionButton({ id, label, detail, run }, menu) {
  const click = () => {
    menu.hidePopover();
    run();
  };
  return h(
    "button",
    { type: "button", class: "option", role: "menuitem", id, click },
    h("span", { class: "option-name" }, label),
    detail && h("span", { class: "muted" }, detail),
  );
}
