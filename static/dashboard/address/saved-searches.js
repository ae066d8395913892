/** Searches that are saved in this browser: each has a name and the query of its address. No DOM. */

/** @typedef {{name: string, query: string}} Saved */
/** @typedef {Pick<Storage, "getItem"|"setItem">} Keep  the browser's storage, or a substitute */

const NAME = "isoscope-searches";

/** @param {Keep} keep  if it refuses to save, the searches are lost when the page is closed */
export function createSaved(keep) {
  /** @type {Saved[]} */
  let searches = read(keep);

  /** @param {Saved[]} next */
  function put(next) {
    searches = next;
    try {
      keep.setItem(NAME, JSON.stringify(searches));
      return true;
    } catch {
      return false;
    }
  }

  return {
    get list() {
      return searches;
    },
    /**
     * A name is used once: saving under it again replaces the search.
     * @param {string} name
     * @param {string} query
     * @return {boolean} whether it is still there after the page is closed
     */
    add(name, query) {
      return put(
        [...searches.filter((one) => one.name !== name), { name, query }].sort((a, b) => a.name.localeCompare(b.name)),
      );
    },
    /** @param {string} name @return {() => void} what restores it */
    remove(name) {
      const before = searches;
      put(searches.filter((one) => one.name !== name));
      return () => void put(before);
    },
    /** Another tab saved or deleted one. */
    reload() {
      searches = read(keep);
    },
  };
}

/** @param {Keep} keep @return {Saved[]} */
function read(keep) {
  try {
    const found = JSON.parse(keep.getItem(NAME) ?? "[]");
    return Array.isArray(found)
      ? found.filter((one) => typeof one?.name === "string" && typeof one?.query === "string")
      : [];
  } catch {
    return [];
  }
}
