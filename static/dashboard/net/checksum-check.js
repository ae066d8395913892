/** The check that the page's state is the host's: its checksum against the one that the server sends. */

import { SCHEMA } from "../model/types.js";
import { waitBefore } from "./retry.js";

/**
 * @typedef {{seq: number, checksum: string}} Numbered  the checksum of the state at one seq
 *
 * @typedef {object} Owner  who holds the connection
 * @property {() => boolean} ended
 * @property {() => boolean} fetching  the state is being fetched: there is nothing to compare
 * @property {() => void} onAgreed
 * @property {() => void} onDiffers
 * @property {() => void} reload  fetch the state past every cache
 */

const PIECE_MS = 8; // how long one piece of computing the checksum may block the page

export class ChecksumCheck {
  /** Whether the last comparison failed. */
  differs = false;
  /** The last state that was found to be the host's. @type {Numbered|null} */
  agreed = null;
  /** What the server sent last. @type {Numbered|null} */
  #expected = null;
  #computing = false;
  #reloading = false;
  /** How many comparisons in a row failed. */
  #failures = 0;

  /**
   * @param {import("../model/store.js").Store} store
   * @param {import("./live-state.js").Surroundings} around
   * @param {Owner} owner
   */
  constructor(store, around, owner) {
    this.store = store;
    this.around = around;
    this.owner = owner;
  }

  /** A whole state was loaded: compute its checksum, in pieces. */
  begin() {
    if (!this.#computing) this.around.after(() => this.#compute(), 0);
    this.#computing = true;
  }

  /** A state was loaded, or the connection is paused: nothing is being reloaded any more. */
  endReload() {
    this.#reloading = false;
  }

  /**
   * The server sent the checksum of its state. A checksum of a newer schema is ignored: it counts fields that are not
   * known here.
   * @param {{seq: number, checksum?: string, schema?: number}} message
   */
  expect({ seq, checksum, schema = 1 }) {
    if (checksum !== undefined && schema <= SCHEMA) this.#expected = { seq, checksum };
  }

  #compute() {
    const { around, owner, store } = this;
    const until = around.now() + PIECE_MS;
    this.#computing = !owner.ended() && store.state !== null && !store.count(() => around.now() >= until);
    if (this.#computing) around.after(() => this.#compute(), 0);
    else this.compare();
  }

  /** Compare, where both checksums are known and are of the same seq. */
  compare() {
    const { owner, store } = this;
    const expected = this.#expected;
    if (owner.ended() || owner.fetching() || !expected || store.checksum === null) return;
    if (expected.seq !== store.state?.seq) return;
    this.differs = expected.checksum !== store.checksum;
    if (this.differs) return this.#reload();
    this.agreed = expected;
    this.#failures = 0;
    owner.onAgreed();
  }

  /** Fetch the state again: at once after the first failure, later after further ones. */
  #reload() {
    const { around, owner } = this;
    this.#expected = null;
    owner.onDiffers();
    if (this.#reloading) return;
    this.#reloading = true;
    if (this.#failures++ === 0) owner.reload();
    else around.after(() => owner.reload(), waitBefore(this.#failures, around.random()));
  }
}
