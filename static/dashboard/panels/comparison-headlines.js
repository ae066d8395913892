/** What a person should read first of a comparison: counts, then a sentence for each container, by project. */

import { FATE_SIGNS, fateMark, fateOf } from "../widgets/pieces.js";
import { countHeadlines, gravestOf, linesOf } from "../model/report/headlines.js";
import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {import("../model/report/headlines.js").Headline} Headline
 * @typedef {import("../model/report/headlines.js").Line} Line
 */

const NAMED = 3;
export const MOST_LINES = 20;

/** How many containers each kind is said of. Banner and panel show the same. @param {Headline[]} headlines */
export function headlineCounts(headlines) {
  const counts = countHeadlines(headlines);
  if (!counts.length) return [h("span", { class: "muted" }, t("No container changed"))];
  return counts.map(({ kind, text, count }) =>
    h(
      "span",
      { class: `fate-count ${fateOf(kind)}`, "data-headline": kind, "data-count": count },
      h("span", { class: "fate", "aria-hidden": "true" }, FATE_SIGNS[fateOf(kind)]),
      text,
    ),
  );
}

/**
 * @param {Headline[]} headlines
 * @param {boolean} all  whether every detail is listed
 * @param {(key: string) => void} onSelect
 * @param {() => void} onAll
 * @return {Node|null} null for no headlines
 */
export function headlineList(headlines, all, onSelect, onAll) {
  if (!headlines.length) return null;
  const whole = linesOf(headlines);
  const lines = all ? whole : linesOf(headlines, MOST_LINES);
  const props = {
    type: "button",
    class: "button small",
    id: "all-headlines",
    "data-focus": "all-headlines",
    click: onAll,
  };
  return h(
    "section",
    { class: "block headlines", id: "headlines", "aria-label": t("What happened to containers") },
    projectsOf(lines).flatMap(({ title, items }) => [
      title && h("h3", null, title),
      h(
        "ul",
        { class: "findings report-list" },
        items.map((line) => entry(line, onSelect)),
      ),
    ]),
    lines.length < whole.length && h("button", props, t("Every container")),
  );
}

/** @param {Line[]} lines */
function projectsOf(lines) {
  /** @type {{title: string, items: Line[]}[]} */
  const projects = [];
  for (const line of lines) {
    if (line.heading || !projects.length) projects.push({ title: line.heading ? line.text : "", items: [] });
    if (!line.heading) projects[projects.length - 1].items.push(line);
  }
  return projects;
}

/** @param {Line} line @param {(key: string) => void} onSelect */
function entry({ about, said, text }, onSelect) {
  if (!about.length) return h("li", { class: "muted" }, text);
  const kind = gravestOf(about[0]);
  const more = about.slice(NAMED);
  return h(
    "li",
    { class: `report-entry ${fateOf(kind)}`, "data-headline": kind },
    fateMark(fateOf(kind)),
    h(
      "p",
      { class: "report-text" },
      about.slice(0, NAMED).flatMap((one, at) => [at > 0 && ", ", nameButton(one, onSelect)]),
      more.length > 0 && [", ", furtherNames(more, onSelect)],
      ` ${said}`,
    ),
  );
}

/** @param {Headline} headline @param {(key: string) => void} onSelect */
function nameButton({ container, name }, onSelect) {
  const props = {
    type: "button",
    class: "link",
    "data-focus": `headline:${container}`,
    click: () => onSelect(container),
  };
  return h("button", props, name);
}

/**
 * The further containers of a line, once they are asked for.
 * @param {Headline[]} more
 * @param {(key: string) => void} onSelect
 */
function furtherNames(more, onSelect) {
  const button = h(
    "button",
    { type: "button", class: "link", "data-focus": `more:${more[0].container}` },
    t("{count} more", { count: more.length }),
  );
  button.addEventListener("click", () =>
    button.replaceWith(...more.flatMap((one, at) => [at > 0 ? ", " : "", nameButton(one, onSelect)])),
  );
  return button;
}
