/** Hit test: what of a scene lies under a point. Pure. */

import { quadtree } from "../../../../vendor/d3.js";

/**
 * @typedef {import("../scene/scene.js").Target} Target
 * @typedef {import("../../../draw/geometry.js").Rect} Rect
 * @typedef {{data: Target, next?: Leaf}} Leaf  of a quadtree
 */

export class HitTest {
  /** @param {Target[]} targets */
  constructor(targets) {
    const nodes = targets.filter((target) => !target.group);
    this.groups = targets.filter((target) => target.group);
    this.reach = Math.max(0, ...nodes.map(({ rect }) => Math.hypot(rect.w, rect.h) / 2));
    this.tree = quadtree(
      nodes,
      ({ rect }) => rect.x + rect.w / 2,
      ({ rect }) => rect.y + rect.h / 2,
    );
  }

  /** A node, before the group that it stands in. @param {number} x @param {number} y @return {Target|null} */
  find(x, y) {
    return this.#findNode(x, y) ?? this.groups.findLast(({ rect }) => contains(rect, x, y)) ?? null;
  }

  /** @param {number} x @param {number} y @return {Target|null} */
  #findNode(x, y) {
    const { reach, tree } = this;
    /** @type {Target|null} */
    let found = null;
    tree.visit((quad, x0, y0, x1, y1) => {
      if (!quad.length) {
        for (let leaf = /** @type {Leaf|undefined} */ (quad); leaf; leaf = leaf.next)
          if (contains(leaf.data.rect, x, y)) found = leaf.data;
      }
      return x0 > x + reach || x1 < x - reach || y0 > y + reach || y1 < y - reach;
    });
    return found;
  }
}

/** @param {Rect} rect @param {number} x @param {number} y */
const contains = (rect, x, y) => x >= rect.x && x <= rect.x + rect.w && y >= rect.y && y <= rect.y + rect.h;
