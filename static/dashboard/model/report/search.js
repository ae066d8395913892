/** What of a comparison's report the page's search finds. Pure. */

/**
 * @typedef {import("./headlines.js").Headline} Headline
 * @typedef {{container?: string|null, key?: string, with?: string[]}} Finding
 * @typedef {{group: string, title: string, findings: Record<string, any>[]}} Group
 * @typedef {{counts?: any, groups?: Group[], folded?: any[], folds?: any[], passed?: any, folding?: {all: boolean},
 *   headlines?: Headline[]}} Report  see "Comparison report" in docs/protocol.md
 */

/**
 * The report with what is about a container or a process that is found.
 * @param {Report} report
 * @param {{processes: Iterable<{key: string}>, containers: Iterable<{id: string}>}} found
 * @return {Report}
 */
export function searchReport(report, found) {
  const keys = new Set([...found.processes].map(({ key }) => key));
  const containers = new Set([...found.containers].map(({ id }) => id));
  const isFound = (/** @type {Finding} */ { container, key }) => keys.has(key ?? "") || containers.has(container ?? "");
  const groups = (report.groups ?? []).map((group) => ({ ...group, findings: group.findings.filter(isFound) }));
  return {
    ...report,
    headlines: (report.headlines ?? []).filter(
      ({ container, earlier }) => containers.has(container) || containers.has(earlier ?? ""),
    ),
    groups: groups.filter(({ findings }) => findings.length > 0),
    folded: (report.folded ?? []).filter(isFound),
    counts: undefined,
    passed: undefined,
  };
}
