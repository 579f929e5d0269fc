// Asks a chain from the visitor's browser: through her own node's address, her wallet, or the site's public node.
import { keccak_256 } from "../vendor/noble-hashes/sha3.js";
import { Point, recoverPublicKey } from "../vendor/noble-secp256k1/index.js";

const KEPT = "colophon.node";
const MINTED = "Minted(uint256,bytes32,bytes32,address)";
const text = new TextEncoder();

export const hex = (bytes) => `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
export function bytesOf(digits) {
  const plain = digits.replace(/^0x/, "");
  if (plain.length % 2 || /[^0-9a-f]/i.test(plain)) throw new Error("not hexadecimal");
  return Uint8Array.from(plain.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
export const keccak = (bytes) => keccak_256(bytes);
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const word = (bytes) => joined(new Uint8Array(32 - bytes.length), bytes);
const number = (value) => word(bytesOf(BigInt(value).toString(16).padStart(2 * Math.ceil(BigInt(value).toString(16).length / 2), "0")));
export const sameAddress = (one, two) => one.toLowerCase() === two.toLowerCase();

// The attestation (EIP-712)

const TYPE = "Attestation(bytes32 pixelHash,bytes32 recipeHash,bytes32 modelHash,address creator,uint64 createdAt)";

export function attestationDigest(message) {
  const domain = keccak(joined(keccak(text.encode("EIP712Domain(string name,string version)")), keccak(text.encode("Colophon")), keccak(text.encode("1"))));
  const hashes = [message.pixelHash, message.recipeHash, message.modelHash].map(bytesOf);
  const struct = keccak(joined(keccak(text.encode(TYPE)), ...hashes, word(bytesOf(message.creator)), number(message.createdAt)));
  return keccak(joined([0x19, 0x01], domain, struct));
}

// The address whose key signed: 65 bytes r, s, v. Throws for a malformed signature, an upper s too (EIP-2).
export function signerOf(message, signature) {
  const bytes = bytesOf(signature);
  if (bytes.length !== 65 || ![27, 28].includes(bytes[64])) throw new Error("the signature is malformed");
  const s = BigInt(hex(bytes.slice(32, 64)));
  if (s > Point.CURVE().n / 2n) throw new Error("the signature is malformed");
  const recovered = joined([bytes[64] - 27], bytes.slice(0, 64));
  const key = recoverPublicKey(recovered, attestationDigest(message), { prehash: false, isCompressed: false });
  return hex(keccak(key.slice(1)).slice(12));
}

// Which node to ask: what the visitor chose, else the site's public one; null when there is neither.

export const chosenNode = () => localStorage.getItem(KEPT) ?? "";
export const chooseNode = (address) => (address ? localStorage.setItem(KEPT, address) : localStorage.removeItem(KEPT));

export function nodeFor(publicAddress) {
  const address = chosenNode() || publicAddress;
  if (address === "wallet") return window.ethereum ? { name: "your wallet’s node", ask: (method, params) => window.ethereum.request({ method, params }) } : null;
  return address ? { name: `the node at ${new URL(address).host}`, ask: (method, params) => post(address, method, params) } : null;
}

async function post(address, method, params) {
  const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) });
  const { result, error } = await answer.json();
  if (error) throw Object.assign(new Error(error.message), { reverted: error.code === 3 || /revert/i.test(error.message) });
  return result;
}

export async function requireChain(node, chainId) {
  const found = Number(await node.ask("eth_chainId", []));
  if (found !== Number(chainId)) throw new Error(`${node.name} is of chain ${found}, the token of chain ${chainId}`);
}

async function view(node, contract, signature, argument) {
  const data = hex(joined(keccak(text.encode(signature)).slice(0, 4), argument));
  const answer = bytesOf(await node.ask("eth_call", [{ to: contract, data }, "latest"]));
  if (!answer.length) throw new Error(`there is no contract at ${contract}`);
  return answer;
}

// The owner's address, or null when the contract has no such token.
export async function ownerOf(node, contract, token) {
  try {
    return hex((await view(node, contract, "ownerOf(uint256)", bytesOf(token))).slice(12, 32));
  } catch (error) {
    if (error.reverted || /revert/i.test(error.message)) return null;
    throw error;
  }
}

// Whether the contract had such a token, which nobody owns any more: of one that was burnt it keeps the metadata's hash.
export async function wasBurnt(node, contract, token) {
  try {
    return (await view(node, contract, "metadataHashOf(uint256)", bytesOf(token))).length === 32;
  } catch (error) {
    if (error.reverted || /revert/i.test(error.message)) return false;
    throw error;
  }
}

export async function tokenUri(node, contract, token) {
  const answer = await view(node, contract, "tokenURI(uint256)", bytesOf(token));
  const size = Number(BigInt(hex(answer.slice(32, 64))));
  return new TextDecoder().decode(answer.slice(64, 64 + size));
}

// Whether the contract trusts this attester for that second.
export async function trusts(node, contract, attester, createdAt) {
  const answer = await view(node, contract, "attester(address)", word(bytesOf(attester)));
  const [from, until] = [answer.slice(0, 32), answer.slice(32, 64)].map((part) => BigInt(hex(part)));
  return from <= BigInt(createdAt) && BigInt(createdAt) < until;
}

// Ids of the tokens whose mint spoke of these pixels, the oldest first.
export async function tokensWithPixels(node, contract, pixelHash, fromBlock) {
  const topics = [hex(keccak(text.encode(MINTED))), null, pixelHash];
  const logs = await node.ask("eth_getLogs", [{ address: contract, fromBlock: fromBlock || "0x0", toBlock: "latest", topics }]);
  return logs.map((log) => log.topics[1]);
}

export const latestBlock = async (node) => Number(await node.ask("eth_blockNumber", []));
