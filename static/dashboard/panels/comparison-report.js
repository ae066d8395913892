/** The report of a comparison: headlines first, then the findings in groups and the noise, folded under counts. */

import { GROUP_WORDS, KIND_WORDS, TYPE_WORDS } from "../model/words.js";
import { h } from "../base/dom.js";
import { sayLeft } from "../model/left.js";
import { sayAgo, sayMoment } from "../base/times.js";
import { nameOfField, sayBytes, sayValue } from "../model/field-text.js";
import { fateMark, fateOf, typeMark } from "../widgets/pieces.js";
import { headlineCounts, headlineList } from "./comparison-headlines.js";
import { number, plural, t } from "../base/i18n.js";

/**
 * @typedef {Record<string, any>} Finding  see "Comparison report" in docs/protocol.md
 * @typedef {import("../model/report/search.js").Group} Group
 * @typedef {import("../model/report/search.js").Report} Report
 *
 * @typedef {object} ReportHandlers
 * @property {(key: string) => void} onSelect
 * @property {(key: string) => boolean} knows  whether the view shows it
 * @property {() => void} onCopy
 * @property {boolean} listsHeadlines  whether every headline has a line of its own
 * @property {() => void} onHeadlines  list every headline
 * @property {boolean} searches  whether a search leaves something out
 * @property {(folded: boolean) => void} onFold  count noise only, or list it
 * @property {(format: "json"|"csv"|"markdown") => string} urlOf
 * @property {(id: string) => string} titleOf  of a container, or the host
 * @property {string} zone
 */

const SHOWN = 60;
const FEW = 40;
/** @param {string} kind */
const sayKind = (kind) => KIND_WORDS[kind] ?? kind.replaceAll("-", " ");

/** The server names groups in English. @param {string} group @param {string} title */
const titleOfGroup = (group, title) => GROUP_WORDS[group] ?? title;

/** @param {string} where */
const sayWhere = (where) => (where === "the host" ? t("the host") : where);

/**
 * How many findings of each kind there are, with the folded ones, as the report counts them.
 * @param {Report} report
 * @return {{group: string, title: string, kinds: [string, number][]}[]}
 */
export function countsOf(report) {
  return (report.groups ?? []).map(({ group, title, findings }) => {
    if (report.counts?.[group]) return { group, title, kinds: Object.entries(report.counts[group]) };
    /** @type {Map<string, number>} */
    const kinds = new Map();
    for (const finding of findings) kinds.set(finding.kind, (kinds.get(finding.kind) ?? 0) + 1);
    return { group, title, kinds: [...kinds] };
  });
}

/**
 * @param {Report|null} report
 * @param {string} problem
 * @param {{before: {seq: number, at: number}, after: {seq: number, at: number}}} ends
 * @param {ReportHandlers} handlers
 * @return {Node[]}
 */
export function reportOf(report, problem, ends, handlers) {
  return [header(ends, handlers), ...bodyOf(report, problem, handlers)];
}

/**
 * The report below the details of what is selected: a selection hides nothing of a comparison.
 * @param {Report|null} report
 * @param {string} problem
 * @param {ReportHandlers} handlers
 */
export function reportBelow(report, problem, handlers) {
  const title = h("h3", { class: "block", id: "report-below" }, t("What changed"));
  return h(
    "section",
    { class: "report-below", "aria-labelledby": "report-below" },
    title,
    bodyOf(report, problem, handlers),
  );
}

/** @param {Report|null} report @param {string} problem @param {ReportHandlers} handlers @return {Node[]} */
function bodyOf(report, problem, handlers) {
  const parts = problem ? [h("p", { class: "problem", role: "alert" }, problem)] : [];
  if (!report) return [...parts, problem ? h("p") : h("p", { class: "hint block" }, t("Comparing…"))];
  const { groups = [], headlines = [] } = report;
  if (!groups.length && !headlines.length)
    return [...parts, h("p", { class: "block" }, nothingOf(handlers)), ...listOf(noiseOf(report, handlers))];
  return [
    ...parts,
    h("p", { class: "report-counts", id: "report-counts" }, headlineCounts(headlines)),
    ...listOf(headlineList(headlines, handlers.listsHeadlines, handlers.onSelect, handlers.onHeadlines)),
    h("h3", { class: "block report-all" }, t("Every difference")),
    ...groups.map((group) => groupOf(group, report, handlers)),
    ...listOf(noiseOf(report, handlers)),
  ];
}

/** @param {Node|null} node @return {Node[]} */
const listOf = (node) => (node ? [node] : []);

/** @param {ReportHandlers} handlers */
function nothingOf({ searches }) {
  return searches
    ? t("Nothing that the search matches differs between the two.")
    : t("There is no lasting difference between the two.");
}

/**
 * @param {{before: {seq: number, at: number}, after: {seq: number, at: number}}} ends
 * @param {ReportHandlers} handlers
 */
function header({ before, after }, { zone, urlOf, onCopy }) {
  const line = (/** @type {string} */ name, /** @type {{seq: number, at: number}} */ end) => {
    const words = sayMoment(end.at, Date.now(), zone);
    return h(
      "div",
      null,
      h("dt", null, name),
      h(
        "dd",
        null,
        h("strong", null, words.local),
        h("span", { class: "muted" }, ` ${words.utc} · ${sayAgo(end.at, Date.now())}`),
      ),
    );
  };
  return h(
    "header",
    { class: "details-head report-head" },
    h("p", { class: "kind" }, t("Comparison")),
    h("h2", { tabindex: "-1" }, t("What changed")),
    h("dl", { class: "report-ends" }, line("A", before), line("B", after)),
    h(
      "div",
      { class: "report-export", role: "group", "aria-label": t("Export") },
      h("button", { type: "button", class: "button small", id: "copy-link", click: onCopy }, t("Copy link")),
      .../** @type {const} */ (["json", "csv", "markdown"]).map((format) =>
        h(
          "a",
          { class: "button small", id: `export-${format}`, href: urlOf(format), download: "" },
          format === "markdown" ? "Markdown" : format.toUpperCase(),
        ),
      ),
    ),
  );
}

/** A group, folded under its counts. Few differences that no headline tells are open. */
/** @param {Group} group @param {Report} report @param {ReportHandlers} handlers */
function groupOf({ group, title, findings }, report, handlers) {
  const open = !report.headlines?.length && findings.length <= FEW;
  const kinds = countsOf(report).find((one) => one.group === group)?.kinds ?? [];
  return h(
    "details",
    { class: "block report-group", id: `report-${group}`, "data-keep": `report-${group}`, open },
    h(
      "summary",
      null,
      titleOfGroup(group, title),
      h(
        "span",
        { class: "muted report-kinds" },
        kinds.map(([kind, count]) => `${number(count)} ${sayKind(kind)}`).join(", "),
      ),
    ),
    h(
      "ul",
      { class: "findings report-list" },
      findings.slice(0, SHOWN).map((finding) => entry(finding, handlers)),
    ),
    findings.length > SHOWN &&
      h(
        "p",
        { class: "hint" },
        t("and {count} more: the exported files list all of them", { count: findings.length - SHOWN }),
      ),
  );
}

/** @param {Finding} finding @param {ReportHandlers} handlers */
function entry(finding, { onSelect, knows, titleOf }) {
  const fate = fateOf(finding.kind);
  const key = [finding.key, finding.to_key, finding.from_key, finding.container].find((one) => one && knows(one));
  const name = nameOf(finding);
  return h(
    "li",
    { class: `report-entry ${fate}`, "data-kind": finding.kind, "data-key": finding.key || null },
    fateMark(fate),
    h(
      "div",
      null,
      h(
        "p",
        { class: "report-line" },
        key
          ? h(
              "button",
              {
                type: "button",
                class: "link",
                "data-focus": `finding:${focusOf(finding)}`,
                click: () => onSelect(key),
              },
              name,
            )
          : h("strong", null, name),
        h(
          "span",
          { class: "report-kind" },
          finding.group === "sharing" || finding.group === "left"
            ? sayKind(`${finding.group}-${finding.kind}`)
            : sayKind(finding.kind),
        ),
      ),
      whereOf(finding),
      finding.group === "sharing" &&
        finding.with?.length > 0 &&
        h("p", { class: "muted report-where" }, t("with {names}", { names: finding.with.map(titleOf).join(", ") })),
      finding.group === "left" ? leftOf(finding, titleOf) : difference(finding),
    ),
  );
}

/**
 * In which namespace it is left behind, and how to mend it.
 * @param {Finding} finding
 * @param {(key: string) => string} titleOf
 */
function leftOf(finding, titleOf) {
  const where = sayLeft(finding.type ?? "", finding.with.map(titleOf).join(", "));
  return h(
    "p",
    { class: "report-text" },
    finding.kind === "began" ? t("It is {where}.", { where }) : t("It is no longer {where}.", { where }),
    finding.mend && h("span", { class: "mono muted mend" }, ` ${finding.mend}`),
  );
}

/** What tells a finding from the others. @param {Finding} finding */
const focusOf = ({ group, kind, key, field, type }) => [group, kind, key, field ?? type ?? ""].join(":");

/** @param {Finding} finding */
function nameOf({ name, type, pid, group, key }) {
  if (group === "namespaces" && type)
    return [
      typeMark(type),
      ` ${TYPE_WORDS[/** @type {import("../model/types.js").NamespaceType} */ (type)]?.name ?? type} ${name}`,
    ];
  return `${name || key || group}${pid && group !== "isolated" ? ` ${pid}` : ""}`;
}

/** @param {Finding} finding */
function whereOf({ where, group, inside, type, field }) {
  const parts = [
    group === "containers" ||
    group === "limits" ||
    group === "namespaces" ||
    group === "sharing" ||
    group === "left" ||
    !where
      ? null
      : where === "the host"
        ? t("on the host")
        : t("in {container}", { container: where }),
    inside ? t("pid {pid} inside", { pid: String(inside) }) : null,
    type && group !== "namespaces" ? t("{type} namespace", { type }) : null,
    field && group !== "left" ? nameOfField(field.replaceAll(".", " ")) : null,
  ].filter(Boolean);
  return parts.length ? h("p", { class: "muted report-where" }, parts.join(" · ")) : null;
}

/** @param {string|null} field @param {string|null} value */
function sayLimit(field, value) {
  if (value === null || value === "null") return t("none");
  return field?.endsWith("_bytes") && /^\d+$/.test(value) ? sayBytes(Number(value)) : value;
}

/** @param {Finding} finding */
function difference({ group, kind, field, from = null, to = null }) {
  if (group === "limits")
    return h(
      "p",
      { class: "mono report-text" },
      h("del", null, sayLimit(field, from)),
      " → ",
      h("ins", null, sayLimit(field, to)),
    );
  if (from === null && to === null) return null;
  if (kind === "stopped") to ??= t("gone");
  if (kind === "reconfigured") [from, to] = [from ?? t("none"), to ?? t("none")];
  if (from === null || to === null) return h("p", { class: "mono muted report-text" }, sayValue(from ?? to));
  return h("p", { class: "mono report-text" }, h("del", null, sayValue(from)), " → ", h("ins", null, sayValue(to)));
}

/**
 * What is counted instead of listed, and the button that lists it.
 * @param {Report} report
 * @param {ReportHandlers} handlers
 */
function noiseOf(report, { onFold }) {
  if (report.folding?.all) return h("div", { class: "block" }, foldButton("fold-noise", true, onFold));
  const folds = report.folded ?? report.folds ?? [];
  const { passed } = report;
  const rows = [...folds.map(foldedRow), ...(passed?.groups ?? []).map(passedRow)];
  if (!rows.length && !passed?.processes) return null;
  return h(
    "details",
    { class: "block report-group noise", id: "report-noise", "data-keep": "report-noise" },
    h("summary", null, t("Noise, counted only"), h("span", { class: "count" }, rows.length)),
    passed?.processes ? h("p", { class: "hint" }, sayPassed(passed)) : null,
    h("ul", { class: "gaps" }, rows.slice(0, SHOWN)),
    folds.length > 0 && foldButton("list-all", false, onFold),
  );
}

/**
 * @param {string} id
 * @param {boolean} folds whether it counts the noise only
 * @param {ReportHandlers["onFold"]} onFold
 */
function foldButton(id, folds, onFold) {
  return h(
    "button",
    {
      type: "button",
      class: folds ? "button small" : "button small noise-all",
      id,
      "data-focus": "fold",
      click: () => onFold(folds),
    },
    folds ? t("Count the noise only") : t("List everything"),
  );
}

/** Findings that are alike, as one row. @param {any} fold */
function foldedRow({ name, pattern, where, why, counts = {} }) {
  const kinds = Object.entries(counts).map(([kind, count]) => `${number(count)} ${sayKind(kind)}`);
  const reason = why === "pattern" ? t("matches {pattern}", { pattern }) : sayKind(String(why));
  return h(
    "li",
    null,
    h("span", null, sayNameIn(name || pattern || t("process"), where)),
    h("span", { class: "muted" }, `${kinds.join(", ")} · ${reason}`),
  );
}

/** Processes of one name that came and went between the two moments. @param {any} group */
function passedRow({ name, where, processes }) {
  return h(
    "li",
    null,
    h("span", null, sayNameIn(name, where)),
    h(
      "span",
      { class: "muted" },
      plural(
        processes,
        "{count} process came and went between the two",
        "{count} processes came and went between the two",
      ),
    ),
  );
}

/** @param {string} name @param {string} where */
function sayNameIn(name, where) {
  return t("{name} in {container}", { name, container: sayWhere(where) });
}

/** @param {{processes: number, short?: number}} passed */
function sayPassed({ processes, short }) {
  const all = plural(
    processes,
    "{count} process came and went between A and B.",
    "{count} processes came and went between A and B.",
  );
  return short ? `${all} ${t("{count} of them were short-lived.", { count: short })}` : all;
}
