// A ThumbHash (https://github.com/evanw/thumbhash) drawn behind a picture until the picture has arrived.

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// The header of the format: mean colour in L, P, Q, the strengths of the waves, and the orientation.
function header(hash) {
  const first = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const second = hash[3] | (hash[4] << 8);
  const landscape = second >> 15 !== 0;
  const opaque = first >> 23 === 0;
  const waves = (second & 7) || 1;
  return {
    dc: [(first & 63) / 63, ((first >> 6) & 63) / 31.5 - 1, ((first >> 12) & 63) / 31.5 - 1],
    scale: [((first >> 18) & 31) / 31, ((second >> 3) & 63) / 63, ((second >> 9) & 63) / 63],
    across: Math.max(3, landscape ? (opaque ? 7 : 5) : waves),
    down: Math.max(3, landscape ? waves : opaque ? 7 : 5),
    opaque,
  };
}

// The wave amplitudes of the three channels, packed as half bytes in triangular order.
function amplitudes(hash, { scale, across, down, opaque }) {
  let at = 0;
  const start = opaque ? 5 : 6;
  const channel = (nx, ny, strength) => {
    const waves = [];
    for (let y = 0; y < ny; y++)
      for (let x = y ? 0 : 1; x * ny < nx * (ny - y); x++) {
        const nibble = (hash[start + (at >> 1)] >> ((at & 1) << 2)) & 15;
        at += 1;
        waves.push({ x, y, value: (nibble / 7.5 - 1) * strength });
      }
    return waves;
  };
  return [channel(across, down, scale[0]), channel(3, 3, scale[1] * 1.25), channel(3, 3, scale[2] * 1.25)];
}

const valueAt = (dc, waves, u, v) =>
  waves.reduce((sum, { x, y, value }) => sum + 2 * value * Math.cos(Math.PI * x * u) * Math.cos(Math.PI * y * v), dc);

function pixels(hash, width, height) {
  const head = header(hash);
  const channels = amplitudes(hash, head);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 4) {
      const [l, p, q] = channels.map((waves, i) => valueAt(head.dc[i], waves, (column + 0.5) / width, (row + 0.5) / height));
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      data.set([255 * red, 255 * (red - q), 255 * blue, 255], at);
    }
  return new ImageData(data, width, height);
}

export function drawPlaceholder(picture) {
  const image = picture.querySelector("img");
  if (!image || image.complete || picture.querySelector("canvas")) return;
  const hash = bytesOf(picture.dataset.thumbhash);
  if (hash.length < 6) return;
  const canvas = document.createElement("canvas");
  const ratio = Number(image.getAttribute("width")) / Number(image.getAttribute("height"));
  canvas.width = Math.max(4, Math.round(ratio > 1 ? 24 : 24 * ratio));
  canvas.height = Math.max(4, Math.round(ratio > 1 ? 24 / ratio : 24));
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d").putImageData(pixels(hash, canvas.width, canvas.height), 0, 0);
  picture.prepend(canvas);
  image.addEventListener("load", () => canvas.remove(), { once: true });
}
