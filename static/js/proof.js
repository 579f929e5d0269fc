// The token's proof, checked in the visitor's browser: bytes are fetched and hashed here, the signature is recovered here,
// and the chain is asked through the node that the visitor chooses.
import { chooseNode, chosenNode, hex, nodeFor, ownerOf, requireChain, sameAddress, signerOf, tokenUri, trusts, wasBurnt } from "./chain.js";
import { digestIn, hashedPixels, sha256 } from "./hashing.js";
import { show, verdict } from "./proof-lines.js";

const fetched = new Map();
function bytesAt(url) {
  if (!fetched.has(url))
    fetched.set(url, fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(`the file could not be fetched (${answer.status})`);
      return new Uint8Array(await answer.arrayBuffer());
    }));
  return fetched.get(url);
}

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

async function pixels({ url, expected }) {
  const { hash, own } = await hashedPixels(await bytesAt(url));
  const compared = { "hash of the pixels": hash };
  if (hash === expected || own) return verdict(hash === expected, "Your browser decoded the picture and hashed its pixels.", compared);
  // Some browsers alter pixels that a page reads, to hide who is looking; that says nothing about the picture.
  return { state: "cannot_be_told", said: "Your browser decoded other pixels; some do so to protect you. The page behind “Verify” tells what our server finds.", compared };
}

// These two leave what our server said as it is when there is no node to ask.
async function owner({ rpc, chain, contract, token, uri }) {
  const node = nodeFor(rpc);
  if (!node) return null;
  await requireChain(node, chain);
  const found = await ownerOf(node, contract, token);
  if (!found) {
    const burnt = await wasBurnt(node, contract, token);
    return verdict(false, `Your browser asked ${node.name}: ${burnt ? "the token was burnt" : "it has no such token"}.`);
  }
  const named = await tokenUri(node, contract, token);
  const compared = { "owner, as your browser was told": found, "token URI, as your browser was told": named };
  return verdict(!uri || named === uri, `Your browser asked ${node.name}.`, compared);
}

async function attester({ rpc, chain, contract, attester: account, created }) {
  const node = nodeFor(rpc);
  if (!node) return null;
  await requireChain(node, chain);
  return verdict(await trusts(node, contract, account, created), `Your browser asked ${node.name}.`);
}

async function signature({ pixel, recipe, model, creator, created, signature: signed, attester: named }) {
  const message = { pixelHash: pixel, recipeHash: recipe, modelHash: model, creator, createdAt: created };
  const found = signerOf(message, signed);
  return verdict(sameAddress(found, named), "Your browser recovered the key from the signature.", { "key that signed, as your browser found": found });
}

const CHECKS = { file, metadata, pixels, owner, attester, signature };

async function check(line) {
  if (!crypto.subtle) {
    show(line, { state: "cannot_be_told", said: "Browsers hash only on a secure connection (https, or this machine itself)." });
    return;
  }
  const said = line.querySelector("[data-who]").textContent;
  line.querySelector("[data-who]").textContent = "Your browser is checking…";
  try {
    const found = await CHECKS[line.dataset.check](line.dataset);
    if (found) show(line, found);
    else line.querySelector("[data-who]").textContent = said;
  } catch (error) {
    show(line, { state: "cannot_be_told", said: `Your browser could not check this: ${error.message}.` });
  }
}

const lines = [...document.querySelectorAll("[data-check]")].filter((line) => CHECKS[line.dataset.check]);
for (const line of lines) check(line);

const form = document.querySelector("[data-node]");
if (form) {
  form.hidden = false;
  const field = form.querySelector("input");
  field.value = chosenNode();
  form.querySelector("[data-wallet-node]").hidden = !window.ethereum;
  const ask = (address) => {
    chooseNode(address);
    field.value = address;
    for (const line of lines) if (["owner", "attester"].includes(line.dataset.check)) check(line);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(field.value.trim());
  });
  form.querySelector("[data-wallet-node]").addEventListener("click", () => ask("wallet"));
}
