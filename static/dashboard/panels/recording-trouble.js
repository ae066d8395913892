/** The banner that says that recording is interrupted. */

import { fill, h } from "../base/dom.js";
import { sayMoment } from "../base/times.js";
import { t } from "../base/i18n.js";

/** @param {HTMLElement} box @param {import("../model/types.js").Trouble} trouble @param {string} zone */
export function showTrouble(box, { text, since }, zone) {
  box.hidden = text === null;
  if (text === null) return;
  const when = since ? sayMoment(Date.parse(since), Date.now(), zone) : null;
  fill(
    box,
    h("strong", null, t("Recording is interrupted")),
    h("span", null, t(text)),
    when && h("span", { class: "muted" }, t("since {moment} ({utc})", { moment: when.local, utc: when.utc })),
  );
}
