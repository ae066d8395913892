/**
 * The headlines of a comparison as sentences, one line for each, under the projects that they belong to. Pure.
 *
 * `inspector/analysis/text/headlines.py` says the same; `tests/fixtures/headlines.json` holds both to it.
 */

import { list, mark, number, plural, t } from "../../base/i18n.js";
import { push } from "../../base/lists.js";
import { sayLeft } from "../left.js";
import { sayTypes } from "../words.js";

/**
 * @typedef {import("../types.js").NamespaceType} NamespaceType
 *
 * @typedef {object} Part
 * @property {string} what
 * @property {NamespaceType[]} types
 * @property {string[]} names
 * @property {string|null} field
 * @property {string|null} from
 * @property {string|null} to
 *
 * @typedef {{kind: string, times: number|null, parts: Part[]}} Clause
 *
 * @typedef {object} Headline  see "Comparison report" in docs/protocol.md
 * @property {string} project
 * @property {string} name
 * @property {string} container
 * @property {string|null} earlier
 * @property {Clause[]} clauses
 *
 * @typedef {object} Line
 * @property {string} text  the whole line
 * @property {boolean} heading  whether it is the name of a project
 * @property {Headline[]} about  the containers that it is about
 * @property {string} said  what is said of them, without their names
 */

/**
 * What each clause says of one container and of several; the gravest first.
 * @type {Record<string, [string, string]>}
 */
const CLAUSES = {
  exposed: [mark("is newly exposed"), mark("are newly exposed")],
  shared: [mark("is no longer isolated"), mark("are no longer isolated")],
  left: [mark("is left behind"), mark("are left behind")],
  unhealthy: [mark("is unhealthy"), mark("are unhealthy")],
  restarted: [mark("restarted"), mark("restarted")],
  stopped: [mark("stopped"), mark("stopped")],
  gone: [mark("is gone"), mark("are gone")],
  recreated: [mark("was recreated"), mark("were recreated")],
  new: [mark("is new"), mark("are new")],
  started: [mark("started"), mark("started")],
  joined: [mark("is not isolated"), mark("are not isolated")],
  limits: [mark("has other limits"), mark("have other limits")],
  isolated: [mark("is better isolated"), mark("are better isolated")],
  mended: [mark("is no longer left behind"), mark("are no longer left behind")],
  changed: [mark("changed"), mark("changed")],
};

/** @type {Record<string, string>} */
const COUNTS = {
  exposed: mark("{count} newly exposed"),
  shared: mark("{count} no longer isolated"),
  left: mark("{count} left behind"),
  unhealthy: mark("{count} unhealthy"),
  restarted: mark("{count} restarted"),
  stopped: mark("{count} stopped"),
  gone: mark("{count} gone"),
  recreated: mark("{count} recreated"),
  new: mark("{count} new"),
  started: mark("{count} started"),
  joined: mark("{count} new and not isolated"),
  limits: mark("{count} with other limits"),
  isolated: mark("{count} better isolated"),
  mended: mark("{count} no longer left behind"),
  changed: mark("{count} changed otherwise"),
};

/** @type {Record<string, string>} */
const FIELDS = {
  memory_bytes: mark("memory"),
  cpu_cores: mark("CPU cores"),
  pids: mark("tasks at most"),
  "declared.network": mark("network mode"),
  "declared.pid": mark("PID mode"),
  "declared.ipc": mark("IPC mode"),
  "declared.uts": mark("UTS mode"),
  "declared.userns": mark("user mode"),
  "declared.cgroupns": mark("cgroup mode"),
  "declared.privileged": mark("privileged"),
  "declared.cap_add": mark("capabilities added"),
  "declared.cap_drop": mark("capabilities dropped"),
  ports: mark("published ports"),
};

const MOST_NAMES = 3;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/**
 * How many containers each kind is said of, the gravest first. Of a container to which something graver happened
 * it is not counted that something else changed.
 * @param {Headline[]} headlines
 * @return {{kind: string, count: number, text: string}[]}
 */
export function countHeadlines(headlines) {
  return Object.keys(CLAUSES).flatMap((kind) => {
    const { length: count } = headlines.filter(
      ({ clauses }) => clauses.some((clause) => clause.kind === kind) && (kind !== "changed" || clauses.length === 1),
    );
    return count ? [{ kind, count, text: t(COUNTS[kind], { count }) }] : [];
  });
}

/** The gravest kind of a headline. @param {Headline} headline */
export function gravestOf({ clauses }) {
  const kinds = Object.keys(CLAUSES);
  return kinds.find((kind) => clauses.some((clause) => clause.kind === kind)) ?? kinds[kinds.length - 1];
}

/**
 * The lines, at most `most`: containers of which the same is said share one, with fewer details if need be.
 * @param {Headline[]} headlines
 * @param {number} [most]
 * @return {Line[]}
 */
export function linesOf(headlines, most = Number.POSITIVE_INFINITY) {
  const lines = write(headlines, ({ clauses }) => JSON.stringify(clauses));
  if (lines.length <= most) return lines;
  const fewer = write(headlines, ({ clauses }) => clauses.map(({ kind }) => kind).join());
  return fewer.length <= most ? fewer : cut(fewer, most);
}

/** @param {Headline[]} headlines @param {(headline: Headline) => string} alike @return {Line[]} */
function write(headlines, alike) {
  /** @type {Map<string, Map<string, Headline[]>>} */
  const projects = new Map();
  for (const headline of headlines) {
    const sets = projects.get(headline.project) ?? new Map();
    projects.set(headline.project, sets);
    push(sets, alike(headline), headline);
  }
  /** @type {Line[]} */
  const lines = [];
  for (const [project, sets] of projects) {
    if (project || lines.length) lines.push({ text: project || t("no project"), heading: true, about: [], said: "" });
    for (const about of sets.values()) lines.push(lineOf(about));
  }
  return lines;
}

/** @param {Headline[]} about @return {Line} */
function lineOf(about) {
  const alike = about.every(({ clauses }) => JSON.stringify(clauses) === JSON.stringify(about[0].clauses));
  const said = about[0].clauses.map((clause) => sayClause(clause, about.length, alike)).join("; ");
  return { text: `${sayNames(about.map(({ name }) => name))} ${said}`, heading: false, about, said };
}

/** The first lines, and how many containers the others are about. @param {Line[]} lines @param {number} most */
function cut(lines, most) {
  const kept = lines.slice(0, most - 1);
  while (kept.at(-1)?.heading) kept.pop();
  const about = lines.slice(kept.length).flatMap((line) => line.about);
  const text = plural(about.length, "and {count} more container", "and {count} more containers");
  return [...kept, { text, heading: false, about: [], said: text }];
}

/**
 * What happened to `count` containers. Where it is not alike for all of them, the details are left out.
 * @param {Clause} clause
 * @param {number} count
 * @param {boolean} alike
 */
function sayClause({ kind, times, parts }, count, alike) {
  const often = kind === "restarted" && alike && times !== null && times > 1;
  const text = often ? t("restarted {count} times", { count: times }) : t(CLAUSES[kind][Number(count > 1)]);
  return alike && parts.length ? `${text}: ${parts.map(sayPart).join(", ")}` : text;
}

/** One detail of a clause. @param {Part} part */
function sayPart(part) {
  const values = { types: sayTypes(part.types), names: sayNames(part.names) };
  switch (part.what) {
    case "host":
      return t("{types} shared with the host", values);
    case "others":
      return t("{types} shared with {names}", values);
    case "not-host":
      return t("{types} no longer shared with the host", values);
    case "not-others":
      return t("{types} no longer shared with {names}", values);
    case "left":
      return sayLeft(part.types[0] ?? "", part.names[0] ?? "");
    case "ports":
      return t("{names} published", values);
    case "capabilities":
      return t("capabilities {names}", values);
    case "privileged":
      return t("privileged");
    case "exit":
      return t("exit {code}", { code: part.names[0] });
    case "oom":
      return t("out of memory");
    case "idle":
      return t("not running");
    case "more":
      return t("and {count} more", { count: part.names[0] });
    default:
      return sayDifference(part);
  }
}

/** @param {Part} part */
function sayDifference({ field, from, to }) {
  const name = field ?? "";
  const called = name.startsWith("labels.")
    ? t("label {name}", { name: name.slice("labels.".length) })
    : t(FIELDS[name] ?? name);
  return `${called} ${[from, to].map((value) => sayEnd(name, value)).join(" → ")}`;
}

/** @param {string} field @param {string|null} value */
function sayEnd(field, value) {
  if (value === null) return t("none");
  if (value === "") return t("default");
  return field === "memory_bytes" ? sayWholeBytes(Number(value)) : value;
}

/** A number of bytes in the largest unit that leaves at least one, not rounded. @param {number} bytes */
function sayWholeBytes(bytes) {
  const unit = Math.max(0, [4, 3, 2, 1].find((power) => bytes >= 1024 ** power) ?? 0);
  return `${Number((bytes / 1024 ** unit).toPrecision(10))} ${UNITS[unit]}`;
}

/** "web, db and 4 more". @param {string[]} names */
function sayNames(names) {
  const { length } = names;
  if (length <= MOST_NAMES) return list(names);
  return list([...names.slice(0, MOST_NAMES), t("{count} more", { count: number(length - MOST_NAMES) })]);
}
