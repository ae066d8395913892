/** What stands around a picture: title, moment, counts, legend and notes; and how large all of it is. Pure. */

import { counted } from "../model/words.js";
import { number, plural, t } from "../base/i18n.js";
import { setLegend } from "./legend.js";
import { shorten, widthOf } from "../draw/geometry.js";
import { tallyOf } from "../model/comparison.js";
import { writeSvg } from "../draw/svg.js";

/**
 * @typedef {import("../views/graph/scene.js").Item} Item
 * @typedef {import("../draw/geometry.js").Rect} Rect
 * @typedef {import("../model/store.js").State} State
 * @typedef {{items: Item[], height: number}} Part
 *
 * @typedef {object} Sight  the part of the page that is in sight
 * @property {Record<string, [number, number]>} places
 * @property {Rect} rect  in the graph's own units
 * @property {number} zoom
 *
 * @typedef {object} Subject  what is drawn
 * @property {State} state
 * @property {State[]} shown  the states it is made of, as they are shown
 * @property {State} named  `state` with the names that things have
 * @property {import("../model/comparison.js").Union|null} union
 * @property {import("./options.js").PictureOptions} options
 *
 * @typedef {object} Content  what stands in the frame
 * @property {(aspect: number) => {items: Item[], bounds: Rect}} draw
 * @property {import("./legend.js").Chapter[]} legend
 * @property {string[]} notes  what the reader should know of it
 * @property {string[]} alternative  what it shows, in sentences
 */

const ASPECT = 1.5; // of a picture whose size nobody asked for
const MARGIN = 28;
const ROOM = 24; // around what is in sight
const LEAST_WIDTH = 760;
const LEAST_BODY = 120;
const MOST_ZOOM = 1.5;
const PLAIN_WIDTH = 1400; // the frame of a wider picture is written larger, so that it can be read when all of it is seen
const SMALL = 12;
const LINE = 18;

/** @param {Subject} subject @param {Content} content @param {Sight|null} sight @return {{svg: string, width: number, height: number}} */
export function frameAround(subject, content, sight) {
  const { size } = subject.options;
  if (sight) {
    const drawn = content.draw(ASPECT);
    return compose(subject, content, {
      ...drawn,
      rect: within(sight.rect, drawn.bounds),
      k: sight.zoom,
      clipped: true,
    });
  }
  if (!size) {
    const drawn = content.draw(ASPECT);
    return compose(subject, content, { ...drawn, rect: drawn.bounds, k: 1, clipped: false });
  }
  const unit = unitOf(size.w);
  const { head, foot } = partsOf(subject, content, size.w / unit);
  const room = { w: size.w - 2 * MARGIN * unit, h: Math.max(LEAST_BODY, size.h - (head.height + foot.height) * unit) };
  const drawn = content.draw(room.w / room.h);
  const k = Math.min(MOST_ZOOM, room.w / drawn.bounds.w, room.h / drawn.bounds.h);
  return compose(subject, content, { ...drawn, rect: drawn.bounds, k, clipped: false });
}

/** What of a part is not empty. @param {Rect} part @param {Rect} bounds @return {Rect} */
function within(part, bounds) {
  const [l, t] = [Math.max(part.x, bounds.x - ROOM), Math.max(part.y, bounds.y - ROOM)];
  const [r, b] = [
    Math.min(part.x + part.w, bounds.x + bounds.w + ROOM),
    Math.min(part.y + part.h, bounds.y + bounds.h + ROOM),
  ];
  return r > l && b > t ? { x: l, y: t, w: r - l, h: b - t } : part;
}

/** @param {number} width */
const unitOf = (width) => Math.max(0.8, Math.min(3, width / PLAIN_WIDTH));

/** @typedef {{items: Item[], rect: Rect, k: number, clipped: boolean}} Body  `rect`: what of the items is seen, in their own units */

/** @param {Subject} subject @param {Content} content @param {Body} body */
function compose(subject, content, { items, rect, k, clipped }) {
  const { options } = subject;
  const least = Math.max(LEAST_WIDTH, rect.w * k + 2 * MARGIN);
  const width = options.size?.w ?? Math.ceil(Math.max(least, rect.w * k + 2 * MARGIN * unitOf(least)));
  const unit = options.size || width > PLAIN_WIDTH ? unitOf(width) : 1;
  const { head, foot } = partsOf(subject, content, width / unit);
  const height = options.size?.h ?? Math.ceil((head.height + foot.height) * unit + rect.h * k);
  const room = { x: 0, y: head.height * unit, w: width, h: height - (head.height + foot.height) * unit };
  const left = room.x + (room.w - rect.w * k) / 2;
  const top = room.y + (room.h - rect.h * k) / 2;
  const clip = clipped ? { x: left, y: top, w: rect.w * k, h: rect.h * k } : undefined;
  const layers = [
    {
      items: clipped ? items.filter((item) => isSeen(item, rect)) : items,
      x: left - rect.x * k,
      y: top - rect.y * k,
      k,
      clip,
    },
    { items: head.items, x: 0, y: 0, k: unit },
    { items: foot.items, x: 0, y: height - foot.height * unit, k: unit },
  ];
  const sheet = {
    width,
    height,
    title: titleOf(subject),
    description: describe(subject, content),
    lang: options.lang,
    background: options.theme.page,
    layers,
  };
  return { svg: writeSvg(sheet), width, height };
}

/** @param {Item} item @param {Rect} rect */
function isSeen({ t: kind, x, y, w = 0, h = 0, points }, rect) {
  const slack = kind === "text" ? 260 : 24;
  const xs = points ? points.filter((_, index) => index % 2 === 0) : [x, x + w];
  const ys = points ? points.filter((_, index) => index % 2 === 1) : [y, y + h];
  return (
    Math.max(...xs) + slack > rect.x &&
    Math.min(...xs) - slack < rect.x + rect.w &&
    Math.max(...ys) + slack > rect.y &&
    Math.min(...ys) - slack < rect.y + rect.h
  );
}

/** @param {Subject} subject @param {Content} content @param {number} width in the frame's own units @return {{head: Part, foot: Part}} */
function partsOf(subject, content, width) {
  return { head: headOf(subject, width), foot: footOf(subject, content, width) };
}

/** @param {Subject} subject @param {number} width @return {Part} */
function headOf(subject, width) {
  const { theme } = subject.options;
  const letters = Math.floor((width - 2 * MARGIN) / 12);
  /** @type {Item[]} */
  const items = [
    { t: "text", x: MARGIN, y: 44, text: shorten(titleOf(subject), letters), size: 20, weight: 700, fill: theme.ink },
  ];
  let y = 66;
  for (const text of [...sayMoments(subject), sayCounts(subject)]) {
    items.push({ t: "text", x: MARGIN, y, text, size: SMALL + 0.5, fill: theme.muted });
    y += LINE;
  }
  if (subject.union) {
    drawTally(items, subject, MARGIN, y);
    y += LINE + 4;
  }
  return { items, height: y + 6 };
}

/** @param {Subject} subject */
function titleOf({ state, options }) {
  return options.title || state.host.hostname || t("Host");
}

/** "2026-03-02 09:00:00 UTC", in the zone that was asked for first. @param {Subject} subject @return {string[]} */
function sayMoments({ shown, options }) {
  const { zone } = options;
  const say = (/** @type {State} */ { taken_at, seq }) => {
    const at = Date.parse(taken_at);
    if (Number.isNaN(at)) return t("at an unknown time");
    const utc = `${stamp(at, "UTC")} UTC`;
    const moment = zone === "UTC" ? utc : `${stamp(at, zone)} ${zone} (${utc})`;
    return seq > 0 ? `${moment} · ${t("snapshot {seq}", { seq: String(seq) })}` : moment;
  };
  return shown.length > 1
    ? [t("before: {moment}", { moment: say(shown[0]) }), t("after: {moment}", { moment: say(shown[1]) })]
    : shown.map(say);
}

/** Put together here from its numbers: how a language writes a date changes from one browser to the next. @param {number} at @param {string} zone */
function stamp(at, zone) {
  const form = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const { year, month, day, hour, minute, second } = Object.fromEntries(
    form.formatToParts(at).map(({ type, value }) => [type, value]),
  );
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

/** "6 containers · 95 → 97 processes · …" @param {Subject} subject */
function sayCounts({ shown }) {
  const told = shown.map(({ containers, processes, namespaces }) => {
    const others = [...namespaces.values()].filter(({ initial }) => !initial).length;
    return [
      { count: containers.size, text: counted(containers.size, "container") },
      { count: processes.size, text: counted(processes.size, "process", "processes") },
      {
        count: others,
        text: plural(others, "{count} namespace beside the host’s", "{count} namespaces beside the host’s"),
      },
    ];
  });
  const last = told[told.length - 1];
  return last
    .map(({ count, text }, index) =>
      told[0][index].count === count
        ? text
        : text.replace(number(count), `${number(told[0][index].count)} → ${number(count)}`),
    )
    .join(" · ");
}

/** @param {Item[]} items @param {Subject} subject @param {number} x @param {number} y */
function drawTally(items, { union, options }, x, y) {
  if (!union) return;
  const { theme } = options;
  const tally = tallyOf(union);
  const told = /** @type {const} */ ([
    ["came", t("+{count} came", { count: tally.came })],
    ["went", t("−{count} went", { count: tally.went })],
    ["changed", t("~{count} changed", { count: tally.changed })],
  ]);
  let left = x;
  for (const [fate, text] of told) {
    items.push({ t: "text", x: left, y, text, size: SMALL + 0.5, weight: 700, fill: theme.fates[fate] });
    left += widthOf(text, SMALL + 0.5) + 18;
  }
}

/** @param {Subject} subject @param {Content} content @param {number} width @return {Part} */
function footOf(subject, content, width) {
  const { theme } = subject.options;
  const room = width - 2 * MARGIN;
  const legend = setLegend(content.legend, theme, room);
  const lines = content.notes.flatMap((note) => wrap(note, room - 80));
  const top = 24;
  /** @type {Item[]} */
  const items = [{ t: "line", x: 0, y: 0, points: [MARGIN, top, width - MARGIN, top], stroke: theme.line, width: 1 }];
  items.push(...legend.items.map((item) => shift(item, MARGIN, top + 12)));
  const below = top + 12 + legend.height + (lines.length ? 16 : 14);
  for (const [index, text] of lines.entries())
    items.push({ t: "text", x: MARGIN, y: below + index * LINE, text, size: SMALL - 0.5, fill: theme.muted });
  const last = below + Math.max(0, lines.length - 1) * LINE;
  items.push({
    t: "text",
    x: width - MARGIN,
    y: last,
    text: "Isoscope",
    size: SMALL - 0.5,
    weight: 600,
    fill: theme.faint,
    anchor: "end",
  });
  return { items, height: last + 24 };
}

/** @param {Item} item @param {number} dx @param {number} dy @return {Item} */
function shift(item, dx, dy) {
  const points = item.points?.map((value, index) => value + (index % 2 ? dy : dx));
  return { ...item, x: item.x + dx, y: item.y + dy, ...(points ? { points } : {}) };
}

/** @param {string} text @param {number} room */
function wrap(text, room) {
  /** @type {string[]} */
  const lines = [];
  for (const word of shorten(text, 600).split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(longer, SMALL - 0.5) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The picture in sentences. @param {Subject} subject @param {Content} content */
function describe(subject, { notes, alternative }) {
  return [...sayMoments(subject), sayCounts(subject), ...alternative, ...notes].map((text) => `${text}.`).join(" ");
}
