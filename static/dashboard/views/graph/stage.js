/** The graph on its canvas: asks for a layout, draws it, keeps known places, and eases every move. */

import { Easing } from "./easing.js";
import { GraphCanvas } from "./canvas/canvas.js";
import { Minimap } from "./canvas/minimap.js";
import { WAYS, neighbourhood, nextNode } from "./neighbours.js";
import { buildScene } from "./scene/scene.js";
import { newUnits } from "./newcomers.js";
import { createLayoutClient } from "../../layout/client.js";
import { inputOf } from "../../layout/layout.js";
import { isCalm } from "./canvas/viewport.js";
import { boundsOf } from "../../draw/geometry.js";
import { pinnedIn, placeKeys, withPins, withoutPins } from "./pinned.js";

/**
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./graph.js").GraphNode} GraphNode
 * @typedef {import("./graph.js").Group} Group
 * @typedef {import("./neighbours.js").Arrow} Arrow
 * @typedef {import("./scene/scene.js").Scene} Scene
 * @typedef {import("./scene/emphasis.js").Focus} Focus
 * @typedef {import("../../draw/theme.js").Theme} Theme
 * @typedef {import("../../layout/places.js").Places} Places
 *
 * @typedef {object} StageHandlers
 * @property {(key: string|null) => void} onSelect
 * @property {(key: string) => void} onOpen
 * @property {(node: GraphNode|Group|null, x: number, y: number) => void} onHover
 * @property {() => void} onSettled
 * @property {(titles: Map<string, string>) => void} onNew  containers appeared: their titles by key
 * @property {() => string[]} pointed  what is pointed at
 * @property {(pins: Places) => void} onPin  the reader pinned or unpinned something
 *
 * @typedef {object} Elements
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLCanvasElement} minimap
 */

const MOST_EASED = 1500;
const NUDGE = 16; // how far a key moves what is selected
const READABLE = 0.4; // the zoom below which labels vanish

/** @type {Scene} */
const NOTHING = { items: [], frames: [], targets: [], bounds: { x: 0, y: 0, w: 1, h: 1 } };

export class Stage {
  #easing = new Easing();
  /** The graph that was asked for last. @type {Graph|null} */
  #graph = null;
  /** The graph that the places belong to. @type {Graph|null} */
  #drawn = null;
  /** Where everything is to stand. @type {Places} */
  #places = {};
  /** Where everything is drawn; while it is eased, on its way. @type {Places} */
  #shown = {};
  /** @type {Places} */
  #pins = {};
  /** @type {Theme|null} */
  #theme = null;
  /** What is emphasised. @type {Focus} */
  #focus = { selected: new Set(), near: null, matches: null };
  /** In a comparison. @type {Pick<Focus, "fates"|"hidden"|"side">} */
  #comparison = {};
  /** @type {Focus["fills"]} */
  #fills = null;
  /** The scene of the places, where it is known. @type {Scene|null} */
  #scene = null;
  /** @type {import("../../layout/layout.js").Arrangement} */
  #arrangement = "ordered";
  /** Whether the places belong to another arrangement. */
  #rearranged = false;
  /** Whether the reader asked for a change that is not shown yet. */
  #asked = false;
  /** What the reader drags, where its neighbours move with it. @type {string|null} */
  #held = null;
  /** Whether nothing has been shown yet. */
  #fresh = true;
  /** What is to be brought into view once it has its place. @type {string|null} */
  #aim = null;

  /** @param {Elements} elements @param {string} workerUrl @param {StageHandlers} handlers */
  constructor(elements, workerUrl, handlers) {
    this.handlers = handlers;
    this.layout = createLayoutClient(workerUrl);
    this.canvas = new GraphCanvas(elements.canvas, {
      scene: () => (this.#shown === this.#places ? this.#settled() : this.#sceneOf(this.#shown)),
      onSelect: (key) => handlers.onSelect(key !== null && this.#isSection(key) ? null : key),
      onOpen: handlers.onOpen,
      onHover: (key, x, y) => handlers.onHover(this.#find(key), x, y),
      onDrag: (key, dx, dy) => this.#pull(key, dx, dy),
      onDrop: (key) => this.#drop(key),
      pointed: handlers.pointed,
      onDrawn: (scene, view) => this.#theme && minimap.show(scene, view, this.#theme),
    });
    this.viewport = this.canvas.viewport;
    const minimap = new Minimap(elements.minimap, (x, y) => this.viewport.centre(x, y));
  }

  /* ---- what is shown ---- */

  /**
   * Show another graph of the same host; what is known keeps its place.
   * @param {Graph} next
   * @param {import("../../page/topics.js").Redraw} [redraw]  `opened` is brought into view
   */
  show(next, { opened = null, still = false, unasked = false } = {}) {
    this.#graph = next;
    this.#asked ||= !unasked;
    if (this.#fresh) this.canvas.resize(); // the panels beside it have just appeared: its size changed
    this.#ask(opened, still);
    this.canvas.request(); // what was drawn while another view was shown lacks the minimap
  }

  /** Choose an arrangement; it is seen with what is shown next. @param {Stage["arrangement"]} next */
  arrange(next) {
    this.#rearranged ||= next !== this.#arrangement;
    this.#arrangement = next;
  }

  get arrangement() {
    return this.#arrangement;
  }

  /**
   * In a comparison: what became of what, and what the shown side does not have.
   * @param {Pick<Focus, "fates"|"hidden"|"side">} next
   */
  compare(next) {
    this.#comparison = next;
    this.#paint();
  }

  /** The usage of each container; null: it is not shown. @param {NonNullable<Focus["fills"]>|null} next */
  fill(next) {
    if (next === this.#fills) return;
    this.#fills = next;
    this.#paint();
  }

  /** @param {Theme} theme @param {Set<string>} selected @param {Map<string, number>|null} matches */
  style(theme, selected, matches) {
    const focus = this.#focus;
    if (theme === this.#theme && matches === focus.matches && isSame(selected, focus.selected)) return;
    this.#theme = theme;
    this.#focus = { selected, near: null, matches };
    this.#paint();
  }

  /** Forget every place, as for another host. */
  reset() {
    this.#easing.stop();
    this.#graph = this.#drawn = null;
    this.#places = this.#shown = {};
    this.#fresh = true;
    this.#paint();
  }

  /** Lay out everything again, without keeping places. */
  tidy() {
    if (!this.#graph) return;
    const input = inputOf(this.#graph, this.viewport.aspect, this.#wishes({}));
    this.layout.ask(input, (next) => {
      this.#settle(next);
      this.fit();
    });
  }

  /** @param {string|null} opened @param {boolean} [still] */
  #ask(opened, still) {
    if (!this.#graph) return;
    this.#aim = opened ?? this.#aim;
    const before = this.#rearranged ? null : this.#drawn && { graph: this.#drawn, places: this.#places };
    const input = inputOf(this.#graph, this.viewport.aspect, this.#wishes({ before, still, unasked: !this.#asked }));
    const arranged = this.#arrangement;
    this.layout.ask(input, (next) => {
      const rearranged = this.#rearranged && arranged === this.#arrangement;
      this.#settle(next);
      if (!rearranged) return;
      this.#rearranged = false;
      this.fit();
    });
  }

  /** @param {import("../../layout/layout.js").LayoutWishes} wishes */
  #wishes(wishes) {
    return { ...wishes, pins: this.#pins, arrangement: this.#arrangement };
  }

  /** The layout is known. @param {Places} next */
  #settle(next) {
    const before = this.#shown;
    const drawn = this.#drawn;
    this.#drawn = this.#graph;
    this.#places = next;
    this.#easing.stop();
    if (this.#fresh || Object.keys(next).length > MOST_EASED || isCalm()) this.#showAt(next);
    else this.#easing.start(before, next, (places) => this.#showAt(places));
    this.#bringAim();
    this.#fresh = false;
    if (drawn && this.#drawn && !this.#asked) this.handlers.onNew(newUnits(drawn, this.#drawn));
    this.#asked = false;
    this.handlers.onSettled();
  }

  /** @param {Places} places */
  #showAt(places) {
    this.#shown = places;
    this.#paint();
  }

  #paint() {
    this.#scene = null;
    if (this.#theme) this.canvas.renew(this.#theme.accent);
  }

  /** The scene once nothing moves any more. */
  #settled() {
    this.#scene ??= this.#sceneOf(this.#places);
    return this.#scene;
  }

  /** @param {Places} places */
  #sceneOf(places) {
    if (!this.#drawn || !this.#theme) return NOTHING;
    return buildScene(this.#drawn, places, this.#theme, {
      ...this.#focus,
      near: neighbourhood(this.#drawn, this.#focus.selected),
      fills: this.#fills,
      pinned: pinnedIn(this.#pins),
      arrangement: this.#arrangement,
      ...this.#comparison,
    });
  }

  /* ---- what is visible ---- */

  /**
   * After a change: bring what was opened into view; or everything, unless the reader moved the picture, sees all of
   * it, or did not ask for the change.
   */
  #bringAim() {
    const { viewport } = this;
    const target = this.#aim && this.#targetOf(this.#aim);
    this.#aim = null;
    if (target) return viewport.bring(target.rect);
    const { bounds } = this.#settled();
    if (this.#drawn && (this.#fresh || (this.#asked && !viewport.touched && !viewport.sees(bounds))))
      viewport.fit(bounds, !this.#fresh);
  }

  fit(animate = true) {
    if (this.#drawn) this.viewport.fit(this.#settled().bounds, animate);
  }

  resize() {
    if (this.canvas.resize() && !this.viewport.touched) this.fit(false);
  }

  /** Bring one thing into view, unless it can be read there already. @param {string} key */
  reveal(key) {
    const { viewport } = this;
    const target = this.#targetOf(key);
    if (target && (!viewport.sees(target.rect) || viewport.scale < READABLE)) viewport.bring(target.rect);
  }

  /** Bring several things into view together. @param {Iterable<string>} keys */
  bringAll(keys) {
    const rects = [...keys].map((key) => this.#targetOf(key)?.rect).filter((rect) => rect !== undefined);
    if (rects.length) this.viewport.bring(boundsOf(rects));
  }

  /** @param {string} key */
  #targetOf(key) {
    const { frames, targets } = this.#settled();
    return [...targets, ...frames].find((target) => target.key === key);
  }

  /** @param {string} key */
  #isSection(key) {
    return this.#drawn?.sections.some((section) => section.key === key) ?? false;
  }

  /** @param {string|null} key */
  #find(key) {
    if (key === null || !this.#drawn) return null;
    const isIt = (/** @type {{key: string}} */ one) => one.key === key;
    return this.#drawn.nodes.find(isIt) ?? this.#drawn.groups.find(isIt) ?? null;
  }

  /** The part of the picture that is visible, in the scene's units, and its scale. */
  get sight() {
    return { places: this.places, rect: this.viewport.view, zoom: this.viewport.scale };
  }

  /** Where everything stands, once nothing moves any more. */
  get places() {
    return structuredClone(this.#places);
  }

  /** Where something is, in pixels of the window. @param {string} key */
  rect(key) {
    const target = this.#targetOf(key);
    return target ? this.viewport.toScreen(target.rect) : null;
  }

  /** Where an arrow key leads. @param {string|null} from @param {Arrow} arrow */
  step(from, arrow) {
    return this.#drawn ? nextNode(this.#drawn, this.#places, from, arrow) : null;
  }

  /* ---- what the reader pins ---- */

  /** @param {string} key @param {number} dx @param {number} dy */
  #drag(key, dx, dy) {
    for (const one of placeKeys(this.#drawn, key, true)) {
      const place = this.#places[one];
      if (place) this.#shown[one] = this.#places[one] = [place[0] + dx, place[1] + dy];
    }
    this.#paint();
  }

  /**
   * Drag it; in the force arrangement its neighbours move with it.
   * @param {string} key
   * @param {number} dx
   * @param {number} dy
   */
  #pull(key, dx, dy) {
    const keys = placeKeys(this.#drawn, key, true);
    if (this.#drawn && this.#arrangement === "force" && this.#held !== key) {
      const before = { graph: this.#drawn, places: this.#places };
      const input = inputOf(this.#drawn, this.viewport.aspect, this.#wishes({ before, still: true }));
      this.layout.hold(input, keys, (moved) => this.#follow(moved));
      this.#held = key;
    }
    this.#drag(key, dx, dy);
    if (this.#held) this.layout.move(Object.fromEntries(keys.map((one) => [one, this.#places[one]])));
  }

  /** The neighbours of what is held moved. @param {Places} moved */
  #follow(moved) {
    for (const [key, place] of Object.entries(moved))
      if (this.#places[key]) this.#shown[key] = this.#places[key] = place;
    this.#paint();
  }

  /** @param {string} key */
  #drop(key) {
    if (this.#held === null) return this.#pin(key);
    this.#held = null;
    this.layout.release(() => this.#pin(key));
  }

  /** Pin it: it never moves, and what it covers moves away. @param {string} key */
  #pin(key) {
    this.#pins = withPins(this.#pins, placeKeys(this.#drawn, key, false), this.#places);
    this.handlers.onPin(this.#pins);
    this.#ask(null, true);
  }

  /** What was pinned before. @param {Places} pins */
  pin(pins) {
    this.#pins = pins;
    if (this.#drawn) this.#ask(null, true);
  }

  /** Unpin one thing, or all. @param {string|null} key */
  unpin(key) {
    this.#pins = key === null ? {} : withoutPins(this.#pins, placeKeys(this.#drawn, key, false));
    this.handlers.onPin(this.#pins);
    this.#paint();
  }

  /** Move one thing by a step of the keyboard, and pin it. @param {string} key @param {Arrow} arrow */
  nudge(key, arrow) {
    this.#drag(key, WAYS[arrow][0] * NUDGE, WAYS[arrow][1] * NUDGE);
    this.#pin(key);
  }
}

/** @param {Set<string>} a @param {Set<string>} b */
function isSame(a, b) {
  return a.size === b.size && [...a].every((key) => b.has(key));
}
