/**
 * A small picture of all of a graph that is too large for the view, with a frame around what is in sight. The frame can
 * be dragged.
 */

/**
 * @typedef {import("../../draw/geometry.js").Rect} Rect
 * @typedef {import("./scene/scene.js").Scene} Scene
 * @typedef {import("../../draw/theme.js").Theme} Theme
 */

const FEWEST = 60; // things in a graph that needs one
const PAD = 6;
const SLACK = 2; // pixels by which a picture that fits may stand out

/**
 * @param {HTMLCanvasElement} element
 * @param {(x: number, y: number) => void} onMove the middle of the view is to be there, in the scene's units
 */
export function createMinimap(element, onMove) {
  const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
  const ground = document.createElement("canvas");
  /** @type {Scene|null} */
  let painted = null;
  /** @type {Theme|null} */
  let worn = null;
  let scale = { k: 1, x: 0, y: 0 };

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    move(event);
  });
  element.addEventListener("pointermove", (event) => event.buttons & 1 && move(event));

  /** @param {PointerEvent} event */
  function move(event) {
    if (!painted) return;
    const { x, y, w, h } = painted.bounds;
    onMove(
      within((event.offsetX - scale.x) / scale.k, x, x + w),
      within((event.offsetY - scale.y) / scale.k, y, y + h),
    );
  }

  /** @param {Scene} scene @param {Theme} theme */
  function paintGround(scene, theme) {
    [painted, worn] = [scene, theme];
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const [w, h] = [element.clientWidth, element.clientHeight];
    for (const canvas of [element, ground])
      [canvas.width, canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
    const { bounds } = scene;
    const k = Math.min((w - 2 * PAD) / bounds.w, (h - 2 * PAD) / bounds.h);
    scale = { k, x: (w - bounds.w * k) / 2 - bounds.x * k, y: (h - bounds.h * k) / 2 - bounds.y * k };
    const brush = /** @type {CanvasRenderingContext2D} */ (ground.getContext("2d"));
    brush.setTransform(ratio * k, 0, 0, ratio * k, ratio * scale.x, ratio * scale.y);
    fillRects(
      brush,
      scene.targets.filter((target) => target.group).map((target) => target.rect),
      theme.line,
      0,
    );
    fillRects(
      brush,
      scene.targets.filter((target) => !target.group).map((target) => target.rect),
      theme.muted,
      1.2 / k,
    );
  }

  return {
    /** @param {Scene} scene @param {Rect} view  what of it is in sight @param {Theme} theme */
    show(scene, view, theme) {
      const { bounds } = scene;
      const slack = (SLACK * view.w) / 1000;
      const whole =
        bounds.x >= view.x - slack &&
        bounds.y >= view.y - slack &&
        bounds.x + bounds.w <= view.x + view.w + slack &&
        bounds.y + bounds.h <= view.y + view.h + slack;
      element.hidden = whole || scene.targets.length < FEWEST;
      if (element.hidden) return;
      if (painted !== scene || worn !== theme) paintGround(scene, theme);
      const ratio = element.width / element.clientWidth;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, element.width, element.height);
      context.drawImage(ground, 0, 0);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintFrame(view, theme);
    },
  };

  /** @param {Rect} view @param {Theme} theme */
  function paintFrame(view, theme) {
    const [l, t] = [view.x * scale.k + scale.x, view.y * scale.k + scale.y];
    const [r, b] = [l + view.w * scale.k, t + view.h * scale.k];
    const at = {
      l: Math.max(1, l),
      t: Math.max(1, t),
      r: Math.min(element.clientWidth - 1, r),
      b: Math.min(element.clientHeight - 1, b),
    };
    context.beginPath();
    context.rect(at.l, at.t, Math.max(4, at.r - at.l), Math.max(4, at.b - at.t));
    context.globalAlpha = 0.12;
    context.fillStyle = theme.accent;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Rect[]} rects
 * @param {string} color
 * @param {number} least so large at least
 */
function fillRects(context, rects, color, least) {
  context.beginPath();
  for (const { x, y, w, h } of rects) context.rect(x, y, Math.max(least, w), Math.max(least, h));
  context.fillStyle = color;
  context.fill();
}

/** @param {number} value @param {number} least @param {number} most */
const within = (value, least, most) => Math.min(most, Math.max(least, value));
