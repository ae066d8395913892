/** Opens and closes the life of one thing, over the view. */

import { sayWaiting, showLife } from "./life.js";
import { t } from "../../base/i18n.js";

/** @typedef {ReturnType<typeof createLives>} Lives */

/**
 * @param {import("../../page/page.js").Page} page
 * @param {import("../../page/time-travel.js").TimeTravel} timeTravel
 * @param {HTMLElement} element
 */
export function createLives(page, timeTravel, element) {
  const handlers = {
    onGo: (/** @type {number} */ seq) => {
      const key = page.view.life?.key ?? null;
      page.view.life = null;
      page.emit("view");
      timeTravel.go({ mode: "past", seq });
      if (key) page.select(key);
    },
    onLife: open,
    onClose: () => {
      page.view.life = null;
      page.keepUrl(true);
      page.emit("view");
    },
    zone: timeTravel.zone,
  };

  /** @param {import("../../address/view-query.js").LifeKind} kind @param {string} key */
  function open(kind, key) {
    page.view.life = { kind, key };
    page.keepUrl(true);
    page.emit("view");
  }

  async function show() {
    const asked = page.view.life;
    if (!asked || !timeTravel.api) return;
    sayWaiting(element, handlers, t("Reading its history…"));
    try {
      const life = await timeTravel.api.life(asked.kind, asked.key);
      if (page.view.life?.key !== asked.key) return;
      showLife(element, life, handlers);
      element.querySelector("h2")?.focus();
    } catch (error) {
      sayWaiting(element, handlers, error instanceof Error ? error.message : String(error));
    }
  }

  page.on("view", show);
  return { open };
}
