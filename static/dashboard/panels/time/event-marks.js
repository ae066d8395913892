/** The events of the timeline: one mark for those of some pixels, in one row, or in a lane for each kind. */

import { binEvents } from "../../model/time-scale.js";
import { mark, t } from "../../base/i18n.js";
import { s } from "../../base/dom.js";
import { sayMoment } from "../../base/times.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("../../model/time-scale.js").TimelineEvent} TimelineEvent
 * @typedef {import("./strip.js").StripState} StripState
 */

const LISTED = 8; // events that a mark names; it counts the others
const LANE = 20;

/** The lanes: a name, and the kinds of events in it. @type {[string, (kind: string) => boolean][]} */
const LANES = [
  [mark("containers"), (kind) => kind.startsWith("container-") || kind === "boot"],
  [mark("exec"), (kind) => kind === "exec"],
  [mark("sharing"), (kind) => kind.startsWith("sharing-") || kind === "namespace-joined"],
  [mark("gaps"), (kind) => kind.startsWith("gap-")],
];

/** How much higher the timeline is with lanes than with one row. */
export const LANES_HEIGHT = (LANES.length - 1) * LANE;

/** @type {Record<string, string>} */
const EVENT_WORDS = {
  "container-started": mark("{name} started"),
  "container-stopped": mark("{name} stopped"),
  "container-restarted": mark("{name} restarted"),
  "container-removed": mark("{name} removed"),
};

/**
 * @param {StripState} state
 * @param {number} width
 * @param {(at: number) => number} x
 * @param {number} y  of the row, or of the first lane
 */
export function eventRow(state, width, x, y) {
  const inSight = (/** @type {TimelineEvent} */ { at }) => x(Date.parse(at)) >= -8 && x(Date.parse(at)) <= width + 8;
  const events = (state.timeline?.events ?? []).filter(inSight);
  if (!state.lanes) return binEvents(events, x).map((bin) => eventMark(bin, y, state));
  return LANES.flatMap(([name, holds], index) => {
    const at = y + index * LANE;
    const inside = events.filter(({ kind }) => holds(kind));
    return [
      s("line", { class: "lane", x1: 0, x2: width, y1: at + LANE / 2, y2: at + LANE / 2 }),
      ...binEvents(inside, x).map((bin) => eventMark(bin, at, state)),
      s("text", { class: "lane-name", x: 4, y: at + 4 }, inside.length ? `${t(name)} ${inside.length}` : t(name)),
    ];
  });
}

/** @param {TimelineEvent} event */
function sayEvent({ kind, name, id }) {
  if (kind === "boot") return t("the host booted");
  return t(EVENT_WORDS[kind] ?? kind, { name: name || shortId(id) });
}

/**
 * Every kind has a shape of its own.
 * @param {import("../../model/time-scale.js").EventBin} bin
 * @param {number} y
 * @param {StripState} now
 */
function eventMark({ kind, x, seq, events }, y, { zone, all }) {
  const lines = events.slice(0, LISTED).map((event) => {
    const when = sayMoment(Date.parse(event.at), all.to, zone);
    return `${when.local} (${when.utc}): ${event.text ?? sayEvent(event)}`;
  });
  if (events.length > LISTED) lines.push(t("and {count} more", { count: events.length - LISTED }));
  return s(
    "g",
    { class: `event ${kind}`, "data-kind": kind, "data-seq": seq, "data-count": events.length },
    s("rect", { x: x - 7, y: y - 8, width: 14, height: 16, class: "event-room" }),
    shapeOf(kind, x, y),
    events.length > 1 ? s("text", { x: x + 6, y: y + 3.5, class: "event-count" }, sayCount(events.length)) : null,
    s("title", null, lines.join("\n")),
  );
}

/** Short enough for its bin. @param {number} count */
const sayCount = (count) => (count > 99 ? "99+" : count);

/** @param {string} kind @param {number} x @param {number} y */
function shapeOf(kind, x, y) {
  if (kind === "container-started")
    return s("path", { class: "shape-started", d: `M${x - 4.5} ${y + 4}L${x} ${y - 5}L${x + 4.5} ${y + 4}Z` });
  if (kind === "container-stopped")
    return s("rect", { class: "shape-stopped", x: x - 3.5, y: y - 3.5, width: 7, height: 7 });
  if (kind === "container-restarted")
    return s("path", {
      class: "shape-restarted",
      d: `M${x} ${y - 5.5}L${x + 5.5} ${y}L${x} ${y + 5.5}L${x - 5.5} ${y}Z`,
    });
  if (kind === "exec") return s("circle", { class: "shape-exec", cx: x, cy: y, r: 3.2 });
  if (kind.startsWith("sharing-"))
    return s("path", {
      class: kind === "sharing-began" ? "shape-sharing" : "shape-sharing ended",
      d: `M${x - 5} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0M${x - 1} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`,
    });
  if (kind === "namespace-joined")
    return s("path", {
      class: "shape-joined",
      d: `M${x - 5} ${y}H${x + 4}M${x + 1} ${y - 3.5}L${x + 4.5} ${y}L${x + 1} ${y + 3.5}`,
    });
  if (kind.startsWith("gap-"))
    return s("path", {
      class: kind === "gap-began" ? "shape-gap" : "shape-gap ended",
      d: `M${x - 5} ${y - 3}v6M${x + 5} ${y - 3}v6M${x - 5} ${y}h2.5M${x + 2.5} ${y}h2.5`,
    });
  if (kind === "boot")
    return s("path", {
      class: "shape-boot",
      d: `M${x} ${y - 9}V${y + 5}M${x} ${y - 4}H${x + 8}L${x + 5} ${y - 1}L${x + 8} ${y + 2}H${x}`,
    });
  return s("path", {
    class: "shape-removed",
    d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}`,
  });
}
