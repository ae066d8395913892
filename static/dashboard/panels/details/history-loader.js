/** Reads the history of the selected thing, and reads it again when the thing changes. It makes no elements. */

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../../address/view-query.js").LifeKind} LifeKind
 * @typedef {import("../life/open.js").Lives["open"]} OpenLife
 *
 * @typedef {object} Read  the history of one thing
 * @property {string} key
 * @property {number|null} at  the snapshot whose `left` was read; null: the newest
 * @property {any[]} facts  what it was read for: other facts make another history likely
 * @property {import("../../net/api.js").Life|null} life  null until it is read
 * @property {string} problem
 * @property {number} readAt
 * @property {number} timer  of the next reading; 0: none
 */

const HOUR_MS = 3600_000;
const READ_AGAIN_MS = 3000;

export class HistoryLoader {
  /** @type {Read|null} */
  #read = null;

  /** @param {Page} page @param {TimeTravel} timeTravel @param {OpenLife} onLife @param {() => void} onRead */
  constructor(page, timeTravel, onLife, onRead) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.onLife = onLife;
    this.onRead = onRead;
    page.on("host", () => {
      clearTimeout(this.#read?.timer);
      this.#read = null;
    });
  }

  /**
   * What is known now; the rest is read, and `onRead` says when it is there.
   * @param {LifeKind} kind
   * @param {string} key
   * @return {import("./history.js").History}
   */
  of(kind, key) {
    const { page, timeTravel, onLife } = this;
    const { life, problem, at } = this.#keepCurrent(kind, key);
    return {
      life,
      left: at === this.#shownAt(kind) ? (life?.left ?? []) : [],
      problem,
      onLife,
      zone: timeTravel.zone,
      until: page.arrived ? (page.state?.seq ?? 0) : Infinity,
      onGo: (seq) => timeTravel.go({ mode: "past", seq }),
      onHourAgo: () => this.#compareWithHourBefore(),
    };
  }

  /** @param {LifeKind} kind @param {string} key */
  #keepCurrent(kind, key) {
    const at = this.#shownAt(kind);
    const facts = [at, ...factsOf(this.page.store.state, kind, key)];
    const read = this.#read;
    if (!read || read.key !== key) {
      clearTimeout(read?.timer);
      const first = { key, at, facts, life: null, problem: "", readAt: 0, timer: 0 };
      this.#read = first;
      this.#start(first, kind);
      return first;
    }
    if (!read.timer && facts.some((fact, index) => fact !== read.facts[index])) {
      read.facts = facts;
      const wait = Math.max(0, READ_AGAIN_MS - (Date.now() - read.readAt));
      read.timer = window.setTimeout(() => this.#start(read, kind), wait);
    }
    return read;
  }

  /** The snapshot of which it matters where a container is left behind; null: the newest. @param {LifeKind} kind */
  #shownAt(kind) {
    const { arrived, state } = this.page;
    return kind === "container" && arrived ? (state?.seq ?? null) : null;
  }

  /** @param {Read} read @param {LifeKind} kind */
  async #start(read, kind) {
    const { api } = this.timeTravel;
    if (!api || read !== this.#read) return;
    [read.readAt, read.timer] = [Date.now(), 0];
    try {
      const at = this.#shownAt(kind);
      read.life = await api.life(kind, read.key, at);
      read.at = at;
      read.problem = "";
    } catch (error) {
      read.problem = error instanceof Error ? error.message : String(error);
    }
    if (read === this.#read) this.onRead();
  }

  #compareWithHourBefore() {
    const { arrived, liveSeq, union } = this.page;
    const state = union?.after ?? arrived?.states[0];
    const seq = state ? state.seq : (liveSeq ?? this.timeTravel.seqHere());
    const at = state ? Date.parse(state.taken_at) : Date.now();
    void this.timeTravel.compareMoments(at - HOUR_MS, seq);
  }
}

/**
 * The facts whose change makes another history likely.
 * @param {import("../../model/store.js").State|null} state
 * @param {LifeKind} kind
 * @param {string} key
 * @return {any[]}
 */
function factsOf(state, kind, key) {
  if (kind === "process") return [state?.processes.get(key)];
  if (kind === "namespace") {
    const namespace = state?.namespaces.get(key);
    return [namespace?.key, namespace?.initial ? 0 : namespace?.processes];
  }
  const processes = [...(state?.processes.values() ?? [])].filter((process) => process.container === key);
  return [state?.containers.get(key), processes.length];
}
