/** What the head and the foot of a picture have in common. Pure. */

/** @typedef {{items: import("../../draw/items.js").Item[], height: number}} Part */

export const MARGIN = 28;
export const LINE = 18;
export const SMALL = 12;
