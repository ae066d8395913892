/** The tour: six steps over the live page. It is a modal dialog, so that Tab and Escape do what they do in dialogs. */

import { fill, h } from "../../base/dom.js";
import { STEPS } from "./steps.js";
import { t } from "../../base/i18n.js";

const STORAGE_KEY = "isoscope.tour";
const GAP = 12;
const RIM = 4;

/**
 * @typedef {{left: number, top: number, width: number, height: number}} Area
 * @typedef {{width: number, height: number}} Size
 */

/** @param {HTMLDialogElement} dialog @param {() => void} onReference  opens the list of keys */
export function createTour(dialog, onReference) {
  return new Tour(dialog, onReference);
}

class Tour {
  #at = 0;
  #ring = h("div", { class: "tour-ring", "aria-hidden": "true" });
  #card = h("div", { class: "tour-card" });

  /** @param {HTMLDialogElement} dialog @param {() => void} onReference */
  constructor(dialog, onReference) {
    this.dialog = dialog;
    this.onReference = onReference;
    dialog.append(this.#ring, this.#card);
    dialog.addEventListener("close", () => localStorage.setItem(STORAGE_KEY, "seen"));
    dialog.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowRight") this.#go(this.#at + 1);
      if (key === "ArrowLeft") this.#go(this.#at - 1);
    });
    addEventListener("resize", () => this.#place());
  }

  /** Whether this reader has ended it once, in this browser. */
  get seen() {
    return localStorage.getItem(STORAGE_KEY) !== null;
  }

  start() {
    this.dialog.showModal();
    this.#go(0);
  }

  /** @param {number} step */
  #go(step) {
    this.#at = Math.max(0, Math.min(STEPS.length - 1, step));
    const { title, text } = STEPS[this.#at];
    const count = t("Step {step} of {all}", { step: this.#at + 1, all: STEPS.length });
    fill(
      this.#card,
      h("p", { class: "muted" }, count),
      h("h2", { id: "tour-title" }, t(title)),
      h("p", { id: "tour-text" }, t(text)),
      h("div", { class: "tour-buttons" }, this.#buttons()),
    );
    this.#place();
    /** @type {HTMLElement|null} */ (this.#card.querySelector("#tour-next"))?.focus();
  }

  #buttons() {
    const [at, last] = [this.#at, this.#at === STEPS.length - 1];
    const end = () => this.dialog.close();
    const reference = () => {
      end();
      this.onReference();
    };
    return [
      button("tour-end", last ? t("Keys and search") : t("End the tour"), "", last ? reference : end),
      at > 0 && button("tour-back", t("Back"), "", () => this.#go(at - 1)),
      button("tour-next", last ? t("Done") : t("Next"), "primary", last ? end : () => this.#go(at + 1)),
    ];
  }

  #place() {
    if (!this.dialog.open) return;
    const target = targetOf(STEPS[this.#at].targets);
    this.#ring.hidden = target === null;
    if (target) setArea(this.#ring, target);
    const size = { width: this.#card.offsetWidth, height: this.#card.offsetHeight };
    setArea(this.#card, placeCard(target, size, { width: innerWidth, height: innerHeight }));
  }
}

/** @param {string} id @param {string} text @param {string} style @param {() => void} click */
const button = (id, text, style, click) =>
  h("button", { type: "button", id, class: `button small ${style}`, click }, text);

/** The first of the elements that can be seen, with a rim around it. @param {string[]} ids @return {Area|null} */
function targetOf(ids) {
  for (const id of ids) {
    const box = document.getElementById(id)?.getBoundingClientRect();
    if (!box || box.width < 2 || box.height < 2 || box.right <= 0 || box.left >= innerWidth) continue;
    const [left, top] = [Math.max(RIM, box.left - RIM), Math.max(RIM, box.top - RIM)];
    return {
      left,
      top,
      width: Math.min(innerWidth - RIM, box.right + RIM) - left,
      height: Math.min(innerHeight - RIM, box.bottom + RIM) - top,
    };
  }
  return null;
}

/**
 * Where the card stands: below what it explains, above it, beside it, or else over its lower end. Pure.
 * @param {Area|null} target
 * @param {Size} card
 * @param {Size} page
 * @return {{left: number, top: number}}
 */
export function placeCard(target, card, page) {
  const area = target ?? { left: 0, top: 0, ...page };
  const within = (/** @type {number} */ value, /** @type {number} */ most) =>
    Math.max(GAP, Math.min(value, most - GAP));
  const middle = {
    left: within(area.left + (area.width - card.width) / 2, page.width - card.width),
    top: within(area.top + (area.height - card.height) / 2, page.height - card.height),
  };
  const below = area.top + area.height + GAP;
  const above = area.top - GAP - card.height;
  const right = area.left + area.width + GAP;
  const left = area.left - GAP - card.width;
  if (below + card.height + GAP <= page.height) return { left: middle.left, top: below };
  if (above >= GAP) return { left: middle.left, top: above };
  if (right + card.width + GAP <= page.width) return { left: right, top: middle.top };
  if (left >= GAP) return { left, top: middle.top };
  return { left: middle.left, top: within(below - card.height - 2 * GAP, page.height - card.height) };
}

/** @param {HTMLElement} element @param {Partial<Area>} area */
function setArea(element, area) {
  for (const [name, value] of Object.entries(area)) element.style.setProperty(name, `${Math.round(value)}px`);
}
