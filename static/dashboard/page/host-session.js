/** Which hosts there are, and the line to the one that is followed. */

import { byId, csrfToken } from "../base/dom.js";
import { createApi } from "../net/api.js";
import { t } from "../base/i18n.js";
import { keepInStep } from "../net/live-state.js";
import { whereOf } from "../net/moment-loader.js";

const HOSTS_EVERY_MS = 10_000;
const LISTEN_EVERY_MS = 5_000;

/** @typedef {ReturnType<typeof createFollowing>} Following */

/** @param {import("./page.js").Page} page @param {import("../panels/time/controls.js").Journey} journey @param {{hosts: string, signIn: string}} urls @param {(text: string) => void} say */
export function createFollowing(page, journey, urls, say) {
  /** @type {ReturnType<typeof keepInStep>|null} */
  let line = null;

  async function load() {
    try {
      const answer = await fetch(urls.hosts, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.status === 401 || answer.status === 403 || answer.redirected) return signIn();
      if (!answer.ok) return;
      page.hosts = await answer.json();
      if (page.row?.stale) page.heardAt = Math.min(page.heardAt, Date.parse(page.row.seen_at));
      page.tell("hosts");
      greet();
    } catch {
      // The line mark says that the server is away; the next round asks again.
    }
  }

  /** Follow what the address names, or the first there is. */
  function greet() {
    const { hosts, view } = page;
    byId("first-run").hidden = hosts.length > 0;
    const known = hosts.find((row) => row.id === view.host);
    if (!known && hosts.length && !line) choose(hosts[0].id, false);
    else if (view.host && !line && hosts.length) follow(view.host);
    else if (page.step === "missing" && known && known.seq > 0) follow(known.id);
  }

  function signIn() {
    location.assign(`${urls.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  /** @param {string} id @param {boolean} [push] */
  function choose(id, push = true) {
    const { view } = page;
    if (view.host !== null && id !== view.host) {
      view.selected = null;
      view.options.open.clear();
      view.options.shut.clear();
      view.turned.clear();
      view.pins = {};
      [view.at, view.from, view.to, view.life] = [null, null, null, null];
    }
    view.host = id;
    page.keepUrl(push);
    follow(id);
  }

  /** @param {string} id */
  function follow(id) {
    line?.end();
    page.forget();
    tellTrouble({ type: "trouble", text: null });
    page.heardAt = page.row?.stale ? Date.parse(page.row.seen_at) : Date.now();
    line = keepInStep(lineOf(id));
    page.tell("hosts");
    journey.follow(
      createApi(urls.hosts, id, csrfToken, (url, init) => fetch(url, init)),
      line,
      whereOf(page.view),
    );
    byId("app").dataset.mode = journey.where.mode;
    page.tell("view");
    line.start();
  }

  /** @param {import("../model/types.js").Trouble} trouble */
  function tellTrouble(trouble) {
    page.trouble = trouble;
    page.tell("trouble");
  }

  /** @param {string} id @return {Parameters<typeof keepInStep>[0]} */
  function lineOf(id) {
    const path = encodeURIComponent(id);
    return {
      stateUrl: `${urls.hosts}/${path}/state`,
      socketUrl: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws/hosts/${path}`,
      store: page.store,
      onStep: (next) => {
        if (page.step === "out-of-step" && next === "live")
          say(t("This page was no longer in step with its host, and has read the state again."));
        [page.step, page.agreed] = [next, line?.agreed ?? null];
        if (next === "signed-out") signIn();
        page.tell("line");
      },
      onFeed: (message) => page.hear(message),
      onTrouble: tellTrouble,
      around: {
        fetch: (url, init) => fetch(url, init),
        open: (url) => new WebSocket(url),
        after: (run, ms) => setTimeout(run, ms),
        cancel: (timer) => clearTimeout(timer),
        random: Math.random,
        now: () => Date.now(),
      },
    };
  }

  page.store.listen(({ what }) => {
    if (what === "measured") {
      page.usage.note(page.store.loads, Date.now());
      return page.tell("loads");
    }
    if (what !== "loaded") page.heardAt = Date.now();
    if (what !== "heard" && !page.arrived && journey.where.mode === "live") page.refreshSoon();
    if (what === "changed") journey.hear();
    page.tell("line");
  });
  addEventListener("online", () => line?.nudge());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && line?.nudge());
  setInterval(load, HOSTS_EVERY_MS);
  setInterval(() => line?.listen(), LISTEN_EVERY_MS);

  return {
    load,
    choose,
    follow,
    get started() {
      return line !== null;
    },
  };
}
