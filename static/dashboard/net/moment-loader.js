/**
 * Loads the states of the moment that the page goes to: none when live, one of the past, or two to compare. No DOM.
 */

/**
 * @typedef {import("../model/store.js").State} State
 * @typedef {{mode: "live"}|{mode: "past", seq: number}|{mode: "compare", from: number, to: number}} Where
 * @typedef {{where: Where, states: State[]}} Arrival no state when live: the store has it; one of the past; two of a
 *   comparison
 *
 * @typedef {object} LoaderOptions
 * @property {{pause: () => void, resume: () => void}} connection  to the server: paused while the page shows the past
 * @property {(seq: number) => Promise<State>} fetchState
 * @property {(arrival: Arrival) => void} onArrive
 * @property {(error: Error, where: Where) => void} onFail
 */

const KEPT = 6;

/** What an address asks for. @param {{at: number|null, from: number|null, to: number|null}} view @return {Where} */
export function whereOf({ at, from, to }) {
  if (from !== null && to !== null) return { mode: "compare", from, to };
  return at === null ? { mode: "live" } : { mode: "past", seq: at };
}

/** @param {Where} a @param {Where} b */
export function isSame(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @param {LoaderOptions} options */
export function createMomentLoader({ connection, fetchState, onArrive, onFail }) {
  /** @type {Where} */
  let here = { mode: "live" };
  /** @type {Where|null} */
  let wanted = null;
  let busy = false;
  /** @type {Map<number, State>} */
  const kept = new Map();

  /** @param {number} seq */
  async function stateAt(seq) {
    const known = kept.get(seq);
    if (known) kept.delete(seq);
    const state = known ?? (await fetchState(seq));
    kept.set(seq, state);
    while (kept.size > KEPT) kept.delete([...kept.keys()][0]);
    return state;
  }

  /** Load one moment at a time; of those asked for meanwhile, only the last is loaded. */
  async function loadWanted() {
    if (busy) return;
    busy = true;
    while (wanted) {
      const where = wanted;
      try {
        const seqs = where.mode === "past" ? [where.seq] : where.mode === "compare" ? [where.from, where.to] : [];
        const states = await Promise.all(seqs.map(stateAt));
        if (wanted === where || here.mode === where.mode) onArrive({ where, states });
      } catch (error) {
        if (wanted === where) onFail(error instanceof Error ? error : new Error(String(error)), where);
      }
      if (wanted === where) wanted = null;
    }
    busy = false;
  }

  return {
    get here() {
      return here;
    },
    /** @param {Where} where */
    go(where) {
      const from = here;
      here = where;
      if (where.mode === "live") {
        wanted = null;
        if (from.mode !== "live") connection.resume();
        onArrive({ where, states: [] });
        return;
      }
      if (from.mode === "live") connection.pause();
      wanted = where;
      void loadWanted();
    },
  };
}
