/** A tip: sentences about the element under the pointer or the keyboard. */

import { fill, h } from "../base/dom.js";

const MARGIN = 8;

export class Tip {
  element = h("div", { class: "tip mx-tip", hidden: true });

  /** @param {HTMLElement} box  the positioned element that it lies in */
  constructor(box) {
    this.box = box;
  }

  hide() {
    this.element.hidden = true;
  }

  /** @param {HTMLElement} place  the element that it is about @param {string} title @param {string[]} sentences */
  show(place, title, sentences) {
    this.element.hidden = false;
    fill(
      this.element,
      h("strong", null, title),
      sentences.map((text) => h("span", null, text)),
    );
    this.#moveTo(place);
  }

  /** Below the place, or above it where there is no room below. @param {HTMLElement} place */
  #moveTo(place) {
    const { element } = this;
    const [box, at] = [this.box.getBoundingClientRect(), place.getBoundingClientRect()];
    const x = Math.max(MARGIN, Math.min(at.left - box.left, box.width - element.offsetWidth - MARGIN));
    const below = at.bottom - box.top + element.offsetHeight + 10 < box.height;
    const y = below ? at.bottom - box.top + 4 : at.top - box.top - element.offsetHeight - 4;
    element.style.transform = `translate(${x}px, ${y}px)`;
  }
}
