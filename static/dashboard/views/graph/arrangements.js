/** The switch between the two arrangements of the graph. */

/**
 * @typedef {import("../../layout/layout.js").Arrangement} Arrangement
 *
 * @typedef {object} Switch
 * @property {() => void} show  which arrangement is chosen
 * @property {() => void} turn  choose the other one
 */

/**
 * @param {import("../../page/page.js").Page} page
 * @param {HTMLElement} bar  a button for each arrangement
 * @return {Switch}
 */
export function createArrangements(page, bar) {
  const buttons = [...bar.querySelectorAll("button")];
  const choose = (/** @type {Arrangement} */ arrangement) => {
    if (arrangement === page.view.arrangement) return;
    page.view.arrangement = arrangement;
    page.view.pins = {}; // each arrangement has its own
    page.refresh();
  };
  for (const button of buttons)
    button.addEventListener("click", () => choose(/** @type {Arrangement} */ (button.dataset.arrangement)));
  return {
    show() {
      for (const button of buttons)
        button.setAttribute("aria-pressed", String(button.dataset.arrangement === page.view.arrangement));
    },
    turn: () => choose(page.view.arrangement === "force" ? "ordered" : "force"),
  };
}
