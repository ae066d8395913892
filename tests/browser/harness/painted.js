/**
 * Writes down what is painted on canvases, and measures how legible the graph is: to be run before the page's own scripts.
 * `measurePainted()` tells, in pixels of the page, which labels overlap, which boxes have no name, and so on.
 */

(() => {
  /** What was painted on each canvas since it was cleared, in its own pixels. @type {WeakMap<HTMLCanvasElement, any[]>} */
  const painted = new WeakMap();
  /** The path that is traced on each canvas. @type {WeakMap<HTMLCanvasElement, any[]>} */
  const paths = new WeakMap();
  const prototype = CanvasRenderingContext2D.prototype;
  const paintedOn = (canvas) => {
    if (!painted.has(canvas)) painted.set(canvas, []);
    return painted.get(canvas);
  };

  /** Call `note` before the real method. */
  const wrap = (name, note) => {
    const real = prototype[name];
    prototype[name] = function (...values) {
      note(this, ...values);
      return real.apply(this, values);
    };
  };
  const at = (context, x, y) => {
    const { a, b, c, d, e, f } = context.getTransform();
    return [a * x + c * y + e, b * x + d * y + f];
  };
  const rectAt = (context, x, y, w, h) => {
    const [[l, t], [r, b]] = [at(context, x, y), at(context, x + w, y + h)];
    return { l, t, r, b };
  };
  const pathOf = (context) => paths.get(context.canvas) ?? [];
  const strand = (context) => pathOf(context).at(-1);

  wrap("clearRect", (context) => painted.set(context.canvas, []));
  wrap("beginPath", (context) => paths.set(context.canvas, []));
  wrap("rect", (context, ...box) => pathOf(context).push({ rect: rectAt(context, ...box) }));
  wrap("roundRect", (context, x, y, w, h) => pathOf(context).push({ rect: rectAt(context, x, y, w, h) }));
  wrap("arc", (context) => pathOf(context).push({}));
  wrap("moveTo", (context, x, y) => pathOf(context).push({ points: [at(context, x, y)] }));
  wrap("closePath", (context) => Object.assign(strand(context) ?? {}, { points: null }));
  wrap("lineTo", (context, x, y) => extend(strand(context), at(context, x, y)));
  wrap("quadraticCurveTo", (context, cx, cy, x, y) => bend(context, [at(context, cx, cy), at(context, x, y)]));
  wrap("bezierCurveTo", (context, ax, ay, bx, by, x, y) =>
    bend(context, [at(context, ax, ay), at(context, bx, by), at(context, x, y)]),
  );

  /** The points of a straight line, some pixels apart. */
  function extend(part, [x, y]) {
    if (!part?.points) return;
    const [px, py] = part.points.at(-1);
    const steps = Math.max(1, Math.ceil(Math.hypot(x - px, y - py) / 3));
    for (let step = 1; step <= steps; step++)
      part.points.push([px + ((x - px) * step) / steps, py + ((y - py) * step) / steps]);
  }

  /** The points of a curve, by the construction of de Casteljau. */
  function bend(context, controls) {
    const part = strand(context);
    if (!part?.points) return;
    const all = [part.points.at(-1), ...controls];
    for (let step = 1; step <= 40; step++) {
      let row = all;
      while (row.length > 1)
        row = row
          .slice(1)
          .map((point, index) =>
            point.map((value, axis) => row[index][axis] + (value - row[index][axis]) * (step / 40)),
          );
      extend(part, row[0]);
    }
  }

  wrap("stroke", (context) => {
    for (const { points } of pathOf(context))
      if (points && context.globalAlpha > 0.05) paintedOn(context.canvas).push({ line: points });
  });
  wrap("fill", (context) => {
    if (context.globalAlpha < 0.99) return;
    for (const { rect } of pathOf(context)) if (rect) paintedOn(context.canvas).push({ cover: rect });
  });
  wrap("fillText", (context, text, x, y, most = Infinity) => {
    const { width } = context.measureText(text);
    const size = Number(/([\d.]+)px/.exec(context.font)[1]);
    const wide = Math.min(width, most);
    const left = { left: x, center: x - wide / 2, right: x - wide }[context.textAlign] ?? x;
    const rect = rectAt(context, left, y - size * 0.74, wide, size * 0.94);
    paintedOn(context.canvas).push({ text, rect, size: size * context.getTransform().d });
  });
  wrap("drawImage", (context, source, x, y, w, h) => {
    if (!(source instanceof HTMLCanvasElement)) return;
    const [[left, top], [right, bottom]] = [
      at(context, x, y),
      at(context, x + (w ?? source.width), y + (h ?? source.height)),
    ];
    const [kx, ky] = [(right - left) / source.width, (bottom - top) / source.height];
    const point = ([px, py]) => [left + px * kx, top + py * ky];
    const box = ({ l, t, r, b }) => ({ l: left + l * kx, t: top + t * ky, r: left + r * kx, b: top + b * ky });
    for (const item of paintedOn(source))
      paintedOn(context.canvas).push({
        ...item,
        ...(item.line && { line: item.line.map(point) }),
        ...(item.cover && { cover: box(item.cover) }),
        ...(item.rect && { rect: box(item.rect), size: item.size * ky }),
      });
  });

  const isIn = ([x, y], { l, t, r, b }, slack) => x > l + slack && x < r - slack && y > t + slack && y < b - slack;
  const meet = (a, b, slack) => a.l < b.r - slack && b.l < a.r - slack && a.t < b.b - slack && b.t < a.b - slack;
  const middleOf = ({ l, t, r, b }) => [(l + r) / 2, (t + b) / 2];

  /** Whether a text is a name, whole or cut: its parts stand in the name in their order. */
  function isOf(text, name) {
    let from = 0;
    for (const part of text.split("…").filter(Boolean)) {
      const found = name.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return text.replaceAll("…", "") !== "";
  }

  function measure() {
    const canvas = document.querySelector("#graph");
    const { x, y, width } = canvas.getBoundingClientRect();
    const ratio = canvas.width / width;
    const all = paintedOn(canvas);
    const inPage = ({ l, t, r, b }) => ({ l: l / ratio, t: t / ratio, r: r / ratio, b: b / ratio });
    const covers = all.flatMap(({ cover }, index) => (cover ? [{ index, rect: inPage(cover) }] : []));
    const isCovered = (point, since) => covers.some(({ index, rect }) => index > since && isIn(point, rect, 0));
    const texts = all
      .flatMap(({ text, rect, size }, index) => (text ? [{ text, index, rect: inPage(rect), size: size / ratio }] : []))
      .filter(({ rect, index }) => !isCovered(middleOf(rect), index));
    const labels = texts.filter(({ text }) => text.length > 1);
    const { nodes, groups, sections } = isoscope.graph();
    const rectOf = (key) => {
      const rect = isoscope.rect(key);
      return rect && { l: rect.x - x, t: rect.y - y, r: rect.x - x + rect.w, b: rect.y - y + rect.h };
    };
    const boxes = [
      ...nodes
        .filter(({ kind }) => kind === "card" || kind === "crowd")
        .map(({ key, label }) => ({ key, name: label })),
      ...[...groups, ...sections].map(({ key, title }) => ({ key, name: title })),
    ];
    const shows = (rect) =>
      rect && rect.l >= 0 && rect.t >= 0 && rect.r * ratio <= canvas.width && rect.b * ratio <= canvas.height;
    const nameless = boxes.filter(({ key, name }) => {
      const rect = rectOf(key);
      const within = (text) =>
        isIn(middleOf(text.rect), rect, 0) && text.rect.l > rect.l - 2 && text.rect.r < rect.r + 2;
      return shows(rect) && !labels.some((text) => text.size >= 10.95 && isOf(text.text, name) && within(text));
    });
    const overlaps = labels.flatMap((a) =>
      texts.filter((b) => a.index < b.index && meet(a.rect, b.rect, 1)).map((b) => `${a.text} | ${b.text}`),
    );
    const struck = all.flatMap(({ line }, index) => {
      if (!line) return [];
      const points = line.map(([px, py]) => [px / ratio, py / ratio]);
      return labels
        .filter(({ rect }) => points.some((point) => isIn(point, rect, 1.5) && !isCovered(point, index)))
        .map(({ text }) => text);
    });
    const hubs = nodes.filter(({ kind }) => kind === "hub").map(({ key }) => rectOf(key));
    const under = hubs.flatMap((hub) => labels.filter(({ rect }) => hub && meet(hub, rect, 1)).map(({ text }) => text));
    const cards = nodes.filter(({ kind }) => kind === "card").map(({ key }) => isoscope.rect(key).w);
    return { labels: labels.length, nameless, overlaps, struck, under, card: Math.min(...cards) };
  }
  globalThis.measurePainted = measure;
})();
