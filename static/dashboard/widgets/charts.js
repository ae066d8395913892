/**
 * Small charts of what a container uses: a line of the last five minutes, its limit, and the value under the pointer.
 */

import { WHATS, WHAT_WORDS, plot, sayAmount, sayUse } from "../model/usage.js";
import { h, s } from "../base/dom.js";
import { section } from "./pieces.js";
import { sayClock } from "../base/times.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {import("../model/usage.js").Point} Point
 * @typedef {import("../model/usage.js").What} What
 * `limits`: null where there can be none, as for several together.
 * @typedef
 *   {{points: Point[], limits: Record<What, number|null>|null, staleSince: number|null, now: number, zone: string}}
 *   Charted
 */

const WIDTH = 300;
const HEIGHT = 36;

/** @param {string} title @param {Charted} charted @return {HTMLElement|null} null: nothing is known */
export function chartsOf(title, charted) {
  const { points, limits, staleSince, zone } = charted;
  const known = WHATS.filter(
    (what) => (limits && limits[what] !== null) || points.some((point) => point[what] !== null),
  );
  if (!known.length) return null;
  return section(
    title,
    h(
      "div",
      { class: staleSince === null ? "charts" : "charts stale" },
      known.map((what) => chartOf(what, charted)),
    ),
    staleSince === null
      ? null
      : h("p", { class: "hint warn" }, t("No measurement since {moment}.", { moment: sayClock(staleSince, zone) })),
  );
}

/** @param {What} what @param {Charted} charted */
function chartOf(what, { points, limits, now, zone }) {
  const limit = limits ? limits[what] : null;
  const last = points.findLast((point) => point[what] !== null);
  const words = sayUse(last ? Number(last[what]) : null, limits ? limit : undefined, what);
  const said = h("span", { class: "chart-words" }, words);
  const full = limit !== null && last !== undefined && Number(last[what]) > limit * 0.9;
  return h(
    "figure",
    { class: full ? "chart full" : "chart", "data-what": what },
    h("figcaption", null, h("span", { class: "chart-name" }, t(WHAT_WORDS[what])), said),
    points.length
      ? lineOf(what, plot(points, what, { width: WIDTH, height: HEIGHT, limit, now }), said, words, zone)
      : null,
  );
}

/**
 * @param {What} what
 * @param {ReturnType<typeof plot>} plotted
 * @param {HTMLElement} said
 * @param {string} words
 * @param {string} zone
 */
function lineOf(what, { spots, limitAt }, said, words, zone) {
  const path = spots.map(({ x, y }, index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const [first, last] = [spots[0], spots.at(-1)];
  const cursor = s("line", { class: "chart-cursor", y1: 0, y2: HEIGHT, x1: -9, x2: -9 });
  const svg = s(
    "svg",
    {
      class: "chart-line",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `${t(WHAT_WORDS[what])}: ${words}`,
    },
    s("line", { class: "chart-ground", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
    first && last
      ? s("path", { class: "chart-area", d: `${path}L${last.x.toFixed(1)} ${HEIGHT}L${first.x.toFixed(1)} ${HEIGHT}Z` })
      : null,
    s("path", { class: "chart-path", d: path }),
    limitAt === null ? null : s("line", { class: "chart-limit", x1: 0, x2: WIDTH, y1: limitAt, y2: limitAt }),
    cursor,
  );
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / Math.max(1, box.width)) * WIDTH;
    const near = spots.reduce((best, spot) => (Math.abs(spot.x - at) < Math.abs(best.x - at) ? spot : best), spots[0]);
    if (!near) return;
    said.textContent = `${sayClock(near.at, zone)} · ${sayAmount(near.value, what)}`;
    cursor.setAttribute("x1", String(near.x));
    cursor.setAttribute("x2", String(near.x));
  });
  svg.addEventListener("pointerleave", () => {
    said.textContent = words;
    cursor.setAttribute("x1", "-9");
    cursor.setAttribute("x2", "-9");
  });
  return svg;
}
