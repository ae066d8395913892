/** The graph on its canvas: asks for places, draws, keeps what stands where it stands, and eases what moves. */

import { buildScene } from "./scene/scene.js";
import { createCanvas, isCalm } from "./canvas.js";
import { createLayoutClient } from "../../layout/client.js";
import { createMinimap } from "./minimap.js";
import { BOX } from "../../layout/places.js";
import { inputOf } from "../../layout/layout.js";
import { WAYS, neighbourhood, walk } from "./neighbours.js";

/**
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("../../layout/places.js").Places} Places
 * @typedef {import("../../draw/theme.js").Theme} Theme
 *
 * @typedef {object} StageHandlers
 * @property {(key: string|null) => void} onSelect
 * @property {(key: string) => void} onOpen
 * @property {(node: import("./graph.js").GraphNode|import("./graph.js").Group|null, x: number, y: number) => void}
 *   onHover
 * @property {() => void} onSettled
 * @property {(pins: Places) => void} onPin  the reader pinned something, or let it go
 */

const EASE_MS = 280;
const MOST_EASED = 1500;
const NUDGE = 16; // how far a key moves what is selected
const READABLE = 0.4; // the zoom below which labels vanish

/** @type {import("./scene/scene.js").Scene} */
const NOTHING = { items: [], targets: [], bounds: { x: 0, y: 0, w: 1, h: 1 } };

/** @typedef {ReturnType<typeof createStage>} Stage */

/**
 * @param {HTMLCanvasElement} element
 * @param {HTMLCanvasElement} overview
 * @param {string} workerUrl
 * @param {StageHandlers} handlers
 */
export function createStage(element, overview, workerUrl, handlers) {
  const layout = createLayoutClient(workerUrl);
  /** @type {Graph|null} */
  let graph = null;
  /** @type {Graph|null} */
  let drawn = null; // the graph that `places` belong to
  /** @type {Places} */
  let places = {};
  /** @type {Places} */
  let shown = {};
  /** @type {Places} */
  let pins = {};
  /** @type {Theme|null} */
  let theme = null;
  /** @type {Set<string>} */
  let selected = new Set();
  /** @type {Map<string, number>|null} */
  let matches = null;
  /** @type {Pick<import("./scene/scene.js").Focus, "fates"|"hidden"|"side">} */
  let beside = {};
  /** @type {Map<string, import("../../model/usage.js").Fill>|null} */
  let fills = null;
  /** @type {import("./scene/scene.js").Scene|null} */
  let still = null; // the scene of `places`, where it is known
  let easing = 0;
  let fresh = true; // nothing has been shown yet
  /** @type {string|null} */
  let aim = null; // to be brought into the picture once it has its place

  const canvas = createCanvas(element, {
    scene: () => (shown === places ? settled() : sceneOf(shown)),
    onSelect: handlers.onSelect,
    onOpen: handlers.onOpen,
    onHover: (key, x, y) =>
      handlers.onHover(
        key === null
          ? null
          : (drawn?.nodes.find((node) => node.key === key) ?? drawn?.groups.find((group) => group.key === key) ?? null),
        x,
        y,
      ),
    onDrag: dragTo,
    onDrop: (key) => pin(key),
    onDrawn: (scene, view) => theme && minimap.show(scene, view, theme),
  });
  const minimap = createMinimap(overview, canvas.centre);

  /** @param {string} key @param {number} dx @param {number} dy */
  function dragTo(key, dx, dy) {
    for (const one of partsOf(key, true)) {
      if (!places[one]) continue;
      places[one] = [places[one][0] + dx, places[one][1] + dy];
      shown[one] = places[one];
    }
    paint();
  }

  /**
   * The keys under which a thing has places: a unit has those of its nodes too.
   * @param {string} key
   * @param {boolean} nodes
   */
  function partsOf(key, nodes) {
    if (!drawn?.groups.some((one) => one.key === key))
      return drawn?.nodes.find((node) => node.key === key)?.kind === "card" ? [key, BOX + key] : [key];
    return [
      ...(nodes || key === "host" ? drawn.nodes.filter((node) => node.unit === key).map((node) => node.key) : []),
      BOX + key,
    ];
  }

  /** It stays where it is, whatever comes; what it covers gives way. @param {string} key */
  function pin(key) {
    pins = { ...pins };
    for (const one of partsOf(key, false)) {
      delete pins[one]; // the newest stand last
      if (places[one]) pins[one] = places[one];
    }
    handlers.onPin(pins);
    ask(null, true);
  }

  /** @param {string|null} opened @param {boolean} [still] */
  function ask(opened, still) {
    if (!graph) return;
    aim = opened ?? aim;
    layout.ask(inputOf(graph, canvas.aspect, drawn && { graph: drawn, places }, still, pins), settle);
  }

  /** @param {Places} at */
  function sceneOf(at) {
    if (!drawn || !theme) return NOTHING;
    return buildScene(drawn, at, theme, {
      selected,
      near: neighbourhood(drawn, selected),
      matches,
      fills,
      pinned: pinnedIn(pins),
      ...beside,
    });
  }

  /** What the picture will be, or is, once nothing moves any more. */
  function settled() {
    return (still ??= sceneOf(places));
  }

  function paint() {
    still = null;
    if (theme) canvas.renew(theme.accent);
  }

  /** @param {Places} next */
  function settle(next) {
    drawn = graph;
    const before = shown;
    places = next;
    const calm = fresh || Object.keys(next).length > MOST_EASED || isCalm();
    cancelAnimationFrame(easing);
    if (calm) shown = places;
    else ease(before, next, performance.now());
    paint();
    look();
    fresh = false;
    handlers.onSettled();
  }

  /**
   * After a change: at what the reader opened, or at everything, unless the reader has looked elsewhere or sees it all.
   */
  function look() {
    const scene = settled();
    const target = aim && scene.targets.find((one) => one.key === aim);
    aim = null;
    if (target) canvas.bring(target.rect);
    else if (drawn && (fresh || (!canvas.touched && !canvas.sees(scene.bounds)))) canvas.fit(scene.bounds, !fresh);
  }

  /** @param {boolean} animate */
  function fit(animate) {
    if (drawn) canvas.fit(settled().bounds, animate);
  }

  /**
   * Only what has moved is eased; what is new appears in its place.
   * @param {Places} from
   * @param {Places} to
   * @param {number} start
   */
  function ease(from, to, start) {
    const moved = Object.keys(to).filter(
      (key) => from[key] && (from[key][0] !== to[key][0] || from[key][1] !== to[key][1]),
    );
    shown = { ...places };
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, (now - start) / EASE_MS);
      const way = 1 - (1 - share) ** 3;
      for (const key of moved)
        shown[key] = [
          from[key][0] + (to[key][0] - from[key][0]) * way,
          from[key][1] + (to[key][1] - from[key][1]) * way,
        ];
      if (share < 1) easing = requestAnimationFrame(step);
      else shown = places;
      paint();
    };
    if (moved.length) step(start);
  }

  return {
    /**
     * Show another graph of the same host; what is known keeps its place.
     * @param {Graph} next
     * @param {string|null} [opened] to be looked at
     * @param {boolean} [still] another moment of the same host: however much differs, the rest does not move
     */
    show(next, opened = null, still = false) {
      graph = next;
      if (fresh) canvas.resize(); // what stands beside it has only now come
      ask(opened, still);
    },
    /**
     * In a comparison: what became of what, and what the side that is looked at does not have.
     * @param {Pick<import("./scene/scene.js").Focus, "fates"|"hidden"|"side">} next
     */
    compare(next) {
      beside = next;
      paint();
    },
    /**
     * How full each container is; null: that is not shown.
     * @param {Map<string, import("../../model/usage.js").Fill>|null} next
     */
    fill(next) {
      if (next === fills) return;
      fills = next;
      paint();
    },
    /** Forget every place, as for another host. */
    reset() {
      graph = drawn = null;
      places = shown = {};
      fresh = true;
      paint();
    },
    /** Lay out afresh. */
    tidy() {
      if (!graph) return;
      layout.ask(inputOf(graph, canvas.aspect, null, false, pins), (next) => {
        settle(next);
        fit(true);
      });
    },
    /** What was pinned before. @param {Places} kept */
    pin(kept) {
      pins = kept;
      if (drawn) ask(null, true);
    },
    /** Let go of one thing, or of all. @param {string|null} key */
    unpin(key) {
      const gone = key === null ? Object.keys(pins) : partsOf(key, false);
      pins = Object.fromEntries(Object.entries(pins).filter(([one]) => !gone.includes(one)));
      handlers.onPin(pins);
      paint();
    },
    /**
     * Move one thing by a step of the keyboard, and pin it.
     * @param {string} key
     * @param {import("./neighbours.js").Arrow} arrow
     */
    nudge(key, arrow) {
      dragTo(key, WAYS[arrow][0] * NUDGE, WAYS[arrow][1] * NUDGE);
      pin(key);
    },
    /** @param {Theme} next @param {Set<string>} chosen @param {Map<string, number>|null} found */
    style(next, chosen, found) {
      if (next === theme && found === matches && isSame(chosen, selected)) return;
      [theme, selected, matches] = [next, chosen, found];
      paint();
    },
    resize() {
      if (canvas.resize() && !canvas.touched) fit(false);
    },
    /** What of the picture is in sight, for one that is to show just that. */
    get sight() {
      return { places: structuredClone(places), ...canvas.sight };
    },
    /** Where everything stands, once nothing moves any more. */
    get places() {
      return structuredClone(places);
    },
    /**
     * Where something is, in pixels of the window.
     * @param {string} key
     * @return {import("../../draw/geometry.js").Rect|null}
     */
    rect(key) {
      const target = settled().targets.find((one) => one.key === key);
      return target ? canvas.toScreen(target.rect) : null;
    },
    /** @param {string|null} from @param {import("./neighbours.js").Arrow} arrow */
    step: (from, arrow) => (drawn ? walk(drawn, places, from, arrow) : null),
    fit: () => fit(true),
    cover: canvas.cover,
    zoomBy: canvas.zoomBy,
    /** Bring one thing into the picture, unless it can be read there already. @param {string} key */
    reveal(key) {
      const target = settled().targets.find((one) => one.key === key);
      if (target && (!canvas.sees(target.rect) || canvas.scale < READABLE)) canvas.bring(target.rect);
    },
  };
}

/** @param {Set<string>} a @param {Set<string>} b */
function isSame(a, b) {
  return a.size === b.size && [...a].every((key) => b.has(key));
}

/** The nodes and groups that are pinned. @param {Places} pins */
const pinnedIn = (pins) => new Set(Object.keys(pins).map((key) => (key.startsWith(BOX) ? key.slice(BOX.length) : key)));
