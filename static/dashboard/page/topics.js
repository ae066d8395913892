/** Topics: modules listen to what they show, and are called when it changes. */

/**
 * `state`: another state, or other options: the graph is new · `selection` · `search` · `side`: of a comparison ·
 * `moment`: the page is at another moment · `view`: another view, or a life · `host`: another host is followed ·
 * `hosts`: the list of hosts · `trouble`: recording is interrupted, or goes on ·
 * `connection`: its status, or a message that came over it · `usage`: what containers use · `theme` ·
 * `cover`: what lies over the view · `feed`: the server sent entries of the feed · `fit`: fit into the graph what is
 * found · `attention`: something else needs attention · `report`: what the server says about a comparison.
 * @typedef {"state"|"selection"|"search"|"side"|"moment"|"view"|"host"|"hosts"|"trouble"|"connection"|"usage"
 *   |"theme"|"cover"|"feed"|"fit"|"attention"|"report"} Topic
 *
 * @typedef {object} Redraw
 * @property {string|null} [opened]  what the reader opened
 * @property {boolean} [unasked]  the host changed: the reader asked for nothing
 * @property {boolean} [still]  another moment: what did not change does not move
 */

export class Topics {
  /** @type {Map<Topic, ((redraw: Redraw) => void)[]>} */
  #listeners = new Map();

  /** In the order in which they began to listen. @param {Topic} topic */
  of(topic) {
    return this.#listeners.get(topic) ?? [];
  }

  /** @param {Topic} topic @param {(redraw: Redraw) => void} run */
  on(topic, run) {
    this.#listeners.set(topic, [...this.of(topic), run]);
  }

  /** @param {Topic} topic @param {Redraw} redraw */
  emit(topic, redraw) {
    for (const run of this.of(topic)) run(redraw);
  }
}
