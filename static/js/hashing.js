// Hashes of files and pixels, and the hash inside a CID, as the laws of this house name them.
import { hex } from "./chain.js";

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

// RFC 4648 base32, lower case, without padding, as in a CID that begins with b.
function base32(text) {
  const out = [];
  let [held, bits] = [0, 0];
  for (const letter of text) {
    const value = "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter);
    if (value < 0) throw new Error("the address is not a CID in base32");
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) out.push((held >> (bits -= 8)) & 0xff);
  }
  return Uint8Array.from(out);
}

// CIDv1, raw bytes, SHA-256, 32 bytes long: then the hash is all the rest.
export function digestIn(cid) {
  const bytes = base32(cid.slice(1));
  if (cid[0] !== "b" || bytes.length !== 36 || hex(bytes.slice(0, 4)) !== "0x01551220") throw new Error("the address is not the hash of a single raw block");
  return hex(bytes.slice(4));
}

// sha256 over "RGB:<width>x<height>:" and the rows of red, green, blue.
export async function pixelHash(bytes) {
  const bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0);
  const rgba = pen.getImageData(0, 0, width, height).data;
  const head = new TextEncoder().encode(`RGB:${width}x${height}:`);
  const hashed = new Uint8Array(head.length + width * height * 3);
  hashed.set(head);
  for (let from = 0, to = head.length; from < rgba.length; from += 4, to += 3) {
    hashed[to] = rgba[from];
    hashed[to + 1] = rgba[from + 1];
    hashed[to + 2] = rgba[from + 2];
  }
  return hex(await sha256(hashed));
}
