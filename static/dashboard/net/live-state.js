/**
 * Keeps a store equal to the state of one host: the state over HTTP, its changes over a websocket, until it is ended.
 * No DOM.
 */

import { ChecksumCheck } from "./checksum-check.js";
import { OutOfStep } from "../model/store.js";
import { Retry } from "./retry.js";
import { t } from "../base/i18n.js";

/**
 * @typedef {"loading"|"live"|"out-of-step"|"reconnecting"|"crowded"|"missing"|"signed-out"|"failed"} Step
 *   out-of-step: the page's checksum is not the host's, and the state is being fetched again;
 *   crowded: one person has too many pages open
 *
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
 * @property {(on: boolean) => void} [onPolling]  the server has to ask for changes every few seconds
 * @property {(message: import("../model/types.js").Diff | import("../model/types.js").Heartbeat) => void} [onHeld]
 *   how old the state is now
 * @property {(feed: {seq: number, entries: import("../model/feed.js").Entry[]}) => void} [onFeed]
 * @property {Surroundings} around
 */

const SILENCE_MS = 60_000; // after so long without a message, a websocket is asked for an answer
const ANSWER_MS = 10_000; // without an answer in this time, it is opened again
const FETCH_MS = 60_000; // a request for the state that takes longer is given up and repeated
const REVOKED = 4401;
const CROWDED = 4429;

export class LiveState {
  /** @type {WebSocket|null} */
  #socket = null;
  #ended = false;
  /** Whether the page shows the past: nothing is sent to it. */
  #paused = false;
  #fetching = false;
  /** Whether the state is to be fetched once more after this. */
  #fetchAgain = false;
  /** When a resync was sent that is not answered yet. */
  #askedAt = -Infinity;
  #heardAt;
  /** @type {ChecksumCheck} */
  #checksum;
  /** Diffs that came while the state was fetched. @type {import("../model/types.js").Diff[]} */
  #early = [];

  /** @param {Options} options */
  constructor({
    stateUrl,
    socketUrl,
    store,
    onStep,
    onTrouble = () => {},
    onFeed = () => {},
    onHeld = () => {},
    onPolling = () => {},
    around,
  }) {
    this.stateUrl = stateUrl;
    this.socketUrl = socketUrl;
    this.store = store;
    this.around = around;
    this.on = { step: onStep, trouble: onTrouble, feed: onFeed, held: onHeld, polling: onPolling };
    this.retry = new Retry(around);
    this.#heardAt = around.now();
    this.#checksum = new ChecksumCheck(store, around, {
      ended: () => this.#ended,
      fetching: () => this.#fetching,
      onAgreed: () => this.#socket && this.#sayLive(),
      onDiffers: () => this.#sayLive(),
      reload: () => void this.#load("reload"),
    });
  }

  /** The last state whose checksum was the host's; null before the first. */
  get agreed() {
    return this.#checksum.agreed;
  }

  start() {
    this.#say("loading");
    void this.#load();
  }

  /** Close the websocket; the state stays as it is. */
  pause() {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.#checksum.endReload();
    this.#early = [];
    this.#close();
  }

  /** Open the websocket again, from the state that is held. What was missed comes as one diff, or as a reset. */
  resume() {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    this.retry.attempt = 0;
    if (this.store.state) this.#connect();
    else if (this.#fetching) this.#fetchAgain = true;
    else this.start();
  }

  /** The network may be back, or the connection may be dead: find out at once. */
  nudge() {
    if (this.#ended || this.#paused || this.#fetching) return;
    if (this.#socket) return this.check();
    this.retry.attempt = 0;
    this.retry.cancel();
    if (this.store.state) this.#connect();
    else void this.#load();
  }

  /** Ask a silent websocket for an answer; open it again where none comes. To be called every few seconds. */
  check() {
    const socket = this.#socket;
    const silent = this.around.now() - this.#heardAt;
    if (this.#ended || this.#paused || this.#fetching || socket?.readyState !== 1 || silent <= SILENCE_MS) return;
    if (silent <= SILENCE_MS + ANSWER_MS) return this.#resync();
    this.#socket = null;
    socket.close();
    this.#heardAt = this.around.now();
    this.#connect();
  }

  end() {
    this.#ended = true;
    this.#close();
  }

  #close() {
    this.retry.cancel();
    const last = this.#socket;
    this.#socket = null;
    last?.close();
  }

  /** @param {Step} step */
  #stop(step) {
    this.#say(step);
    this.end();
  }

  /** @param {Step} step @param {string} [detail] */
  #say(step, detail = "") {
    if (!this.#ended && !this.#paused) this.on.step(step, detail);
  }

  #sayLive() {
    this.#say(this.#checksum.differs ? "out-of-step" : "live");
  }

  /** @param {() => void} run @param {string} why @param {Step} [step] */
  #retryLater(run, why, step = "reconnecting") {
    this.#say(step, why);
    this.retry.later(run);
  }

  /** @param {RequestCache} [cache] */
  async #load(cache = "default") {
    if (this.#fetching || this.#ended || this.#paused) return;
    this.#fetching = true;
    try {
      await this.#fetchState(cache);
    } catch (error) {
      const why = error instanceof Error ? error.message : t("The server cannot be reached.");
      if (!this.#ended && !this.#paused) this.#retryLater(() => void this.#load(cache), why);
    } finally {
      this.#fetching = false;
      if (this.#fetchAgain) void this.#load();
      this.#fetchAgain = false;
    }
  }

  /** @param {RequestCache} cache */
  async #fetchState(cache) {
    const answer = await this.around.fetch(this.stateUrl, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache,
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (this.#ended) return;
    if (isSignedOut(answer)) return this.#stop("signed-out");
    if (answer.status === 404) return this.#stop("missing");
    if (!answer.ok) throw new Error(t("The server answered {status}.", { status: answer.status }));
    const seq = Number(answer.headers.get("X-Isoscope-Seq"));
    const state = await answer.json();
    if (!this.#ended && !this.#paused) this.#takeState(state, seq);
  }

  /** @param {import("../model/types.js").HostState} state @param {number} seq */
  #takeState(state, seq) {
    this.store.load(state, seq);
    this.#checksum.endReload();
    this.#askedAt = -Infinity;
    const early = this.#early;
    this.#early = [];
    for (const diff of early) this.#take(diff);
    this.#checksum.begin();
    if (this.#socket) this.#sayLive();
    else this.#connect();
  }

  #connect() {
    if (this.#ended || this.#paused) return;
    this.retry.cancel();
    const socket = this.around.open(`${this.socketUrl}?seq=${this.store.state?.seq ?? 0}`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#askedAt = -Infinity;
      this.#heardAt = this.around.now();
      this.#sayLive();
    };
    socket.onmessage = (event) => {
      this.retry.attempt = 0; // not earlier: a server may accept a connection only to close it
      this.#heardAt = this.around.now();
      if (socket === this.#socket && !this.#ended) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket && !this.#ended) this.#closed(event.code);
    };
  }

  /** The websocket was closed by the server or by the network. @param {number} code */
  #closed(code) {
    this.#socket = null;
    if (code === REVOKED) return this.#stop("signed-out");
    const connect = () => this.#connect();
    if (code === CROWDED) {
      this.retry.slowDown();
      return this.#retryLater(connect, t("Too many pages are open."), "crowded");
    }
    // A refused handshake looks like a lost connection: only HTTP can tell which it was.
    const again = this.retry.attempt > 1 ? () => void this.#load() : connect;
    this.#retryLater(again, t("The connection was lost."));
  }

  /** @param {string} text */
  #receive(text) {
    const message = JSON.parse(text);
    if (message.type === "reset") return void this.#load();
    if (message.type === "metrics") return this.store.measure(message);
    if (message.type === "trouble") return this.on.trouble(message);
    if (message.type === "polling") return this.on.polling(message.on);
    if (message.type === "feed") return this.on.feed(message);
    if (message.type === "diff" && this.#fetching) return void this.#early.push(message);
    if (message.type === "diff" || message.type === "heartbeat") this.#take(message);
  }

  /** @param {import("../model/types.js").Diff | import("../model/types.js").Heartbeat} message */
  #take(message) {
    try {
      if (message.type === "diff") {
        this.store.apply(message);
        this.#askedAt = -Infinity;
      } else this.store.receiveHeartbeat(message);
      this.#checksum.expect(message);
      this.on.held(message);
      this.#sayLive();
      this.#checksum.compare();
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
      this.#resync();
    }
  }

  /** Ask for what is missing since the state that is held. */
  #resync() {
    const now = this.around.now();
    if (now - this.#askedAt < ANSWER_MS || this.#socket?.readyState !== 1) return;
    this.#askedAt = now;
    this.#socket.send(JSON.stringify({ type: "resync", seq: this.store.state?.seq ?? 0 }));
  }
}

/** Whether the server no longer knows who asks. A redirect to the sign-in page counts. @param {Response} answer */
function isSignedOut(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  return answer.status === 401 || answer.status === 403 || (answer.redirected && !type.includes("json"));
}
