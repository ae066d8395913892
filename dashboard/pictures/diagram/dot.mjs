/**
 * Writes a diagram in the DOT language: https://graphviz.org/doc/info/lang.html. Names stand in quoted strings, in which
 * Graphviz reads `"`, `\` and `&`: these are escaped. Pure.
 */

import { allParts } from "./diagram.mjs";

/**
 * @typedef {import("./diagram.mjs").Diagram} Diagram
 * @typedef {import("./diagram.mjs").Link} Link
 * @typedef {import("./diagram.mjs").Part} Part
 * @typedef {import("../../../static/dashboard/draw/theme.js").Theme} Theme
 */

const SHAPES = /** @type {Record<string, string>} */ ({ hub: "ellipse", crowd: "ellipse", fold: "box3d" });
const LINES = {
  parent: "",
  runtime: 'style="dashed"',
  member: 'dir="none", style="bold"',
  shared: 'dir="none", style="bold"',
};
const FONT = 'fontname="Inter, Helvetica, sans-serif", fontsize=11';

/** @param {Diagram} diagram @return {string} */
export function writeDot({ title, notes, parts, links, rows, subject }) {
  const { theme } = subject.options;
  const frames = new Map(
    allParts(parts)
      .filter((part) => part.parts.length)
      .map((part) => [part.id, part]),
  );
  return [
    ...notes.map((note) => `// ${note.replace(/\s/g, " ")}`),
    "digraph isoscope {",
    `  graph [label=${quote([title])}, labelloc="t", rankdir="LR", compound=true, bgcolor="${theme.page}", fontcolor="${theme.ink}", ${FONT}]`,
    `  node [shape="box", style="rounded,filled", fillcolor="${theme.surface}", color="${theme.line}", fontcolor="${theme.ink}", ${FONT}]`,
    `  edge [color="${theme.muted}", fontcolor="${theme.muted}", ${FONT}]`,
    ...parts.flatMap((part) => writePart(part, theme, "  ")),
    ...links.map((link) => `  ${writeLink(link, frames, theme)}`),
    ...rows.map((row) => `  ${row.join(" -> ")} [style="invis"]`),
    "}",
    "",
  ].join("\n");
}

/** @param {Part} part @param {Theme} theme @param {string} indent @return {string[]} */
function writePart(part, theme, indent) {
  const look = lookOf(part, theme);
  if (part.parts.length)
    return [
      `${indent}subgraph cluster_${part.id} {`,
      `${indent}  graph [label=${quote(part.lines)}, style="rounded${part.fate === "went" ? ",dashed" : ""}", color="${theme.line}"${look}]`,
      ...part.parts.flatMap((inner) => writePart(inner, theme, `${indent}  `)),
      `${indent}}`,
    ];
  const shape = SHAPES[part.kind] ? `, shape="${SHAPES[part.kind]}"` : "";
  const dashed = part.fate === "went" ? ', style="rounded,filled,dashed"' : "";
  return [`${indent}${part.id} [label=${quote(part.lines)}${shape}${dashed}${look}]`];
}

/** @param {Part} part @param {Theme} theme */
function lookOf({ fate, dim, selected }, theme) {
  const rim = selected ? theme.accent : fate && theme.fates[fate];
  return `${rim ? `, color="${rim}", penwidth=2` : ""}${dim ? `, fontcolor="${theme.faint}"` : ""}`;
}

/** A link to a frame leads to a node in it, and ends at the frame's rim. @param {Link} link @param {Map<string, Part>} frames @param {Theme} theme */
function writeLink({ source, target, kind, types }, frames, theme) {
  const colour = types.length ? `color="${types.map((type) => theme.types[type].fill).join(":")}"` : "";
  const label = kind === "shared" ? `label="${types.join(" ")}"` : "";
  const ends = [
    frames.has(source) ? `ltail="cluster_${source}"` : "",
    frames.has(target) ? `lhead="cluster_${target}"` : "",
  ];
  const attributes = [LINES[kind], colour, label, ...ends].filter(Boolean).join(", ");
  return `${endOf(source, frames)} -> ${endOf(target, frames)}${attributes ? ` [${attributes}]` : ""}`;
}

/** @param {string} id @param {Map<string, Part>} frames @return {string} */
function endOf(id, frames) {
  const first = frames.get(id)?.parts[0];
  return first ? endOf(first.id, frames) : id;
}

/** @param {string[]} lines */
const quote = (lines) => `"${lines.map(escapeText).join("\\n")}"`;

/** @param {string} text */
export function escapeText(text) {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;").replace(/\s/g, " ");
}
