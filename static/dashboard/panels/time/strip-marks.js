/** The elements of the timeline: its grid, bars, absences, bookmarks and playhead. */

import { barsOf, changesIn, offsetOf, sayTick, ticksOf } from "../../model/time-scale.js";
import { t } from "../../base/i18n.js";
import { sayPercent } from "../../model/vitals/vitals.js";
import { LANES_HEIGHT, eventRow } from "./event-marks.js";
import { s } from "../../base/dom.js";
import { saySpan, sayMoment } from "../../base/times.js";

/**
 * @typedef {import("../../model/time-scale.js").Timeline} Timeline
 * @typedef {import("./strip.js").StripState} StripState
 */

const TOP = 6;
const BARS = 34;
export const EVENTS = TOP + BARS + 9;
const AXIS = TOP + BARS + 28;

/** Where the labels of times stand: below the lanes, where these are open. @param {{lanes: boolean}} state */
export const axisOf = ({ lanes }) => AXIS + (lanes ? LANES_HEIGHT : 0);
/**
 * Everything that the timeline shows of its span.
 * @param {StripState} state
 * @param {number} width
 * @param {(at: number) => number} x
 */
export function stripMarks(state, width, x) {
  const { timeline, zone } = state;
  const marks = [hatching(), ...grid(state, width, x)];
  if (!timeline) return marks;
  return [
    ...marks,
    ...timeline.gaps.map((gap) => gapMark(gap, x, width, zone)),
    ...processorLine(timeline, x),
    ...bars(timeline, x, state),
    ...eventRow(state, width, x, EVENTS),
    ...markFlags(timeline, x, width),
  ];
}

/**
 * The use of the host's processors, behind the bars: the height is 100 %. Where no mean is known, there is no line.
 * @param {Timeline} timeline
 * @param {(at: number) => number} x
 */
function processorLine({ vitals = [] }, x) {
  let [d, end, most] = ["", Number.NaN, 0];
  for (const { at, until, host } of vitals) {
    if (host?.cpu == null) continue;
    const [from, to] = [Date.parse(at), Date.parse(until)];
    const y = (TOP + BARS * (1 - Math.min(100, host.cpu) / 100)).toFixed(1);
    d += `${from - end < to - from ? "L" : "M"}${x(from).toFixed(1)} ${y}L${x(to).toFixed(1)} ${y}`;
    [end, most] = [to, Math.max(most, host.cpu)];
  }
  if (!d) return [];
  const words = t("CPU of the host, at most {percent}", { percent: sayPercent(most) });
  return [s("path", { class: "processor-line", "data-kind": "cpu", d }, s("title", null, words))];
}

/** @param {number} x @param {number} width */
export const inSight = (x, width) => x >= -8 && x <= width + 8;

function hatching() {
  return s(
    "defs",
    null,
    s(
      "pattern",
      { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("line", { x1: 0, y1: 0, x2: 0, y2: 7, class: "hatch-line" }),
    ),
  );
}

/**
 * Times in the reader's zone below the line, and in UTC below them if the zone is another.
 * @param {StripState} state
 * @param {number} width
 * @param {(at: number) => number} x
 */
function grid(state, width, x) {
  const { span, all, zone } = state;
  const axis = axisOf(state);
  const { step, ticks } = ticksOf(span, width, (at) => offsetOf(at, zone));
  const double = zone !== "UTC" && offsetOf(span.from, zone) !== 0;
  const start = Math.max(0, x(all.from));
  return [
    s("line", { class: "axis", x1: start, x2: Math.min(width, x(all.to)), y1: TOP + BARS, y2: TOP + BARS }),
    ...ticks
      .flatMap((at) => [
        s("line", { class: "tick", x1: x(at), x2: x(at), y1: TOP, y2: axis - 12 }),
        s(
          "text",
          { class: "tick-text", x: x(at), y: axis, "text-anchor": anchor(x(at), width) },
          sayTick(at, step, zone),
        ),
        double
          ? s(
              "text",
              { class: "tick-text utc", x: x(at), y: axis + 11, "text-anchor": anchor(x(at), width) },
              `${sayTick(at, step, "UTC")} UTC`,
            )
          : null,
      ])
      .filter((part) => part !== null),
  ];
}

/** @param {number} x @param {number} width */
const anchor = (x, width) => (x < 24 ? "start" : x > width - 24 ? "end" : "middle");

/**
 * @param {{from: string, to: string}} gap
 * @param {(at: number) => number} x
 * @param {number} width
 * @param {string} zone
 */
function gapMark(gap, x, width, zone) {
  const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)];
  const [l, r] = [Math.max(0, x(from)), Math.min(width, Math.max(x(to), x(from) + 3))];
  if (r <= 0 || l >= width) return null;
  const words = t("no agent {span}", { span: saySpan(from, to, zone) });
  return s(
    "g",
    { class: "gap", "data-kind": "gap" },
    s("rect", { x: l, y: TOP - 2, width: r - l, height: BARS + 2, class: "gap-ground" }),
    s("rect", { x: l, y: TOP - 2, width: r - l, height: BARS + 2, fill: "url(#hatch)" }),
    r - l > 132
      ? s("text", { x: (l + r) / 2, y: TOP + BARS / 2 + 4, "text-anchor": "middle", class: "gap-text" }, words)
      : null,
    s("title", null, words),
  );
}

/** @param {Timeline} timeline @param {(at: number) => number} x @param {StripState} now */
function bars(timeline, x, { zone, all }) {
  const wide = Math.max(2, Math.min(14, x(timeline.bucket_s * 1000) - x(0) - 1));
  return barsOf(timeline.buckets)
    .filter(({ bucket }) => changesIn(bucket) > 0)
    .map(({ bucket, at, share }) => {
      const height = Math.max(3, share * (BARS - 4));
      const when = sayMoment(at, all.to, zone);
      const words = [
        bucket.added && t("+{count} came", { count: bucket.added }),
        bucket.removed && t("−{count} went", { count: bucket.removed }),
        bucket.changed && t("~{count} changed", { count: bucket.changed }),
      ]
        .filter(Boolean)
        .join(", ");
      return s(
        "rect",
        { class: "bar-mark", x: x(at), y: TOP + BARS - height, width: wide, height, rx: Math.min(2, wide / 2) },
        s("title", null, `${when.local} (${when.utc}): ${words}`),
      );
    });
}

/** @param {Timeline} timeline @param {(at: number) => number} x @param {number} width */
function markFlags(timeline, x, width) {
  let free = -Infinity;
  return timeline.marks
    .filter((flag) => inSight(x(Date.parse(flag.at)), width))
    .map((flag) => {
      const at = x(Date.parse(flag.at));
      const label = flag.name.slice(0, 24);
      const room = at > free && label && at < width - label.length * 6 - 14;
      if (room) free = at + label.length * 6.2 + 22;
      return s(
        "g",
        {
          class: flag.pinned ? "flag pinned" : "flag",
          "data-kind": "mark",
          "data-seq": flag.seq,
          "data-mark": flag.id,
        },
        s("line", { x1: at, x2: at, y1: TOP - 4, y2: TOP + BARS, class: "flag-pole" }),
        s("path", { d: `M${at - 5} ${TOP - 6}h10v6l-5 5l-5 -5z`, class: "flag-head" }),
        room ? s("text", { x: at + 9, y: TOP + 4, class: "flag-text" }, label) : null,
        s("title", null, sayFlag(flag)),
      );
    });
}

/** @param {import("../../model/time-scale.js").TimelineMark} flag */
function sayFlag({ name, note, pinned, seq }) {
  const title = name || t("Snapshot {seq}", { seq: String(seq) });
  return `${title}${pinned ? ` (${t("pinned")})` : ""}${note ? `\n${note}` : ""}`;
}

/** @param {number} x @param {number} bottom */
export function playhead(x, bottom) {
  return s(
    "g",
    { class: "playhead", "data-kind": "playhead" },
    s("line", { x1: x, x2: x, y1: 0, y2: bottom - 12 }),
    s("path", { d: `M${x - 6} 0h12v6l-6 7l-6 -7z` }),
  );
}

/** @param {number} x */
export function liveEdge(x) {
  return s(
    "g",
    { class: "live-edge", "data-kind": "live" },
    s("line", { x1: x, x2: x, y1: TOP - 2, y2: TOP + BARS }),
    s("circle", { cx: x, cy: TOP + BARS, r: 4.5 }),
  );
}

/**
 * @param {number[]} between
 * @param {(at: number) => number} x
 * @param {boolean} still
 * @param {{width: number, bottom: number}} size
 */
export function betweenMarks([from, to], x, still, { width, bottom }) {
  const inside = (/** @type {number} */ at) => Math.min(width - 9, Math.max(9, x(at)));
  const flag = (/** @type {number} */ at, /** @type {string} */ name) =>
    s(
      "g",
      { class: "end", "data-kind": `end-${name}` },
      s("line", { x1: x(at), x2: x(at), y1: 0, y2: bottom - 12 }),
      s("circle", { cx: inside(at), cy: 8, r: 8 }),
      s("text", { x: inside(at), y: 12, "text-anchor": "middle" }, name),
    );
  return [
    s("rect", {
      class: "between",
      "data-kind": "between",
      x: x(from),
      y: TOP - 4,
      width: Math.max(2, x(to) - x(from)),
      height: BARS + 4,
    }),
    ...(still ? [flag(from, "A"), flag(to, "B")] : []),
  ];
}
