/**
 * Writes a scene as SVG. Pure: the same items give the same bytes.
 *
 * For simple programs: attributes instead of classes and styles, plain `<text>`, no script, no links, no external
 * fonts. So a label stays a label in Inkscape and LibreOffice, and where markup is sanitised.
 */

import { bendsOf, headingOf } from "./bends.js";
import { baselineOf, isDrawn, sizeOf, textOf } from "./text.js";
import { visible } from "../base/visible.js";

/**
 * @typedef {import("./items.js").Item} Item
 * @typedef {import("./geometry.js").Rect} Rect
 *
 * @typedef {object} Layer
 * @property {Item[]} items
 * @property {number} x  where the layer's origin stands in the picture
 * @property {number} y
 * @property {number} k  how much its items are enlarged
 * @property {Rect} [clip]  in the picture: nothing outside of it is seen
 *
 * @typedef {object} Sheet
 * @property {number} width
 * @property {number} height
 * @property {string} title
 * @property {string} description  for those who cannot see the picture
 * @property {string} lang  BCP 47
 * @property {string} background
 * @property {Layer[]} layers
 */

/** The first of them that a machine has. Single quotes: they stand in an attribute. */
const FONTS =
  "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', 'DejaVu Sans', 'Noto Sans CJK KR', sans-serif";

/** @param {Sheet} sheet @return {string} */
export function writeSvg({ width, height, title, description, lang, background, layers }) {
  const [w, h] = [digits(width), digits(height)];
  const size = `width="${w}" height="${h}" viewBox="0 0 ${w} ${h}"`;
  const parts = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" xml:lang="${escapeText(lang)}">`,
    `<title>${escapeText(title)}</title>`,
    `<desc>${escapeText(description)}</desc>`,
    `<rect width="${w}" height="${h}" fill="${background}"/>`,
    `<g font-family="${FONTS}">`,
  ];
  for (const [index, layer] of layers.entries()) writeLayer(parts, layer, `clip-${index}`);
  parts.push("</g>", "</svg>\n");
  return parts.join("\n");
}

/** @param {string[]} parts @param {Layer} layer @param {string} name */
function writeLayer(parts, { items, x, y, k, clip }, name) {
  if (clip)
    parts.push(
      `<clipPath id="${name}"><rect ${boxOf(clip.x, clip.y, clip.w, clip.h)}/></clipPath>`,
      `<g clip-path="url(#${name})">`,
    );
  parts.push(`<g transform="translate(${digits(x)} ${digits(y)}) scale(${fine(k)})">`);
  for (const item of items) {
    const text = writeItem(item, k);
    if (text) parts.push(text);
  }
  parts.push(clip ? "</g></g>" : "</g>");
}

/** @param {Item} item @param {number} k */
function writeItem(item, k) {
  if (!isDrawn(item, k)) return "";
  if (item.t === "text") return writeText(item, k);
  const { x, y, r = 0, w = 0, h = 0, points = [] } = item;
  const rest = `${paintOf(item, k)}${opacityOf(item)}/>`;
  if (item.t === "circle") return `<circle cx="${digits(x)}" cy="${digits(y)}" r="${digits(r)}"${rest}`;
  if (item.t === "rect") {
    const corners = r ? ` rx="${digits(Math.min(r, w / 2, h / 2))}"` : "";
    return `<rect ${boxOf(x, y, w, h)}${corners}${rest}`;
  }
  const path = `<path d="${pathOf(item.t, points)}"${rest}`;
  return item.arrow && item.stroke
    ? `${path}\n<path d="M${pairs(arrowOf(points))}Z" fill="${item.stroke}"${opacityOf(item)}/>`
    : path;
}

/** @param {number} x @param {number} y @param {number} w @param {number} h */
const boxOf = (x, y, w, h) => `x="${digits(x)}" y="${digits(y)}" width="${digits(w)}" height="${digits(h)}"`;

/** @param {Item["t"]} type @param {number[]} points */
function pathOf(type, points) {
  if (type === "line" && points.length === 8) return `M${pairs(points.slice(0, 2))}C${pairs(points.slice(2))}`;
  if (type === "line" && points.length > 8)
    return `M${pairs(points.slice(0, 2))}${bendsOf(points).map(writeBend).join("")}`;
  return `M${pairs(points)}${type === "poly" ? "Z" : ""}`;
}

/** @param {import("./bends.js").Bend} bend */
const writeBend = ({ to, corner, end }) => `L${pairs(to)}${corner ? `Q${pairs([...corner, ...end])}` : ""}`;

/** @param {number[]} points */
const pairs = (points) => points.map(digits).join(" ");

/** The head of an arrow at the end of a line or curve. @param {number[]} points */
function arrowOf(points) {
  const [x, y] = points.slice(-2);
  const angle = headingOf(points);
  const at = (/** @type {number} */ turn, /** @type {number} */ reach) => [
    x + Math.cos(angle + turn) * reach,
    y + Math.sin(angle + turn) * reach,
  ];
  return [...at(0, 2), ...at(-0.45, -7), ...at(0.45, -7)];
}

/** @param {Item} item @param {number} k */
function paintOf({ fill, stroke, width = 1, dash }, k) {
  const ground = ` fill="${fill ?? "none"}"`;
  if (!stroke) return ground;
  const dashes = dash ? ` stroke-dasharray="${dash.join(" ")}"` : "";
  return `${ground} stroke="${stroke}" stroke-width="${digits(Math.max(width, 0.6 / k))}"${dashes}`;
}

/** @param {Item} item */
const opacityOf = ({ alpha = 1 }) => (alpha < 1 ? ` opacity="${fine(alpha)}"` : "");

/**
 * The text is as large as the canvas draws it at that zoom, and left out where the canvas leaves it out. A halo is a
 * second text below the letters, because few programs know `paint-order`.
 * @param {Item} item
 * @param {number} k
 */
function writeText(item, k) {
  const size = sizeOf(item, k);
  const text = escapeText(textOf(item, k));
  if (!text) return "";
  const rounded = Math.round((item.weight ?? 400) / 100) * 100;
  const weight = rounded === 400 ? "" : ` font-weight="${rounded}"`;
  const anchor = item.anchor && item.anchor !== "start" ? ` text-anchor="${item.anchor}"` : "";
  const place = `x="${digits(item.x)}" y="${digits(baselineOf(item, k))}"`;
  const start = `<text ${place} font-size="${digits(size)}"${weight}${anchor}`;
  const letters = `${start} fill="${item.fill ?? "#000000"}"${opacityOf(item)}>${text}</text>`;
  if (!item.halo) return letters;
  const rim = `stroke="${item.halo}" stroke-width="${digits(size * 0.36)}" stroke-linejoin="round"`;
  return `${start} fill="${item.halo}" ${rim}${opacityOf(item)} aria-hidden="true">${text}</text>\n${letters}`;
}

/**
 * Text with only the characters that XML allows, in the order in which they stand: control characters, lone surrogates
 * and marks of the text direction become visible.
 * @param {string} text
 */
export function escapeText(text) {
  return visible(text)
    .replace(/[\t\n\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Hundredths are enough, and print the same everywhere. @param {number} value */
const digits = (value) => String(Math.round(value * 100) / 100 || 0);
/** @param {number} value */
const fine = (value) => String(Math.round(value * 10_000) / 10_000);
