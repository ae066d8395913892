/** The wall screen: the view without its controls, and one host after another. */

import { t } from "../base/i18n.js";

export const KIOSK_SECONDS = 20;
/** So much of the page fills a wall screen, in its own pixels; a larger screen shows it larger. */
const WALL = { width: 1280, height: 720 };

/**
 * @typedef {object} Surroundings
 * @property {{choose: (id: string, push?: boolean) => void}} session
 * @property {import("../base/keys.js").Keys} keys
 * @property {HTMLElement} root  the element of the page that gets `data-kiosk`
 * @property {() => void} fit  fit the graph into the view
 * @property {(text: string) => void} say
 */

/** @param {import("../page/page.js").Page} page @param {Surroundings} surroundings */
export function createKiosk(page, { session, keys, root, fit, say }) {
  let timer = 0;

  function apply() {
    const { kiosk } = page.view;
    if (root.hasAttribute("data-kiosk") !== (kiosk !== null)) requestAnimationFrame(fit);
    root.toggleAttribute("data-kiosk", kiosk !== null);
    root.style.setProperty("zoom", kiosk === null ? "" : String(wallZoom(innerWidth, innerHeight)));
    clearInterval(timer);
    if (kiosk !== null) timer = Number(setInterval(turn, kiosk * 1000));
  }

  function turn() {
    const next = nextHost(page.hosts, page.view.host);
    if (next) session.choose(next, false);
  }

  /** @param {number|null} seconds */
  function set(seconds) {
    page.view.kiosk = seconds;
    page.keepUrl(true);
    apply();
  }

  function toggle() {
    if (page.view.kiosk !== null) return set(null);
    set(KIOSK_SECONDS);
    say(t("Wall screen: Esc or k leaves it. With kiosk=60 in the link, the next host is shown every minute."));
  }

  keys.bind({ k: toggle });
  keys.onEscape(() => {
    const was = page.view.kiosk !== null;
    if (was) set(null);
    return was;
  });
  page.on("view", apply);
  addEventListener("resize", apply);
  apply();
  return { toggle };
}

/**
 * How large a wall screen shows the page: three times its size with 4K. Never smaller than it is. Pure.
 * @param {number} width
 * @param {number} height  of the window, in pixels
 */
export function wallZoom(width, height) {
  return Math.max(1, Math.min(width / WALL.width, height / WALL.height));
}

/**
 * The host after this one, of those that are recorded live; null where there is no other. Pure.
 * @param {import("../model/types.js").HostRow[]} hosts
 * @param {string|null} current
 */
export function nextHost(hosts, current) {
  const rows = hosts.filter((row) => row.seq > 0 && !row.imported);
  const next = rows[(rows.findIndex((row) => row.id === current) + 1) % Math.max(1, rows.length)];
  return next && next.id !== current ? next.id : null;
}
