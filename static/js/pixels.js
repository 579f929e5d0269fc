// A picture's pixels as red, green, blue. Plain PNG files, as works mostly are, are unpacked here: some browsers alter
// what a page reads from a canvas, to hide who is looking, and nothing could be told by that.

const MOST_PIXELS = 4096 * 4096;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

// `own`: unpacked here, to the last bit; else the browser decoded it in its own way. Throws for what is no picture.
export async function rgbOf(bytes) {
  const png = readPng(bytes);
  return png ? { ...png, rgb: await unpacked(png), own: true } : canvasPixels(bytes);
}

// The parts of a PNG file of 8 bits a sample, RGB, not interlaced; null for any other file.
function readPng(bytes) {
  if (!PNG.every((value, place) => bytes[place] === value)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header = null;
  const packed = [];
  for (let place = 8; place + 12 <= bytes.length; ) {
    const size = view.getUint32(place);
    const kind = String.fromCharCode(...bytes.subarray(place + 4, place + 8));
    if (kind === "IHDR") header = { width: view.getUint32(place + 8), height: view.getUint32(place + 12), kind: bytes.slice(place + 16, place + 21) };
    if (kind === "IDAT") packed.push(bytes.subarray(place + 8, place + 8 + size));
    if (kind === "tRNS") return null;
    place += size + 12;
  }
  if (!header || String(header.kind) !== "8,2,0,0,0") return null;
  limit(header.width, header.height);
  return { width: header.width, height: header.height, packed };
}

async function unpacked({ width, height, packed }) {
  const row = width * 3;
  const raw = await inflated(packed, height * (row + 1));
  const rgb = new Uint8Array(height * row);
  for (let line = 0; line < height; line++) unfilter(raw, line * (row + 1), rgb, line * row, row);
  return rgb;
}

// Stops as soon as more comes out than the picture announced.
async function inflated(parts, expected) {
  const out = new Uint8Array(expected);
  let filled = 0;
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (filled + next.value.length > expected) throw new Error("the picture is damaged");
    out.set(next.value, filled);
    filled += next.value.length;
  }
  if (filled !== expected) throw new Error("the picture is cut short");
  return out;
}

// PNG specification, section 9: each byte was written as its difference from a guess by the bytes around it.
function unfilter(raw, from, rgb, to, row) {
  const kind = raw[from];
  for (let place = 0; place < row; place++) {
    const left = place >= 3 ? rgb[to + place - 3] : 0;
    const up = to ? rgb[to + place - row] : 0;
    const corner = to && place >= 3 ? rgb[to + place - row - 3] : 0;
    rgb[to + place] = raw[from + 1 + place] + guess(kind, left, up, corner);
  }
}

function guess(kind, left, up, corner) {
  if (kind < 4) return [0, left, up, (left + up) >> 1][kind];
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

async function canvasPixels(bytes) {
  const bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  limit(width, height);
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0);
  const rgba = pen.getImageData(0, 0, width, height).data;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgb.set(rgba.subarray(from, from + 3), to);
  return { width, height, rgb, own: false };
}

function limit(width, height) {
  if (width * height > MOST_PIXELS) throw new Error("the picture has more pixels than are decoded here");
}
