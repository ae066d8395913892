/** A toast: a message that is shown for some seconds, and may have a button. */

import { h } from "../base/dom.js";

const SAID_MS = 6000;

/** @typedef {ReturnType<typeof createToast>} Toast */

/** @param {HTMLElement} element */
export function createToast(element) {
  let timer = 0;
  return {
    /** @param {string} text */
    say(text) {
      element.textContent = text;
      element.hidden = false;
      clearTimeout(timer);
      timer = window.setTimeout(() => (element.hidden = true), SAID_MS);
    },
    /** Add a button to the message. @param {string} label @param {() => void} run */
    offer(label, run) {
      element.append(h("button", { type: "button", class: "toast-action", click: run }, label));
    },
  };
}
