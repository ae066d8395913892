/** Reads the report of the comparison that is shown. It makes no elements. */

/**
 * @typedef {import("../page/page.js").Page} Page
 * @typedef {import("../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../model/comparison.js").Union} Union
 */

export class ReportLoader {
  /** The comparison that the report is of. @type {Union|null} */
  #of = null;
  problem = "";
  /** Whether the report also lists the noise. */
  listsAll = false;

  /** Whether the report gives each headline a line of its own. */
  listsHeadlines = false;

  /** @param {Page} page @param {TimeTravel} timeTravel */
  constructor(page, timeTravel) {
    this.page = page;
    this.timeTravel = timeTravel;
  }

  /** Read the report again, with the noise listed or only counted. @param {boolean} all */
  list(all) {
    this.listsAll = all;
    this.#of = null;
    void this.load();
  }

  /** Read the report of the page's comparison, unless it is read already. */
  async load() {
    const { union } = this.page;
    const { api } = this.timeTravel;
    if (union === this.#of) return;
    this.#of = union;
    this.problem = "";
    this.page.receiveReport(null);
    if (!union || !api) return;
    try {
      const report = await api.report(union.before.seq, union.after.seq, this.listsAll);
      if (this.#of === union) this.page.receiveReport(report);
    } catch (error) {
      if (this.#of !== union) return;
      this.problem = error instanceof Error ? error.message : String(error);
      this.page.receiveReport(null);
    }
  }

  /** The address of the report as a file. @param {"json"|"csv"|"markdown"} format */
  urlOf(format) {
    const { view } = this.page;
    const { api, zone } = this.timeTravel;
    return api?.reportUrl(view.from ?? 0, view.to ?? 0, format, zone, this.listsAll) ?? "";
  }
}
