/** The strip under the graph: how much changed when, what started and stopped, where the agent was away, and where the reader is. */

import {
  barsOf,
  changesIn,
  createScale,
  gatherEvents,
  offsetOf,
  panSpan,
  sayTick,
  ticksOf,
  zoomSpan,
} from "../../model/time-scale.js";
import { s } from "../../base/dom.js";
import { saySpan, sayMoment } from "../../base/times.js";
import { mark, plural, t } from "../../base/i18n.js";

/**
 * @typedef {import("../../model/time-scale.js").Span} Span
 * @typedef {import("../../model/time-scale.js").Timeline} Timeline
 * @typedef {import("../../net/moment-loader.js").Where} Where
 *
 * @typedef {object} StripHandlers
 * @property {(at: number, done: boolean) => void} onScrub  to a moment; `done` once the hand lets go
 * @property {(seq: number) => void} onSeq  to one snapshot
 * @property {(from: number, to: number) => void} onRange  two moments to compare
 * @property {(span: Span) => void} onSpan  another stretch is looked at
 * @property {(key: string) => boolean} onKey  whether the key meant something
 *
 * @typedef {object} StripState
 * @property {Timeline|null} timeline
 * @property {Span} span
 * @property {Span} all
 * @property {Where} where
 * @property {number|null} at  the moment the page shows; null when live
 * @property {[number, number]|null} between  the two moments compared
 * @property {string} zone
 */

const TOP = 6;
const BARS = 34;
const EVENTS = TOP + BARS + 9;
const AXIS = TOP + BARS + 28;
export const STRIP_HEIGHT = 84;
/** @type {Record<string, string>} */
const EVENT_WORDS = {
  "container-started": mark("{name} started"),
  "container-stopped": mark("{name} stopped"),
  "container-restarted": mark("{name} restarted"),
  "container-removed": mark("{name} removed"),
};

/** @param {SVGElement} svg @param {StripHandlers} handlers */
export function createStrip(svg, handlers) {
  /** @type {StripState|null} */
  let state = null;
  let width = 1;
  /** @type {{from: number, to: number}|null} */
  let range = null; // drawn by hand just now
  /** @type {number|null} */
  let held = null; // where the hand holds the playhead
  let pending = 0;

  /** @param {PointerEvent|WheelEvent|MouseEvent} event */
  const momentOf = (event) =>
    createScale(/** @type {StripState} */ (state).span, width).at(event.clientX - svg.getBoundingClientRect().left);

  listen();

  function listen() {
    /** @type {Map<number, PointerEvent>} */
    const hands = new Map();
    /** @type {{kind: "scrub"|"range"|"pan"|"pinch", x: number, at: number, moved: boolean}|null} */
    let grip = null;
    svg.addEventListener("pointerdown", (event) => {
      if (!state || event.button) return;
      svg.setPointerCapture(event.pointerId);
      hands.set(event.pointerId, event);
      const low = event.clientY - svg.getBoundingClientRect().top > AXIS - 10;
      grip = {
        kind: hands.size > 1 ? "pinch" : event.shiftKey ? "range" : low ? "pan" : "scrub",
        x: event.clientX,
        at: momentOf(event),
        moved: false,
      };
      /** @type {any} */ (svg).focus({ preventScroll: true });
    });
    svg.addEventListener("pointermove", (event) => {
      if (!state || !grip) return;
      const before = hands.get(event.pointerId);
      if (!before) return;
      if (grip.kind === "pinch") pinch(hands, event);
      hands.set(event.pointerId, event);
      if (Math.abs(event.clientX - grip.x) > 3) grip.moved = true;
      if (!grip.moved || grip.kind === "pinch") return;
      const at = momentOf(event);
      if (grip.kind === "pan")
        handlers.onSpan(
          panSpan(
            state.span,
            -((event.clientX - before.clientX) / width) * (state.span.to - state.span.from),
            state.all,
          ),
        );
      else if (grip.kind === "range") range = { from: Math.min(grip.at, at), to: Math.max(grip.at, at) };
      else {
        held = Math.min(at, state.all.to);
        handlers.onScrub(held, false);
      }
      draw();
    });
    const release = (/** @type {PointerEvent} */ event) => {
      hands.delete(event.pointerId);
      const last = grip;
      grip = null;
      held = null;
      if (!state || !last || last.kind === "pinch") return;
      // The pointer is captured, so the event does not say what lies below it.
      const met = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-seq]");
      const under = met && svg.contains(met) ? met : null;
      if (!last.moved && under) handlers.onSeq(Number(under.getAttribute("data-seq")));
      else if (last.kind === "range" && range) handlers.onRange(range.from, range.to);
      else if (last.kind === "scrub" || !last.moved) handlers.onScrub(Math.min(momentOf(event), state.all.to), true);
      range = null;
      draw();
    };
    svg.addEventListener("pointerup", release);
    svg.addEventListener("pointercancel", release);
    svg.addEventListener(
      "wheel",
      (event) => {
        if (!state) return;
        event.preventDefault();
        const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
        if (sideways)
          handlers.onSpan(
            panSpan(
              state.span,
              ((event.deltaX || event.deltaY) / width) * (state.span.to - state.span.from),
              state.all,
            ),
          );
        else handlers.onSpan(zoomSpan(state.span, momentOf(event), 2 ** (-event.deltaY / 240), state.all));
      },
      { passive: false },
    );
    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !handlers.onKey(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Two fingers: apart is nearer. @param {Map<number, PointerEvent>} hands @param {PointerEvent} event */
  function pinch(hands, event) {
    if (!state || hands.size < 2) return;
    const other = [...hands.values()].find((hand) => hand.pointerId !== event.pointerId);
    const before = hands.get(event.pointerId);
    if (!other || !before) return;
    const [was, is] = [Math.abs(before.clientX - other.clientX), Math.abs(event.clientX - other.clientX)];
    if (was > 4 && is > 4)
      handlers.onSpan(
        zoomSpan(
          state.span,
          createScale(state.span, width).at((event.clientX + other.clientX) / 2 - svg.getBoundingClientRect().left),
          is / was,
          state.all,
        ),
      );
  }

  function draw() {
    if (pending) return;
    pending = requestAnimationFrame(() => {
      pending = 0;
      if (state) paint(state);
    });
  }

  /** @param {StripState} now */
  function paint(now) {
    const { timeline, span } = now;
    const scale = createScale(span, width);
    /** @type {(SVGElement|null)[]} */
    const parts = [hatching(), ...grid(now, width, scale.x)];
    if (timeline) {
      parts.push(...timeline.gaps.map((gap) => gapMark(gap, scale.x, width, now.zone)));
      parts.push(...bars(timeline, scale.x, now));
      parts.push(
        ...gatherEvents(
          timeline.events.filter((event) => inSight(scale.x(Date.parse(event.at)), width)),
          scale.x,
        ).map((group) => eventMark(group, now)),
      );
      parts.push(...markFlags(timeline, scale.x, width));
    }
    const between = range ? [range.from, range.to] : now.between;
    if (between) parts.push(...betweenMarks(between, scale.x, range === null, width));
    const at = held ?? now.at;
    if (!between && at !== null && inSight(scale.x(at), width)) parts.push(playhead(scale.x(at)));
    if (!between && at === null) parts.push(liveEdge(Math.min(width - 7, scale.x(now.all.to))));
    svg.replaceChildren(...parts.filter((part) => part !== null));
    svg.setAttribute("viewBox", `0 0 ${width} ${STRIP_HEIGHT}`);
    say(now, at);
  }

  /** For those who cannot see it, and for tests. @param {StripState} now @param {number|null} at */
  function say(now, at) {
    const words = at === null ? t("live") : sayMoment(at, now.all.to, now.zone);
    svg.setAttribute("aria-valuemin", String(Math.round(now.all.from)));
    svg.setAttribute("aria-valuemax", String(Math.round(now.all.to)));
    svg.setAttribute("aria-valuenow", String(Math.round(at ?? now.all.to)));
    svg.setAttribute("aria-valuetext", typeof words === "string" ? words : `${words.local}, ${words.utc}`);
    const { timeline } = now;
    for (const name of /** @type {const} */ (["buckets", "events", "gaps", "marks"]))
      svg.dataset[name] = String(timeline?.[name].length ?? 0);
    svg.dataset.from = String(Math.round(now.span.from));
    svg.dataset.to = String(Math.round(now.span.to));
  }

  return {
    /** @param {StripState} next */
    show(next) {
      state = next;
      draw();
    },
    resize() {
      width = Math.max(1, svg.getBoundingClientRect().width);
      draw();
    },
    get width() {
      return width;
    },
    /** @param {number} factor */
    zoomBy(factor) {
      if (!state) return;
      const middle = state.at ?? (state.span.from + state.span.to) / 2;
      handlers.onSpan(
        zoomSpan(state.span, Math.min(state.span.to, Math.max(state.span.from, middle)), factor, state.all),
      );
    },
  };
}

/** @param {number} x @param {number} width */
const inSight = (x, width) => x >= -8 && x <= width + 8;

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

/** The reader's clock below the line; UTC below it, where it is another. @param {StripState} now @param {number} width @param {(at: number) => number} x */
function grid({ span, all, zone }, width, x) {
  const { step, ticks } = ticksOf(span, width, (at) => offsetOf(at, zone));
  const double = zone !== "UTC" && offsetOf(span.from, zone) !== 0;
  const start = Math.max(0, x(all.from));
  return [
    s("line", { class: "axis", x1: start, x2: Math.min(width, x(all.to)), y1: TOP + BARS, y2: TOP + BARS }),
    ...ticks
      .flatMap((at) => [
        s("line", { class: "tick", x1: x(at), x2: x(at), y1: TOP, y2: AXIS - 12 }),
        s(
          "text",
          { class: "tick-text", x: x(at), y: AXIS, "text-anchor": anchor(x(at), width) },
          sayTick(at, step, zone),
        ),
        double
          ? s(
              "text",
              { class: "tick-text utc", x: x(at), y: AXIS + 11, "text-anchor": anchor(x(at), width) },
              `${sayTick(at, step, "UTC")} UTC`,
            )
          : null,
      ])
      .filter((part) => part !== null),
  ];
}

/** @param {number} x @param {number} width */
const anchor = (x, width) => (x < 24 ? "start" : x > width - 24 ? "end" : "middle");

/** @param {{from: string, to: string}} gap @param {(at: number) => number} x @param {number} width @param {string} zone */
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

/** Every kind has a shape of its own. @param {{kind: string, x: number, events: import("../../model/time-scale.js").TimelineEvent[]}} group @param {StripState} now */
function eventMark({ kind, x, events }, { zone, all }) {
  const y = EVENTS;
  const lines = events.slice(0, 6).map((event) => {
    const when = sayMoment(Date.parse(event.at), all.to, zone);
    return `${when.local} (${when.utc}): ${event.text ?? (kind === "boot" ? t("the host booted") : t(EVENT_WORDS[kind] ?? kind, { name: event.name || event.id.slice(0, 12) }))}`;
  });
  if (events.length > 6) lines.push(t("and {count} more", { count: events.length - 6 }));
  return s(
    "g",
    {
      class: `event ${kind}`,
      "data-kind": kind,
      "data-seq": events[events.length - 1].seq,
      "data-count": events.length,
    },
    s("rect", { x: x - 7, y: y - 8, width: 14, height: 16, class: "event-room" }),
    shapeOf(kind, x, y),
    events.length > 1 ? s("text", { x: x + 6, y: y + 3.5, class: "event-count" }, events.length) : null,
    s("title", null, lines.join("\n")),
  );
}

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
  if (kind === "boot")
    return s("path", {
      class: "shape-boot",
      d: `M${x} ${TOP - 2}V${y + 5}M${x} ${y - 4}H${x + 8}L${x + 5} ${y - 1}L${x + 8} ${y + 2}H${x}`,
    });
  return s("path", {
    class: "shape-removed",
    d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}`,
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
        s(
          "title",
          null,
          `${flag.name || t("Snapshot {seq}", { seq: String(flag.seq) })}${flag.pinned ? ` (${t("pinned")})` : ""}${flag.note ? `\n${flag.note}` : ""}`,
        ),
      );
    });
}

/** @param {number} x */
function playhead(x) {
  return s(
    "g",
    { class: "playhead", "data-kind": "playhead" },
    s("line", { x1: x, x2: x, y1: 0, y2: AXIS - 12 }),
    s("path", { d: `M${x - 6} 0h12v6l-6 7l-6 -7z` }),
  );
}

/** @param {number} x */
function liveEdge(x) {
  return s(
    "g",
    { class: "live-edge", "data-kind": "live" },
    s("line", { x1: x, x2: x, y1: TOP - 2, y2: TOP + BARS }),
    s("circle", { cx: x, cy: TOP + BARS, r: 4.5 }),
  );
}

/** @param {number[]} between @param {(at: number) => number} x @param {boolean} still @param {number} width */
function betweenMarks([from, to], x, still, width) {
  const inside = (/** @type {number} */ at) => Math.min(width - 9, Math.max(9, x(at)));
  const flag = (/** @type {number} */ at, /** @type {string} */ name) =>
    s(
      "g",
      { class: "end", "data-kind": `end-${name}` },
      s("line", { x1: x(at), x2: x(at), y1: 0, y2: AXIS - 12 }),
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

/** @param {Timeline} timeline */
export function sayLeftOut({ events_left_out: left = 0 }) {
  return left
    ? plural(left, "{count} older event in this stretch not drawn", "{count} older events in this stretch not drawn")
    : "";
}
