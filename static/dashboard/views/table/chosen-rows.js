/** The rows that the reader chose besides the selection, to be copied. No elements. */

/** @typedef {{key: string}} Keyed */

export class ChosenRows {
  /** @type {Set<string>} */
  #keys = new Set();
  /** The row at which a range of chosen rows begins. @type {string|null} */
  #anchor = null;

  get size() {
    return this.#keys.size;
  }

  /** @param {string} key */
  has(key) {
    return this.#keys.has(key);
  }

  /** Forget those that are no longer among the rows. @param {Keyed[]} rows */
  keepIn(rows) {
    if (this.size) this.#keys = new Set(rows.map(({ key }) => key).filter((key) => this.has(key)));
  }

  /** Choose none. The next range begins here. @param {string} key */
  startAt(key) {
    this.#keys.clear();
    this.#anchor = key;
  }

  /** Choose a row besides the others, or no longer. @param {string} key @param {string|null} selected */
  toggle(key, selected) {
    if (!this.size && selected) this.#keys.add(selected);
    if (!this.#keys.delete(key)) this.#keys.add(key);
    this.#anchor = key;
  }

  /**
   * Choose all rows from the anchor to this one.
   * @param {Keyed[]} rows
   * @param {string} key
   * @param {string|null} selected  the anchor, where there is none
   */
  stretchTo(rows, key, selected) {
    const first = this.#anchor ?? selected ?? key;
    const [from, to] = [first, key].map((end) => rows.findIndex((row) => row.key === end));
    if (from < 0 || to < 0) return;
    this.#anchor = first;
    const stretch = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.choose(stretch);
  }

  /** Choose these and no others. @param {Keyed[]} rows */
  choose(rows) {
    this.#keys = new Set(rows.map(({ key }) => key));
  }
}
