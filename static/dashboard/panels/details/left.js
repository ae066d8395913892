/** That a container was left behind: in which namespace, by which container, since when, and how to mend it. */

import { h } from "../../base/dom.js";
import { leftOf, nameOfOther, sayLeft } from "../../model/left.js";
import { sayAgo, sayMoment } from "../../base/times.js";
import { t } from "../../base/i18n.js";
import { section } from "../../widgets/pieces.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("../../net/api.js").LeftBehind} LeftBehind
 */

const APART_MS = 60_000; // snapshots further apart leave open when it was

/** @param {Context} context @param {string} id @return {HTMLElement|null} */
export function leftBehind({ state, history, zone }, id) {
  const left = leftOf(state).get(id) ?? [];
  if (!left.length) return null;
  const told = history?.left ?? [];
  return section(
    t("Left behind"),
    left.map((one) => {
      const more = told.find(({ type }) => type === one.type);
      return h(
        "div",
        { class: "left-behind", "data-type": one.type },
        h(
          "p",
          { class: "warn" },
          t("It is {where}.", { where: sayLeft(one.type, more?.other_name ?? nameOfOther(one)) }),
        ),
        more && h("p", { class: "muted" }, saySince(more, zone)),
        more && h("p", { class: "mend" }, more.mend),
      );
    }),
  );
}

/** @param {LeftBehind} left @param {string} zone */
function saySince({ since, joined }, zone) {
  const now = Date.now();
  const say = (/** @type {string} */ at) => sayMoment(Date.parse(at), now, zone).local;
  if (since === null || joined === null) return t("Since when is not known: history never saw the two together.");
  if (Date.parse(since) - Date.parse(joined) > APART_MS)
    return t("Since some time between {from} and {to}.", { from: say(joined), to: say(since) });
  return t("Since {time}, {ago}.", { time: say(since), ago: sayAgo(Date.parse(since), now) });
}
