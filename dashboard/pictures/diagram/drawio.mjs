/**
 * Writes a diagram for draw.io: XML of mxGraph cells, as https://www.drawio.com/doc/faq/diagram-source-edit shows them.
 * Labels are plain text (no `html=1`), so a name needs to be escaped for XML only. Pure.
 */

import { escapeText } from "../../../static/dashboard/draw/svg.js";
import { placeParts } from "./place.mjs";

/**
 * @typedef {import("./diagram.mjs").Diagram} Diagram
 * @typedef {import("./diagram.mjs").Link} Link
 * @typedef {import("./diagram.mjs").Part} Part
 * @typedef {import("./place.mjs").Box} Box
 * @typedef {import("../../../static/dashboard/draw/theme.js").Theme} Theme
 */

const MARGIN = 40;
const HEAD = 50;
const LINES = {
  parent: "endArrow=block",
  runtime: "endArrow=block;dashed=1",
  member: "endArrow=none;strokeWidth=2",
  shared: "endArrow=none;strokeWidth=2",
};

/** @param {Diagram} diagram @return {string} */
export function writeDrawio({ title, notes, parts, links, subject }) {
  const { theme } = subject.options;
  const boxes = placeParts(parts);
  for (const { id } of parts) {
    const box = boxes.get(id);
    if (box) [box.x, box.y] = [box.x + MARGIN, box.y + MARGIN + HEAD];
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<mxfile host="Isoscope">',
    `<diagram id="isoscope" name="${escapeText(title)}">`,
    `<mxGraphModel background="${theme.page}" grid="0"><root>`,
    '<mxCell id="0"/>',
    '<mxCell id="1" parent="0"/>',
    writeText("title", title, 18, MARGIN, MARGIN - 10, theme),
    ...notes.map((note, index) => writeText(`note${index}`, note, 12, MARGIN, MARGIN + 14 + 15 * index, theme)),
    ...parts.flatMap((part) => writePart(part, "1", boxes, theme)),
    ...links.map((link) => writeLink(link, theme)),
    "</root></mxGraphModel>",
    "</diagram>",
    "</mxfile>",
    "",
  ].join("\n");
}

/** @param {string} id @param {string} text @param {number} size @param {number} x @param {number} y @param {Theme} theme */
function writeText(id, text, size, x, y, theme) {
  const style = `text;align=left;verticalAlign=middle;fontSize=${size};fontColor=${theme.muted}`;
  return `<mxCell id="${id}" value="${escapeText(text)}" style="${style}" vertex="1" parent="1">${geometry({ x, y, w: 600, h: 20 })}</mxCell>`;
}

/**
 * @param {Part} part
 * @param {string} parent  id of the cell that it is in
 * @param {Map<string, Box>} boxes
 * @param {Theme} theme
 * @return {string[]}
 */
function writePart(part, parent, boxes, theme) {
  const box = boxes.get(part.id) ?? { x: 0, y: 0, w: 0, h: 0 };
  const value = part.lines.map(escapeText).join("&#10;");
  return [
    `<mxCell id="${part.id}" value="${value}" style="${styleOf(part, theme)}" vertex="1" parent="${parent}">${geometry(box)}</mxCell>`,
    ...part.parts.flatMap((inner) => writePart(inner, part.id, boxes, theme)),
  ];
}

/** @param {Part} part @param {Theme} theme */
function styleOf({ kind, parts, fate, dim, selected }, theme) {
  const rim = selected ? theme.accent : fate ? theme.fates[fate] : theme.line;
  return [
    "rounded=1",
    kind === "hub" || kind === "crowd" ? "arcSize=50" : "arcSize=8",
    `fillColor=${kind === "project" ? "none" : theme.surface}`,
    `strokeColor=${rim}`,
    `fontColor=${theme.ink}`,
    "fontSize=11",
    ...(fate || selected ? ["strokeWidth=3"] : []),
    ...(fate === "went" ? ["dashed=1"] : []),
    ...(dim ? ["opacity=35", "textOpacity=35"] : []),
    ...(parts.length ? ["container=1", "collapsible=0", "verticalAlign=top", "spacingTop=4"] : []),
  ].join(";");
}

/** @param {Link} link @param {Theme} theme */
function writeLink({ source, target, kind, types }, theme) {
  const colour = types.length ? theme.types[types[0]].fill : theme.muted;
  const value = kind === "shared" ? types.join(" ") : "";
  const style = `edgeStyle=orthogonalEdgeStyle;rounded=1;${LINES[kind]};strokeColor=${colour};fontColor=${theme.muted};fontSize=10`;
  const ends = `source="${source}" target="${target}"`;
  return `<mxCell id="${source}-${kind}-${target}" value="${value}" style="${style}" edge="1" parent="1" ${ends}><mxGeometry relative="1" as="geometry"/></mxCell>`;
}

/** @param {Box} box */
const geometry = ({ x, y, w, h }) =>
  `<mxGeometry x="${Math.round(x)}" y="${Math.round(y)}" width="${Math.round(w)}" height="${Math.round(h)}" as="geometry"/>`;
