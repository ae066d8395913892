/** Keeps a store in step with one host: first state over HTTP, changes over a websocket, for as long as it takes. No page. */

import { OutOfStep } from "../model/store.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {"loading"|"live"|"out-of-step"|"reconnecting"|"crowded"|"missing"|"signed-out"|"failed"} Step
 *   out-of-step: the page's checksum is not the host's, the state is being fetched again; crowded: too many pages of one person
 * @typedef {object} Surroundings  what a browser gives; tests give their own
 * @property {(url: string, init?: RequestInit) => Promise<Response>} fetch
 * @property {(url: string) => WebSocket} open
 * @property {(run: () => void, ms: number) => any} after
 * @property {(timer: any) => void} cancel
 * @property {() => number} random  0 up to 1
 * @property {() => number} now  milliseconds
 *
 * @typedef {object} Options
 * @property {string} stateUrl
 * @property {string} socketUrl
 * @property {import("../model/store.js").Store} store
 * @property {(step: Step, detail: string) => void} onStep
 * @property {(trouble: import("../model/types.js").Trouble) => void} [onTrouble]
 * @property {(feed: {seq: number, entries: import("../model/feed.js").Entry[]}) => void} [onFeed]  what happened
 * @property {Surroundings} around
 */

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 15_000;
const SILENCE_MS = 60_000; // a line that says nothing for so long is asked whether it is still there
const ANSWER_MS = 10_000; // and opened anew where it does not answer in this time
const FETCH_MS = 60_000; // a state that takes longer is given up, and asked for again
const PIECE_MS = 8; // how long one piece of counting the checksum may keep the page from everything else
const CROWDED = 4429;
const REFUSED = new Set([4001, 4003, 4401, 4403]);

/** How long to wait before the next attempt: doubling, with jitter, so that pages do not return all at once. @param {number} attempt @param {number} random */
export function waitBefore(attempt, random) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return wait / 2 + (wait / 2) * random;
}

/** @param {Options} options */
export function keepInStep({ stateUrl, socketUrl, store, onStep, onTrouble = () => {}, onFeed = () => {}, around }) {
  /** @type {WebSocket|null} */
  let socket = null;
  let attempt = 0;
  /** @type {any} */
  let timer = null;
  let ended = false;
  let paused = false; // the page shows the past: nothing is sent to it
  let fetching = false;
  let again = false; // the state is to be fetched once more after this
  let askedAt = -Infinity; // when a resync was sent whose answer has not come
  let heardAt = around.now();
  let counting = false; // the checksum of what was loaded
  let differs = false; // the checksum is not the host's
  let healing = false; // it is to be fetched again for that
  let doubts = 0; // how often in a row it was
  /** What the host is at, where a message said so. @type {{seq: number, checksum: string}|null} */
  let told = null;
  /** The last state that was found to be the host's. @type {{seq: number, checksum: string}|null} */
  let agreed = null;
  /** @type {import("../model/types.js").Diff[]} */
  let early = []; // diffs that came while the state was fetched

  /** @param {Step} step @param {string} [detail] */
  function say(step, detail = "") {
    if (!ended && !paused) onStep(step, detail);
  }

  /** @param {() => void} run @param {string} why @param {Step} [step] */
  function retry(run, why, step = "reconnecting") {
    say(step, why);
    around.cancel(timer);
    timer = around.after(run, waitBefore(attempt++, around.random()));
  }

  /** @param {RequestCache} [cache] */
  async function load(cache = "default") {
    if (fetching || ended || paused) return;
    fetching = true;
    try {
      const answer = await around.fetch(stateUrl, {
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        cache,
        signal: AbortSignal.timeout(FETCH_MS),
      });
      if (ended) return;
      if (refuses(answer)) return stop("signed-out");
      if (answer.status === 404) return stop("missing");
      if (!answer.ok) throw new Error(t("The server answered {status}.", { status: answer.status }));
      const seq = Number(answer.headers.get("X-Isoscope-Seq"));
      const state = await answer.json();
      if (ended || paused) return;
      store.load(state, seq);
      healing = false;
      askedAt = -Infinity;
      catchUp();
      if (!counting) around.after(countOn, 0);
      counting = true;
      if (!socket) connect();
      else sayLive();
    } catch (error) {
      if (!ended && !paused)
        retry(() => void load(cache), error instanceof Error ? error.message : t("The server cannot be reached."));
    } finally {
      fetching = false;
      if (again) void load();
      again = false;
    }
  }

  function catchUp() {
    const waiting = early;
    early = [];
    for (const diff of waiting) take(diff);
  }

  /** The checksum of a large state is counted in pieces. */
  function countOn() {
    const until = around.now() + PIECE_MS;
    counting = !ended && store.state !== null && !store.count(() => around.now() >= until);
    if (counting) around.after(countOn, 0);
    else compare();
  }

  /** Hold what the page has against what the host is said to be at. */
  function compare() {
    if (ended || fetching || !told || told.seq !== store.state?.seq || store.checksum === null) return;
    differs = told.checksum !== store.checksum;
    if (differs) return heal();
    [agreed, doubts] = [told, 0];
    if (socket) sayLive();
  }

  /** The state is not the host's: fetch it anew, past every cache; where that did not help, not at once again. */
  function heal() {
    told = null;
    sayLive();
    if (healing) return;
    healing = true;
    const again = () => void load("reload");
    if (doubts++ === 0) again();
    else around.after(again, waitBefore(doubts, around.random()));
  }

  function sayLive() {
    say(differs ? "out-of-step" : "live");
  }

  function connect() {
    if (ended || paused) return;
    around.cancel(timer);
    const mine = around.open(`${socketUrl}?seq=${store.state?.seq ?? 0}`);
    socket = mine;
    mine.onopen = () => {
      askedAt = -Infinity;
      heardAt = around.now();
      sayLive();
    };
    mine.onmessage = (event) => {
      attempt = 0; // not before: a server may let us in only to send us away
      heardAt = around.now();
      if (mine === socket && !ended) receive(event.data);
    };
    mine.onclose = (event) => {
      if (mine !== socket || ended) return;
      socket = null;
      if (REFUSED.has(event.code)) return stop("signed-out");
      if (event.code === CROWDED) {
        attempt = 10;
        return retry(connect, t("Too many pages are open."), "crowded");
      }
      // A handshake that is refused looks like a lost line: only HTTP can tell which it was.
      retry(attempt > 1 ? load : connect, t("The connection was lost."));
    };
  }

  /** @param {string} text */
  function receive(text) {
    const message = JSON.parse(text);
    if (message.type === "reset") return void load();
    if (message.type === "metrics") return store.measure(message);
    if (message.type === "trouble") return onTrouble(message);
    if (message.type === "feed") return onFeed(message);
    if (message.type === "diff" && fetching) return void early.push(message);
    if (message.type === "diff" || message.type === "heartbeat") take(message);
  }

  /** @param {import("../model/types.js").Diff | import("../model/types.js").Heartbeat} message */
  function take(message) {
    try {
      if (message.type === "diff") {
        store.apply(message);
        askedAt = -Infinity;
      } else store.hear(message);
      if (message.checksum !== undefined) told = { seq: message.seq, checksum: message.checksum };
      sayLive();
      compare();
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
      resync();
    }
  }

  function resync() {
    if (around.now() - askedAt < ANSWER_MS || !socket || socket.readyState !== 1) return;
    askedAt = around.now();
    socket.send(JSON.stringify({ type: "resync", seq: store.state?.seq ?? 0 }));
  }

  /** A silent line is asked; where it does not answer it is opened anew. */
  function listen() {
    const silent = around.now() - heardAt;
    if (ended || paused || fetching || socket?.readyState !== 1 || silent <= SILENCE_MS) return;
    if (silent <= SILENCE_MS + ANSWER_MS) return resync();
    const dead = socket;
    socket = null;
    dead.close();
    heardAt = around.now();
    connect();
  }

  /** @param {Step} step */
  function stop(step) {
    say(step);
    end();
  }

  function end() {
    ended = true;
    around.cancel(timer);
    const last = socket;
    socket = null;
    last?.close();
  }

  return {
    /** The last state whose checksum was the host's; null before the first. */
    get agreed() {
      return agreed;
    },
    start() {
      say("loading");
      void load();
    },
    /** Close the line; the state stays as it is. */
    pause() {
      if (paused || ended) return;
      paused = true;
      healing = false;
      around.cancel(timer);
      const last = socket;
      socket = null;
      early = [];
      last?.close();
    },
    /** Open the line again, from the state that is held: what came meanwhile comes as one diff, or as a reset. */
    resume() {
      if (!paused || ended) return;
      paused = false;
      attempt = 0;
      if (store.state) connect();
      else if (fetching) again = true;
      else {
        say("loading");
        void load();
      }
    },
    /** The line may be back, or may have died in silence: see at once. */
    nudge() {
      if (ended || paused || fetching) return;
      if (!socket) {
        attempt = 0;
        around.cancel(timer);
        void (store.state ? connect() : load());
      } else listen();
    },
    /** To be called every few seconds: a line may die without a word. */
    listen,
    end,
  };
}

/** Whether the server no longer knows who we are; a redirect to the sign-in page counts. @param {Response} answer */
function refuses(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  return answer.status === 401 || answer.status === 403 || (answer.redirected && !type.includes("json"));
}
