/** The banner that says that recording is interrupted. */

import { fill, h } from "../base/dom.js";
import { sayMoment } from "../base/times.js";
import { t } from "../base/i18n.js";

/** @param {import("../page/page.js").Page} page @param {HTMLElement} banner @param {string} zone */
export function createTroubleBanner(page, banner, zone) {
  page.on("trouble", () => show(banner, page.trouble, zone));
}

/** @param {HTMLElement} banner @param {import("../model/types.js").Trouble} trouble @param {string} zone */
function show(banner, { text, since }, zone) {
  banner.hidden = text === null;
  if (text === null) return;
  const when = since ? sayMoment(Date.parse(since), Date.now(), zone) : null;
  fill(
    banner,
    h("strong", null, t("Recording is interrupted")),
    h("span", null, t(text)),
    when && h("span", { class: "muted" }, t("since {moment} ({utc})", { moment: when.local, utc: when.utc })),
  );
}
