// The token's proof, checked in the visitor's browser: the bytes are fetched and hashed here.

const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
const WORDS = { holds: "Holds", does_not_hold: "Does not hold", cannot_be_told: "Cannot be told" };

const hex = (bytes) => `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

const fetched = new Map();
function bytesAt(url) {
  if (!fetched.has(url))
    fetched.set(url, fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(`the file could not be fetched (${answer.status})`);
      return new Uint8Array(await answer.arrayBuffer());
    }));
  return fetched.get(url);
}

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
function digestIn(cid) {
  const bytes = base32(cid.slice(1));
  if (cid[0] !== "b" || bytes.length !== 36 || hex(bytes.slice(0, 4)) !== "0x01551220") throw new Error("the address is not the hash of a single raw block");
  return hex(bytes.slice(4));
}

const verdict = (holds, said, compared) => ({ state: holds ? "holds" : "does_not_hold", said, compared });

async function file({ url, expected }) {
  const found = hex(await sha256(await bytesAt(url)));
  return verdict(found === expected, "Your browser fetched the file and hashed it.", { "hash of the bytes": found });
}

async function metadata({ url, cid, picture, toldByChain }) {
  const expected = digestIn(cid);
  const bytes = await bytesAt(url);
  const found = hex(await sha256(bytes));
  const named = JSON.parse(new TextDecoder().decode(bytes)).image;
  const same = found === expected && named === `ipfs://${picture}`;
  const compared = { "hash in the address": expected, "hash of the bytes": found, "picture it names": String(named) };
  if (same && !toldByChain)
    return { state: "cannot_be_told", said: "Your browser found the description in our records whole. Which one the contract names, the chain did not say.", compared };
  return verdict(same, "Your browser fetched the description from the address that the contract gives, hashed it, and looked for this picture in it.", compared);
}

// sha256 over "RGB:<width>x<height>:" and the rows of red, green, blue.
async function pixels({ url, expected }) {
  const bitmap = await createImageBitmap(new Blob([await bytesAt(url)]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
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
  const found = hex(await sha256(hashed));
  if (found === expected) return verdict(true, "Your browser decoded the picture and hashed its pixels.", { "hash of the pixels": found });
  // Some browsers alter pixels that a page reads, to hide who is looking; that says nothing about the picture.
  return { state: "cannot_be_told", said: "Your browser decoded other pixels; some do so to protect you. The page behind “Verify” tells what our server finds.", compared: { "hash of the pixels": found } };
}

const CHECKS = { file, metadata, pixels };

function show(line, { state, said, compared }) {
  const badge = line.querySelector(".state");
  badge.className = `state ${state}`;
  badge.dataset.state = state;
  badge.querySelector("use").setAttribute("href", `${sprite}#${state}`);
  badge.querySelector("span").textContent = WORDS[state];
  line.querySelector("[data-who]").textContent = said;
  const table = line.querySelector("table");
  for (const [name, value] of Object.entries(compared ?? {})) {
    const row = table.insertRow();
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = name;
    row.insertCell().appendChild(document.createElement("code")).textContent = value;
  }
}

async function check(line) {
  if (!crypto.subtle) {
    show(line, { state: "cannot_be_told", said: "Browsers hash only on a secure connection (https, or this machine itself)." });
    return;
  }
  line.querySelector("[data-who]").textContent = "Your browser is checking…";
  try {
    show(line, await CHECKS[line.dataset.check](line.dataset));
  } catch (error) {
    show(line, { state: "cannot_be_told", said: `Your browser could not check this: ${error.message}.` });
  }
}

for (const line of document.querySelectorAll("[data-check]")) if (CHECKS[line.dataset.check]) check(line);
