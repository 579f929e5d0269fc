// Hashes of files and pixels, and the hash inside a CID, as the laws of this house name them.
import { hex } from "./chain.js";
import { rgbOf } from "./pixels.js";

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

// sha256 over "RGB:<width>x<height>:" and the rows of red, green, blue; `own` as in pixels.js.
export async function hashedPixels(bytes) {
  const { width, height, rgb, own } = await rgbOf(bytes);
  const head = new TextEncoder().encode(`RGB:${width}x${height}:`);
  const hashed = new Uint8Array(head.length + rgb.length);
  hashed.set(head);
  hashed.set(rgb, head.length);
  return { hash: hex(await sha256(hashed)), own };
}

// RFC 8785, for what recipes are made of: objects, lists, texts, whole numbers, true and false.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

export const recipeHash = async (recipe) => hex(await sha256(new TextEncoder().encode(canonical(recipe))));
