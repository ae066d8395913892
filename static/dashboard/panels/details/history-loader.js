/** Keeps what history knows of the selected thing, and reads it anew when the thing changes. No elements. */

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../time/controls.js").Journey} Journey
 * @typedef {import("../../address/view-query.js").LifeKind} LifeKind
 */

const HOUR = 3600_000;
const AGAIN_MS = 3000;

/**
 * @param {Page} page
 * @param {Journey} journey
 * @param {import("../life/open.js").Lives["open"]} onLife
 * @param {() => void} onRead
 */
export function createRecent(page, journey, onLife, onRead) {
  /**
   * @type
   * {{key: string, mark: any[], life: import("../../net/api.js").Life|null, problem: string, readAt: number, timer: number}|null}
   */
  let held = null;

  /** Whatever makes another answer likely. @param {LifeKind} kind @param {string} key */
  function markOf(kind, key) {
    const { store } = page;
    if (kind === "process") return [store.state?.processes.get(key)];
    if (kind === "container")
      return [
        store.state?.containers.get(key),
        [...(store.state?.processes.values() ?? [])].filter((process) => process.container === key).length,
      ];
    const space = store.state?.namespaces.get(key);
    return [space?.key, space?.initial ? 0 : space?.processes];
  }

  /** @param {LifeKind} kind @param {string} key */
  function read(kind, key) {
    const mine = held;
    const { api } = journey;
    if (!mine || !api) return;
    [mine.readAt, mine.timer] = [Date.now(), 0];
    api
      .life(kind, key)
      .then(
        (life) => Object.assign(mine, { life, problem: "" }),
        (error) => Object.assign(mine, { problem: error instanceof Error ? error.message : String(error) }),
      )
      .then(() => mine === held && onRead());
  }

  /** @param {LifeKind} kind @param {string} key */
  function keep(kind, key) {
    const mark = markOf(kind, key);
    if (held?.key !== key) {
      clearTimeout(held?.timer);
      held = { key, mark, life: null, problem: "", readAt: 0, timer: 0 };
      read(kind, key);
    } else if (!held.timer && mark.some((one, index) => one !== held?.mark[index])) {
      held.mark = mark;
      held.timer = window.setTimeout(() => read(kind, key), Math.max(0, AGAIN_MS - (Date.now() - held.readAt)));
    }
    return held;
  }

  function compareWithHourBefore() {
    const { arrived, liveSeq, union } = page;
    const state = union?.after ?? arrived?.states[0];
    const [seq, at] = state ? [state.seq, Date.parse(state.taken_at)] : [liveSeq ?? journey.seqHere(), Date.now()];
    void journey.compareMoments(at - HOUR, seq);
  }

  page.on("host", () => {
    clearTimeout(held?.timer);
    held = null;
  });

  return {
    /**
     * What is known of it by now; what is not comes later.
     * @param {LifeKind} kind
     * @param {string} key
     * @return {import("./history.js").Lately}
     */
    of(kind, key) {
      const { life, problem } = keep(kind, key);
      return {
        life,
        problem,
        onLife,
        zone: journey.zone,
        until: page.arrived ? (page.state?.seq ?? 0) : Infinity,
        onGo: (seq) => journey.go({ mode: "past", seq }),
        onHourAgo: compareWithHourBefore,
      };
    },
  };
}
