// EIP-55: an address with its checksum in the case of its letters. Keccak-256 as in the Keccak submission, padding 0x01.

const MASK = (1n << 64n) - 1n;
const rotate = (value, by) => ((value << BigInt(by)) | (value >> BigInt(64 - by))) & MASK;

function roundConstants() {
  const constants = [];
  let register = 1;
  for (let round = 0; round < 24; round++) {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt((1 << j) - 1);
      register = (register << 1) ^ (register >> 7 ? 0x171 : 0);
    }
    constants.push(constant);
  }
  return constants;
}

const CONSTANTS = roundConstants();

// One permutation of the 25 lanes; lane (x, y) is at x + 5y.
function permute(lanes) {
  for (const constant of CONSTANTS) {
    const columns = [0, 1, 2, 3, 4].map((x) => lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]);
    for (let i = 0; i < 25; i++) lanes[i] ^= columns[((i % 5) + 4) % 5] ^ rotate(columns[((i % 5) + 1) % 5], 1);
    let [x, y, current] = [1, 0, lanes[1]];
    for (let t = 0; t < 24; t++) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const place = x + 5 * y;
      const turned = rotate(current, (((t + 1) * (t + 2)) / 2) % 64);
      current = lanes[place];
      lanes[place] = turned;
    }
    for (let row = 0; row < 25; row += 5) {
      const old = lanes.slice(row, row + 5);
      for (let i = 0; i < 5; i++) lanes[row + i] = old[i] ^ (~old[(i + 1) % 5] & MASK & old[(i + 2) % 5]);
    }
    lanes[0] ^= constant;
  }
}

const RATE = 136;

export function keccak256(bytes) {
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / RATE) * RATE);
  padded.set(bytes);
  padded[bytes.length] ^= 0x01;
  padded[padded.length - 1] ^= 0x80;
  const view = new DataView(padded.buffer);
  const lanes = Array(25).fill(0n);
  for (let block = 0; block < padded.length; block += RATE) {
    for (let lane = 0; lane < RATE / 8; lane++) lanes[lane] ^= view.getBigUint64(block + lane * 8, true);
    permute(lanes);
  }
  const out = new DataView(new ArrayBuffer(32));
  for (let lane = 0; lane < 4; lane++) out.setBigUint64(lane * 8, lanes[lane], true);
  return new Uint8Array(out.buffer);
}

export function checksummed(address) {
  const body = address.toLowerCase().replace(/^0x/, "");
  const digest = keccak256(new TextEncoder().encode(body));
  const nibble = (i) => (i % 2 ? digest[i >> 1] & 15 : digest[i >> 1] >> 4);
  return `0x${[...body].map((letter, i) => (nibble(i) > 7 ? letter.toUpperCase() : letter)).join("")}`;
}
