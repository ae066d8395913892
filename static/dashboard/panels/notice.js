/** The notice above the view. The reader can close it, for this host and until the page is opened again. */

import { fill, h } from "../base/dom.js";
import { isSilent } from "../model/standing.js";
import { noticeOf } from "../page/notices.js";
import { t } from "../base/i18n.js";

/** @param {import("../net/live-state.js").Step} step */
function lineOf(step) {
  if (step === "reconnecting") return "lost";
  return step === "live" || step === "out-of-step" ? "open" : "none";
}

/** @param {import("../page/page.js").Page} page @param {{where: {mode: string}}} timeTravel @param {HTMLElement} box */
export function createNotice(page, timeTravel, box) {
  /** @type {Set<string>} */
  const read = new Set();
  let shown = "";

  function show() {
    const notice =
      page.state &&
      noticeOf({
        state: page.state,
        live: timeTravel.where.mode === "live",
        silent: isSilent(page.standing.heardAt, Date.now(), page.row?.interval_s ?? 5),
        line: lineOf(page.step),
        imported: Boolean(page.row?.imported),
      });
    const name = notice ? `${page.view.host} ${notice.name}` : "";
    box.hidden = notice === null || read.has(name);
    if (box.hidden || !notice) return void (shown = "");
    if (name + notice.text === shown) return; // do not replace a button that may be pressed now
    shown = name + notice.text;
    fill(
      box,
      h(
        "span",
        { class: "banner-text" },
        h("strong", null, notice.title),
        h("span", null, notice.text),
        notice.command && h("code", null, notice.command),
      ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          id: "notice-close",
          "aria-label": t("Dismiss this notice"),
          title: t("Dismiss this notice"),
          click: () => {
            read.add(name);
            show();
          },
        },
        "×",
      ),
    );
    box.dataset.notice = notice.name;
  }

  for (const topic of /** @type {const} */ (["state", "connection", "moment"])) page.on(topic, show);
  setInterval(show, 1000);
}
