/** The views of one state: which there are, which one is seen. A view that is not seen is not drawn. */

import { fill, h } from "../base/dom.js";

/**
 * @typedef {import("./page.js").Page} Page
 *
 * @typedef {object} View
 * @property {import("../address/view-query.js").ViewName} name  in the address
 * @property {string} key  of the keyboard
 * @property {string} label
 * @property {HTMLElement} element
 * @property {(redraw: import("./page.js").Redraw) => void} show  the state or the reader's options changed
 * @property {() => void} mark  only the selection, the search, the side of a comparison or the theme changed
 * @property {(key: string) => void} reveal  bring what was selected into sight
 * @property {() => void} [resize]
 * @property {(event: KeyboardEvent) => boolean} [onKey]  a key that was pressed while it is seen; whether it meant something
 */

/** @param {Page} page @param {View[]} list @param {{app: HTMLElement, bar: HTMLElement, life: HTMLElement}} elements */
export function createViews(page, list, { app, bar, life }) {
  /** What each has missed while it was not seen. @type {Map<string, import("./page.js").Redraw>} */
  const missed = new Map();

  const now = () => list.find((view) => view.name === page.view.view) ?? list[0];

  /** @param {import("./page.js").Redraw} redraw */
  function show(redraw) {
    for (const view of list)
      missed.set(view.name, { opened: redraw.opened ?? missed.get(view.name)?.opened, still: redraw.still });
    draw();
  }

  function draw() {
    if (page.view.life !== null || !page.state || !page.graph) return;
    const view = now();
    const redraw = missed.get(view.name);
    missed.delete(view.name);
    if (redraw) view.show(redraw);
    else view.mark();
  }

  /** Which of them is seen. */
  function turn() {
    const view = now();
    app.dataset.view = view.name;
    life.hidden = page.view.life === null;
    for (const one of list) one.element.hidden = one !== view || page.view.life !== null;
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.id === `view-${view.name}`));
    view.resize?.();
    draw();
  }

  /** @param {View["name"]} name */
  function switchTo(name) {
    page.view.view = name;
    page.view.life = null;
    page.keepUrl(true);
    page.tell("view");
  }

  fill(
    bar,
    list.map(({ name, label, key }) =>
      h(
        "button",
        {
          type: "button",
          id: `view-${name}`,
          title: `${label} (${key})`,
          "aria-pressed": "false",
          click: () => switchTo(name),
        },
        label,
      ),
    ),
  );
  page.on("state", show);
  page.on("view", turn);
  for (const topic of /** @type {const} */ (["selection", "search", "side", "theme"])) page.on(topic, draw);
  page.on(
    "selection",
    () => page.view.selected !== null && page.view.life === null && page.graph && now().reveal(page.view.selected),
  );

  return {
    switchTo,
    keys: Object.fromEntries(list.map(({ name, key }) => [key, () => switchTo(name)])),
    resize: () => now().resize?.(),
    /** @param {KeyboardEvent} event */
    onKey: (event) => page.view.life === null && Boolean(now().onKey?.(event)),
  };
}
