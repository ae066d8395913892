/**
 * A picture as text: what the graph shows, as frames, nodes and links, in an order that no pid decides. The writers
 * beside this module write it for other programs. Pids and counts of processes are left out, so that the text changes
 * only with the structure. Pure.
 */

import { cleanLines, FATE_SIGNS, frameLines, nodeLines } from "./lines.mjs";
import { focusOf } from "../../../static/dashboard/picture/content.js";
import { findMatches } from "../../../static/dashboard/picture/matches.js";
import { momentTexts } from "../../../static/dashboard/picture/frame/moments.js";
import { noteGaps, noteSearch, noteTypes } from "../../../static/dashboard/picture/notes.js";
import { GROUP_WORDS } from "../../../static/dashboard/model/words.js";
import { openedGraph } from "../../../static/dashboard/picture/opened-graph.js";
import { PictureProblem } from "../../../static/dashboard/picture/options.js";
import { projectOf } from "../../../static/dashboard/picture/pseudonyms.js";
import { strength } from "../../../static/dashboard/views/graph/scene/emphasis.js";
import { titleOf } from "../../../static/dashboard/picture/frame/head.js";

/**
 * @typedef {import("../../../static/dashboard/views/graph/graph.js").Graph} Graph
 * @typedef {import("../../../static/dashboard/views/graph/scene/emphasis.js").Focus} Focus
 * @typedef {import("../../../static/dashboard/model/comparison.js").Fate} Fate
 * @typedef {import("../../../static/dashboard/model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../../static/dashboard/picture/subject.js").Subject} Subject
 *
 * @typedef {object} Part  a node, or a frame with parts inside
 * @property {string} id  made of its name, so that it stays the same while others come and go
 * @property {string} key  of the graph's node or group
 * @property {string} owner  the container that it belongs to
 * @property {"project"|"host"|"container"|"group"|"process"|"fold"|"card"|"crowd"|"hub"} kind
 * @property {string[]} lines  the name first
 * @property {Fate|null} fate
 * @property {boolean} dim  the search or the selection does not mean it
 * @property {boolean} selected
 * @property {number} depth  steps from the left end of its frame
 * @property {Part[]} parts
 *
 * @typedef {object} Link
 * @property {string} source  id of a part
 * @property {string} target
 * @property {"parent"|"runtime"|"member"|"shared"} kind
 * @property {NamespaceType[]} types
 *
 * @typedef {object} Diagram
 * @property {string} title
 * @property {string[]} notes  moments, the search, what is left out
 * @property {Part[]} parts
 * @property {Link[]} links
 * @property {string[][]} rows  ids of boxes that stand beside each other without a link
 * @property {Subject} subject
 */

const LONGEST_ID = 40;
const MANY_CARDS = 6; // more than that, without a project, get a frame
const ASPECT = 0.66;
const DEEPEST = 6; // generations that tell nodes apart

/** @param {Subject} subject @return {Diagram} @throws {PictureProblem} */
export function diagramOf(subject) {
  const { options } = subject;
  if (options.view.view !== "graph")
    throw new PictureProblem(`a diagram draws the graph, not the ${options.view.view}`);
  if (options.size) throw new PictureProblem("a diagram has no size; leave it out");
  const graph = openedGraph(subject);
  const matches = findMatches(subject, graph);
  const focus = focusOf(subject, graph, matches);
  const parts = framed(subject, partsOf(subject, graph, focus), subtrees(graph));
  const ids = giveIds(parts);
  return {
    title: titleOf(subject),
    notes: [
      ...momentTexts(subject),
      ...noteSearch(subject, matches),
      ...noteTypes(options.view.options.off),
      ...noteGaps(subject.state),
    ],
    parts,
    links: merged(linksOf(graph, ids), parts),
    rows: allParts(parts).flatMap(rowsOf),
    subject,
  };
}

/**
 * The nodes, those of an open container inside of its frame; what the shown side of a comparison lacks is left out.
 * @param {Subject} subject
 * @param {Graph} graph
 * @param {Focus} focus
 * @return {Part[]}
 */
function partsOf(subject, graph, focus) {
  const shown = (/** @type {{key: string}} */ { key }) => !focus.hidden?.has(key);
  const frames = new Map(
    graph.groups
      .filter(shown)
      .map((group) => [group.key, partOf(group.key, kindOf(group.key), frameLines(group), focus)]),
  );
  const inside = new Map(graph.groups.flatMap(({ key, nodes }) => nodes.map((node) => [node, key])));
  const alone = [];
  const needless = needlessHubs(graph);
  for (const node of graph.nodes.filter((one) => shown(one) && !needless.has(one.key))) {
    const part = {
      ...partOf(node.key, node.kind, nodeLines(subject, node, focus), focus),
      depth: node.depth,
      owner: node.unit,
    };
    const frame = frames.get(inside.get(node.key) ?? "");
    if (frame) frame.parts.push(part);
    else alone.push(part);
  }
  return [...frames.values(), ...alone];
}

/**
 * The hubs that hold everything in a frame: the frame already says what is its own.
 * @param {Graph} graph
 */
function needlessHubs({ nodes, links }) {
  const counts = countBy(nodes.filter(({ kind, inside }) => inside && kind !== "hub").map(({ unit }) => unit));
  const members = countBy(links.filter(({ kind }) => kind === "member").map(({ source }) => source));
  const whole = nodes.filter(
    ({ kind, inside, key, unit }) => kind === "hub" && inside && members.get(key) === counts.get(unit),
  );
  return new Set(whole.map(({ key }) => key));
}

/** @param {string[]} names */
function countBy(names) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** @param {string} key of a group */
const kindOf = (key) => (key === "host" ? "host" : key.startsWith("group:") ? "group" : "container");

/** @param {string} key @param {Part["kind"]} kind @param {string[]} lines @param {Focus} focus @return {Part} */
function partOf(key, kind, lines, focus) {
  const fate = focus.fates?.get(key)?.fate ?? null;
  const [name, ...rest] = lines;
  return {
    id: "",
    key,
    owner: key,
    kind,
    lines: [fate ? `${FATE_SIGNS[fate]} ${name}` : name, ...rest],
    fate,
    dim: strength({ ...focus, fates: null }, key) < 1,
    selected: focus.selected.has(key),
    depth: 0,
    parts: [],
  };
}

/**
 * The parts in order, and in a frame of their own the containers of each Compose project.
 * @param {Subject} subject
 * @param {Part[]} parts
 * @param {(key: string) => string} below
 * @return {Part[]}
 */
function framed({ state }, parts, below) {
  /** @type {Map<string, Part>} */
  const projects = new Map();
  const rest = [];
  const crowded = parts.filter(({ kind }) => kind === "card").length > MANY_CARDS;
  for (const part of parts) {
    const container = state.containers.get(part.owner);
    const project = container && (projectOf(container) || (crowded && part.kind === "card" && OTHERS));
    if (!project) rest.push(part);
    else {
      const frame = projects.get(project) ?? projectFrame(project);
      frame.parts.push(part);
      projects.set(project, frame);
    }
  }
  return inOrder([...projects.values(), ...rest], below);
}

/** @param {string} project @return {Part} */
function projectFrame(project) {
  const plain = { fate: null, dim: false, selected: false, depth: 0, parts: [] };
  const lines = project === OTHERS ? [GROUP_WORDS.containers] : cleanLines([project]);
  return { id: "", key: `project:${project}`, owner: "", kind: "project", lines, ...plain };
}

const OTHERS = "\0";
const ORDER = ["host", "project", "group", "container", "card", "crowd", "process", "fold", "hub"];

/**
 * By kind, by what they say and by what descends from them, at every depth.
 * @param {Part[]} parts
 * @param {(key: string) => string} below
 * @return {Part[]}
 */
function inOrder(parts, below) {
  for (const part of parts) part.parts = inOrder(part.parts, below);
  const texts = new Map(parts.map((part) => [part, [...part.lines, below(part.key)].join("\n")]));
  return parts.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || compare(texts.get(a), texts.get(b)));
}

/**
 * What descends from each node, in words: it tells nodes apart that say the same.
 * @param {Graph} graph
 * @return {(key: string) => string}
 */
function subtrees({ nodes, links }) {
  const labels = new Map(nodes.map(({ key, label }) => [key, label]));
  /** @type {Map<string, string[]>} */
  const children = new Map();
  for (const { source, target, kind } of links)
    if (kind === "parent" || kind === "runtime") children.set(source, [...(children.get(source) ?? []), target]);
  /** @type {(key: string, depth: number) => string} */
  const say = (key, depth) =>
    depth > DEEPEST
      ? ""
      : `(${(children.get(key) ?? []).map((child) => labels.get(child) + say(child, depth + 1)).sort()})`;
  return (key) => say(key, 0);
}

/** @param {string|undefined} a @param {string|undefined} b */
const compare = (a = "", b = "") => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Give every part an id of letters, digits and underscores, unlike every keyword of the languages that are written.
 * @param {Part[]} parts
 * @return {Map<string, string>} key → id
 */
function giveIds(parts) {
  /** @type {Map<string, string>} */
  const ids = new Map();
  /** @type {Map<string, number>} */
  const taken = new Map();
  const give = (/** @type {Part} */ part, /** @type {string} */ above) => {
    const wanted = `${above}_${slug(part.fate ? part.lines[0].slice(2) : part.lines[0])}${suffixOf(part)}`.slice(
      0,
      3 * LONGEST_ID,
    );
    const count = (taken.get(wanted) ?? 0) + 1;
    taken.set(wanted, count);
    part.id = count === 1 ? wanted : `${wanted}__${count}`;
    ids.set(part.key, part.id);
    for (const inner of part.parts) give(inner, part.kind === "project" ? "n" : part.id);
  };
  for (const part of parts) give(part, part.kind === "project" ? "p" : "n");
  return ids;
}

/** The container of a shim tells it from the other shims. @param {Part} part */
const suffixOf = ({ kind, lines }) => (kind === "process" && lines[1]?.includes(" · ") ? `_${slug(lines[1])}` : "");

/** A name as part of an id, without two underscores beside each other. @param {string} name */
function slug(name) {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, LONGEST_ID);
  return plain.replace(/^_|_$/g, "") || "x";
}

/** @param {Graph} graph @param {Map<string, string>} ids @return {Link[]} */
function linksOf(graph, ids) {
  const links = [];
  for (const { source, target, kind, types } of graph.links) {
    const [from, to] = [ids.get(source), ids.get(target)];
    if (from && to) links.push({ source: from, target: to, kind, types });
  }
  return links.sort((a, b) => compare(`${a.source} ${a.target}`, `${b.source} ${b.target}`));
}

/**
 * Where a node has the same link to everything in a project, one link to its frame says so.
 * @param {Link[]} links
 * @param {Part[]} parts
 */
function merged(links, parts) {
  for (const { id, kind, parts: inner } of parts) {
    if (kind !== "project") continue;
    const inside = new Set(inner.map((part) => part.id));
    const managed = links.filter(({ kind: how, target }) => how === "runtime" && inside.has(target));
    if (managed.length < 2 || managed.length < inside.size || new Set(managed.map(({ source }) => source)).size > 1)
      continue;
    links = [...links.filter((link) => !managed.includes(link)), { ...managed[0], target: id }];
  }
  return links;
}

/** The closed boxes of a project, in rows. @param {Part} part @return {string[][]} */
function rowsOf({ kind, parts }) {
  if (kind !== "project") return [];
  const ids = parts.filter((part) => part.kind === "card").map(({ id }) => id);
  const length = Math.ceil(Math.sqrt(ids.length * ASPECT));
  const rows = ids.map((_, at) => (at % length ? [] : ids.slice(at, at + length)));
  return rows.filter((row) => row.length > 1);
}

/** Every part, frames before what is in them. @param {Part[]} parts @return {Part[]} */
export const allParts = (parts) => parts.flatMap((part) => [part, ...allParts(part.parts)]);
