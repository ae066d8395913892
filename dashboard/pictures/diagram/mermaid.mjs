/**
 * Writes a diagram as a Mermaid flowchart that GitHub renders: https://mermaid.js.org/syntax/flowchart.html.
 *
 * Names are text whatever stands in them: all but letters, digits and a few harmless signs are written as entity codes
 * (`#60;`), so nothing of a name is read as markup, Markdown, a comment or a directive. Pure.
 */

import { allParts } from "./diagram.mjs";
import { PictureProblem } from "../../../static/dashboard/picture/options.js";
import { visible } from "../../../static/dashboard/base/visible.js";

/**
 * @typedef {import("./diagram.mjs").Diagram} Diagram
 * @typedef {import("./diagram.mjs").Link} Link
 * @typedef {import("./diagram.mjs").Part} Part
 */

/** Mermaid's own limits, which GitHub does not raise (maxTextSize, maxEdges). */
const MOST_LETTERS = 50_000;
const MOST_LINKS = 500;

const SHAPES = /** @type {Record<string, [string, string]>} */ ({
  hub: ["([", "])"],
  crowd: ["([", "])"],
  fold: ["[[", "]]"],
  card: ["(", ")"],
});
const ARROWS = { parent: "-->", runtime: "-.->", member: "---", shared: "===" };

/** @param {Diagram} diagram @return {string} @throws {PictureProblem} it is larger than Mermaid renders */
export function writeMermaid({ title, notes, parts, links, rows, subject }) {
  const text = [
    "---",
    `title: "${escapeTitle(title)}"`,
    "---",
    ...notes.map((note) => `%% ${escapeText(note)}`),
    "flowchart LR",
    ...parts.flatMap((part) => writePart(part, "  ")),
    ...links.map((link) => `  ${writeLink(link)}`),
    ...rows.map((row) => `  ${row.join(" ~~~ ")}`),
    ...classLines(parts, subject.options.theme),
    "",
  ].join("\n");
  const count = links.length + rows.reduce((sum, row) => sum + row.length - 1, 0);
  if (text.length > MOST_LETTERS || count > MOST_LINKS)
    throw new PictureProblem(
      `Mermaid renders ${MOST_LETTERS} letters and ${MOST_LINKS} links, and this has ${text.length} and ${count}; close or leave out some of it, or take DOT or draw.io`,
    );
  return text;
}

/** @param {Part} part @param {string} indent @return {string[]} */
function writePart(part, indent) {
  const label = `"${part.lines.map(escapeText).join("<br/>")}"`;
  if (part.parts.length)
    return [
      `${indent}subgraph ${part.id}["${part.lines.slice(0, 2).map(escapeText).join(" · ")}"]`,
      ...noteLines(part, indent),
      ...part.parts.flatMap((inner) => writePart(inner, `${indent}  `)),
      `${indent}end`,
    ];
  const [left, right] = SHAPES[part.kind] ?? ["[", "]"];
  return [`${indent}${part.id}${left}${label}${right}`];
}

/** Mermaid gives the title of a frame one line: what else it says is a note in the frame. @param {Part} part @param {string} indent */
function noteLines({ id, lines }, indent) {
  const rest = lines.slice(2).map(escapeText);
  return rest.length ? [`${indent}  ${id}__note>"${rest.join("<br/>")}"]`] : [];
}

/** @param {Link} link */
function writeLink({ source, target, kind, types }) {
  const label = kind === "shared" ? `|${types.join(" ")}|` : "";
  return `${source} ${ARROWS[kind]}${label} ${target}`;
}

/**
 * What came, went, changed, is selected or dimmed, by classes.
 * @param {Part[]} parts
 * @param {import("../../../static/dashboard/draw/theme.js").Theme} theme
 */
function classLines(parts, { fates, accent }) {
  const all = allParts(parts);
  const styles = {
    came: [`stroke:${fates.came},stroke-width:3px`, (/** @type {Part} */ part) => part.fate === "came"],
    went: [
      `stroke:${fates.went},stroke-width:3px,stroke-dasharray:6 4`,
      (/** @type {Part} */ part) => part.fate === "went",
    ],
    changed: [`stroke:${fates.changed},stroke-width:3px`, (/** @type {Part} */ part) => part.fate === "changed"],
    chosen: [`stroke:${accent},stroke-width:4px`, (/** @type {Part} */ part) => part.selected],
    dim: ["opacity:0.35", (/** @type {Part} */ part) => part.dim],
  };
  return Object.entries(styles).flatMap(([name, [style, holds]]) => {
    const ids = all.filter(/** @type {(part: Part) => boolean} */ (holds)).map(({ id }) => id);
    return ids.length ? [`  classDef ${name} ${style}`, `  class ${ids.join(",")} ${name}`] : [];
  });
}

/** A title stands in YAML, in double quotes, where entity codes are not read. @param {string} text */
function escapeTitle(text) {
  return visible(text).replace(/[^\p{L}\p{N} .,:_-]/gu, (letter) =>
    Array.from({ length: letter.length }, (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
      "",
    ),
  );
}

/** @param {string} text */
export function escapeText(text) {
  const safe = text
    .replace(/[^\p{L}\p{M}\p{N} .,:/_\-+()=@×·…’−]/gu, codeOf)
    .replace(/^([-+=]|\d+(?=[.)]))/, (start) => codeOf(start[0]) + start.slice(1)) // a list or a heading
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, codeOf) // emphasis
    .replace(/-(?=-)|(?<=-)-|(?<=--)>/g, codeOf);
  // Mermaid cuts the last semicolon of a line that looks like a style, see encodeEntities in its source.
  return /style|classdef|https?:|www\./i.test(safe) ? safe.replace(/[:.]/g, codeOf) : safe;
}

/** @param {string} letter */
const codeOf = (letter) => `#${letter.codePointAt(0)};`;
