/** The list of hosts, and the session with the host that the page shows: its live state and its history. */

import { byId, csrfToken } from "../base/dom.js";
import { createApi } from "../net/api.js";
import { LiveState } from "../net/live-state.js";
import { pointOf } from "../model/vitals/vitals.js";
import { standingAfter, standingOf } from "../model/standing.js";
import { t } from "../base/i18n.js";
import { whereOf } from "../net/moment-loader.js";

/**
 * @typedef {import("./page.js").Page} Page
 * @typedef {import("./time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../net/live-state.js").Step} Step
 */

const HOSTS_EVERY_MS = 10_000;
const CHECK_EVERY_MS = 5_000;

/** What the browser gives a connection. @type {import("../net/live-state.js").Surroundings} */
const BROWSER = {
  fetch: (url, init) => fetch(url, init),
  open: (url) => new WebSocket(url),
  after: (run, ms) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  random: Math.random,
  now: () => Date.now(),
};

/**
 * @param {Page} page
 * @param {TimeTravel} timeTravel
 * @param {{hosts: string, signIn: string}} urls
 * @param {(text: string) => void} say
 */
export function createHostSession(page, timeTravel, urls, say) {
  return new HostSession(page, timeTravel, urls, say);
}

class HostSession {
  /** The connection to the host that is shown. @type {LiveState|null} */
  #live = null;

  /**
   * @param {Page} page
   * @param {TimeTravel} timeTravel
   * @param {{hosts: string, signIn: string}} urls
   * @param {(text: string) => void} say
   */
  constructor(page, timeTravel, urls, say) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.urls = urls;
    this.say = say;
    page.store.listen(({ what }) => this.#onStoreEvent(what));
    addEventListener("online", () => this.#live?.nudge());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#live?.nudge());
    setInterval(() => void this.load(), HOSTS_EVERY_MS);
    setInterval(() => this.#live?.check(), CHECK_EVERY_MS);
  }

  get started() {
    return this.#live !== null;
  }

  /** Read the list of hosts. */
  async load() {
    const { page } = this;
    try {
      const answer = await fetch(this.urls.hosts, {
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      if (answer.status === 401 || answer.status === 403 || answer.redirected) return this.#signIn();
      if (!answer.ok) return;
      page.hosts = await answer.json();
      if (page.row?.away) page.standing.heardAt = Math.min(page.standing.heardAt, Date.parse(page.row.heard_at));
      page.emit("hosts");
      this.#followFirst();
    } catch {
      // The status of the connection says that the server is away; the next round asks again.
    }
  }

  /** Follow the host that the address names, or the first one. */
  #followFirst() {
    const { hosts, view, step } = this.page;
    byId("first-run").hidden = hosts.length > 0;
    const known = hosts.find((row) => row.id === view.host);
    if (!known && hosts.length && !this.#live) this.choose(hosts[0].id, false);
    else if (view.host && !this.#live && hosts.length) this.follow(view.host);
    else if (step === "missing" && known && known.seq > 0) this.follow(known.id);
  }

  /** The host that is shown is gone: show another one. */
  async leave() {
    await this.load();
    const [first] = this.page.hosts;
    if (first) this.choose(first.id);
    else location.assign(location.pathname);
  }

  #signIn() {
    location.assign(`${this.urls.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  /** Show another host. @param {string} id @param {boolean} [push]  whether “back” should undo it */
  choose(id, push = true) {
    const { view } = this.page;
    if (view.host !== null && id !== view.host) {
      view.selected = null;
      view.options.open.clear();
      view.options.shut.clear();
      view.turned.clear();
      view.pins = {};
      [view.at, view.from, view.to, view.life] = [null, null, null, null];
    }
    view.host = id;
    this.page.keepUrl(push);
    this.follow(id);
  }

  /** @param {string} id */
  follow(id) {
    const { page, timeTravel, urls } = this;
    this.#live?.end();
    page.forget();
    this.#showTrouble({ type: "trouble", text: null });
    page.standing = standingOf(page.row);
    page.polling = false;
    const live = this.#connect(id);
    this.#live = live;
    page.emit("hosts");
    const api = createApi(urls.hosts, id, csrfToken, (url, init) => fetch(url, init));
    timeTravel.follow(api, live, whereOf(page.view));
    byId("app").dataset.mode = timeTravel.where.mode;
    page.emit("view");
    live.start();
  }

  /** @param {string} id */
  #connect(id) {
    const path = encodeURIComponent(id);
    return new LiveState({
      stateUrl: `${this.urls.hosts}/${path}/state`,
      socketUrl: socketUrl(this.urls.hosts, path),
      store: this.page.store,
      onStep: (step) => this.#takeStep(step),
      onHeld: (message) => this.#takeStanding(message),
      onPolling: (on) => {
        this.page.polling = on;
        this.page.emit("connection");
      },
      onFeed: (message) => this.page.receiveFeed(message),
      onTrouble: (trouble) => this.#showTrouble(trouble),
      around: BROWSER,
    });
  }

  /** @param {Step} step */
  #takeStep(step) {
    const { page } = this;
    if (page.step === "out-of-step" && step === "live")
      this.say(t("The state on this page differed from the host’s. The page has read it again."));
    [page.step, page.agreed] = [step, this.#live?.agreed ?? null];
    if (step === "signed-out") this.#signIn();
    page.emit("connection");
  }

  /** @param {{age_ms?: number, waiting?: number}} message */
  #takeStanding(message) {
    const { page } = this;
    page.standing = standingAfter(message, page.standing, page.row?.away ?? false);
  }

  /** @param {import("../model/types.js").Trouble} trouble */
  #showTrouble(trouble) {
    this.page.trouble = trouble;
    this.page.emit("trouble");
  }

  /** The store changed. @param {import("../model/store.js").StoreEvent["what"]} what */
  #onStoreEvent(what) {
    const { page, timeTravel } = this;
    if (what === "usage") {
      page.standing.heardAt = Date.now();
      page.usage.note(page.store.loads, Date.now());
      if (page.store.vitals.host) page.usage.noteHost(pointOf(page.store.vitals.host, Date.now()));
      return page.emit("usage");
    }
    if (what !== "heartbeat" && !page.arrived && timeTravel.where.mode === "live") page.refreshSoon();
    if (what === "changed") timeTravel.followLive();
    page.emit("connection");
  }
}

/**
 * The websocket of a host: beside the HTTP interface, which may lie below a path of its own.
 *
 * @param {string} hosts  the address `…/api/v1/hosts`
 * @param {string} path
 * @return {string}
 */
function socketUrl(hosts, path) {
  const url = new URL(`../../ws/hosts/${path}`, new URL(hosts, location.href));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
