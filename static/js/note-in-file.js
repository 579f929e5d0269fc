// The note in a picture's file: our assertion in its content credentials (C2PA), found without checking their signature.
// JUMBF (ISO 19566-5): boxes in boxes, each with its length and four letters; a `jumb` begins with its description.

const LABEL = "org.colophon.generation";
const text = new TextDecoder();
const letters = (bytes, from) => String.fromCharCode(...bytes.subarray(from, from + 4));
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// { recipe, attestation } of the newest manifest; null when there is none, or it does not speak of this.
export function noteIn(bytes) {
  try {
    const store = inPng(bytes) ?? inWebp(bytes) ?? inJpeg(bytes);
    const manifests = store ? [...boxes(store)].filter((box) => box.kind === "jumb").flatMap((box) => parts(box.body).children) : [];
    const assertions = manifests.length ? parts(manifests.at(-1).body).children.find((box) => parts(box.body).label === "c2pa.assertions") : null;
    const ours = assertions && parts(assertions.body).children.find((box) => parts(box.body).label === LABEL);
    const json = ours && [...boxes(ours.body)].find((box) => box.kind === "json");
    const note = json ? JSON.parse(text.decode(json.body)) : null;
    return note && note.attestation?.message ? note : null;
  } catch {
    return null;
  }
}

function* boxes(bytes) {
  const view = viewOf(bytes);
  for (let place = 0; place + 8 <= bytes.length; ) {
    const size = view.getUint32(place) || bytes.length - place;
    if (size < 8 || place + size > bytes.length) return;
    yield { kind: letters(bytes, place + 4), body: bytes.subarray(place + 8, place + size) };
    place += size;
  }
}

// A description has 16 bytes of type and one of switches before its label, which ends with a zero.
function parts(body) {
  const [description, ...rest] = boxes(body);
  const named = description?.kind === "jumd" ? description.body.subarray(17) : new Uint8Array();
  const label = text.decode(named.subarray(0, Math.max(0, named.indexOf(0))));
  return { label, children: rest.filter((box) => box.kind === "jumb") };
}

function inPng(bytes) {
  if (letters(bytes, 0).slice(1) !== "PNG") return null;
  const view = viewOf(bytes);
  for (let place = 8; place + 12 <= bytes.length; place += view.getUint32(place) + 12)
    if (letters(bytes, place + 4) === "caBX") return bytes.subarray(place + 8, place + 8 + view.getUint32(place));
  return new Uint8Array();
}

function inWebp(bytes) {
  if (letters(bytes, 0) !== "RIFF" || letters(bytes, 8) !== "WEBP") return null;
  const view = viewOf(bytes);
  for (let place = 12; place + 8 <= bytes.length; ) {
    const size = view.getUint32(place + 4, true);
    if (letters(bytes, place) === "C2PA") return bytes.subarray(place + 8, place + 8 + size);
    place += 8 + size + (size & 1);
  }
  return new Uint8Array();
}

// APP11 segments; each repeats the box's first eight bytes, which count once.
function inJpeg(bytes) {
  const view = viewOf(bytes);
  const found = [];
  for (let place = 2; place + 12 <= bytes.length && bytes[place] === 0xff && bytes[place + 1] !== 0xda; ) {
    const size = view.getUint16(place + 2);
    if (bytes[place + 1] === 0xeb && letters(bytes, place + 4).startsWith("JP"))
      found.push(bytes.subarray(place + (found.length ? 20 : 12), place + 2 + size));
    place += 2 + size;
  }
  const all = new Uint8Array(found.reduce((sum, part) => sum + part.length, 0));
  found.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
