/** A PNG, as this browser draws the SVG of a picture. The server has its own: `dashboard/pictures/png.mjs`. */

const MOST_PIXELS = 100_000_000;

/**
 * @param {import("./client.js").Picture} picture
 * @param {number} scale
 * @return {Promise<Blob>}
 * @throws {Error} the PNG would be too large for the browser
 */
export async function rasterise({ svg, width, height }, scale) {
  if (width * height * scale * scale > MOST_PIXELS) throw new Error(`${width * scale}×${height * scale}`);
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image(width * scale, height * scale);
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * scale, height * scale];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) =>
      canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error(`${canvas.width}×${canvas.height}`))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
