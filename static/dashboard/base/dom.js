/** Makes elements. Text is always text: the name of a process never becomes markup, and hides nothing. */

import { visible } from "./visible.js";

/**
 * @typedef {string|number|Node|null|undefined|false} Child
 * @typedef {Record<string, string|number|boolean|null|undefined|((event: any) => void)>} Props
 */

/** Attributes that people read. */
const READ = new Set(["title", "aria-label"]);

/**
 * An element with attributes (functions become listeners) and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Props|null} [props]
 * @param {...(Child|Child[])} children
 * @return {HTMLElementTagNameMap[T]}
 */
export function h(name, props, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(key, READ.has(key) ? visible(String(value)) : String(value));
  }
  element.append(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : visible(String(child)))),
  );
  return element;
}

/**
 * An SVG element with attributes and children.
 * @param {string} name
 * @param {Record<string, string|number|boolean|null|undefined>|null} [props]
 * @param {...(Child|Child[])} children
 * @return {SVGElement}
 */
export function s(name, props, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(props ?? {}))
    if (value !== false && value !== null && value !== undefined)
      element.setAttribute(key, value === true ? "" : String(value));
  element.append(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : visible(String(child)))),
  );
  return element;
}

/**
 * Replace the content of an element. The focus stays where an element with the same `data-focus` exists again. What the
 * reader unfolded stays open where an element with the same `data-keep` exists again.
 * @param {Element} element
 * @param {...(Child|Child[])} children
 */
export function fill(element, ...children) {
  const active = element.contains(document.activeElement) ? document.activeElement?.getAttribute("data-focus") : null;
  const scroll = element.scrollTop;
  const unfolded = [...element.querySelectorAll("details[data-keep][open]")].map((one) =>
    one.getAttribute("data-keep"),
  );
  element.replaceChildren(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : visible(String(child)))),
  );
  for (const one of element.querySelectorAll("details[data-keep]"))
    if (unfolded.includes(one.getAttribute("data-keep"))) one.setAttribute("open", "");
  if (scroll) element.scrollTop = scroll; // even the same value costs a layout
  if (active)
    /** @type {HTMLElement|null} */ (element.querySelector(`[data-focus="${CSS.escape(active)}"]`))?.focus({
      preventScroll: true,
    });
}

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @return {T} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (element);
}

/** How much larger than its own pixels an element is shown, by `zoom` in style sheets. @param {Element} element */
export const zoomOf = (element) => /** @type {{currentCSSZoom?: number}} */ (element).currentCSSZoom ?? 1;

/** The token against forged requests. */
export function csrfToken() {
  return (
    /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
    document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ??
    ""
  );
}
