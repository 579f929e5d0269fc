// A picture checked in the visitor's browser alone: what it is told by the file itself and by the node that she chooses.
// Nothing here takes our server's word, but for the address of the contract, which she may replace by her own.
import { latestBlock, nodeFor, ownerOf, requireChain, sameAddress, signerOf, tokensWithPixels, tokenUri, trusts, wasBurnt } from "./chain.js";
import { digestIn, hashedPixels, recipeHash, sha256 } from "./hashing.js";
import { hex } from "./chain.js";
import { noteIn } from "./note-in-file.js";

const short = (value) => `${value.slice(0, 8)}…${value.slice(-6)}`;
const holdsOrNot = (holds) => (holds ? "holds" : "does_not_hold");
const EXACT = "the exact file", PIXELS = "the same pixels";

// `tell` is given each line when it is there: { name, state, sentence, said, compared }. The answer is the conclusion.
export async function checkFile(bytes, { places, describe, tell }) {
  const contentHash = hex(await sha256(bytes));
  tell({
    name: "file", state: "holds", sentence: "The file has this SHA-256. As a number it is the id that a token of exactly this file has.",
    said: `Your browser hashed all ${bytes.length.toLocaleString("en")} bytes.`, compared: { "SHA-256": contentHash },
  });
  const note = noteIn(bytes);
  const pixels = await hashedPixels(bytes).catch((error) => ({ reason: error.message }));
  const pixelsFit = pixelLine(pixels, note?.attestation, tell);
  return conclude({ contentHash, pixels, note, pixelsFit, places, describe, tell });
}

// The same for somebody who has only the hash: the chain is asked, and what its token's description says.
export const checkHash = (contentHash, { places, describe, tell }) =>
  conclude({ contentHash, pixels: {}, note: null, pixelsFit: null, places, describe, tell });

async function conclude({ contentHash, pixels, note, pixelsFit, places, describe, tell }) {
  const chain = await askChain(contentHash, pixels.hash, places);
  tell(chainLine(chain));
  const description = chain.token && (await descriptionLine(chain, describe, tell));
  const attestation = note?.attestation ?? description?.colophon?.attestation ?? null;
  const signer = signatureLine(attestation, Boolean(note), tell);
  const recipe = note?.recipe ? await recipeLine(note, tell) : null;
  const trusted = signer ? await attesterLine(chain, signer, attestation, tell) : null;
  const failed = [pixelsFit, recipe, trusted, attestation ? Boolean(signer) : null, description?.fits ?? null].includes(false);
  return { contentHash, chain, failed, signed: Boolean(note && signer && pixelsFit), trusted, ...sentenceOf({ chain, failed, signed: note && signer && pixelsFit, trusted }) };
}

function pixelLine({ hash, own, reason }, attestation, tell) {
  const line = { name: "pixels", sentence: "The pixels have this hash, whatever file they are in.", said: "Your browser decoded the picture and hashed its pixels." };
  if (!hash) {
    tell({ ...line, state: "cannot_be_told", sentence: "There are no pixels that could be looked at.", said: `Your browser could not decode this as a picture: ${reason.replace(/\.+$/, "")}.` });
    return null;
  }
  const signed = attestation?.message.pixelHash;
  const compared = { "hash of the pixels": hash, ...(signed && { "hash that the note in the file speaks of": signed }) };
  if (!signed) tell({ ...line, state: "holds", compared });
  else if (signed === hash || own) tell({ ...line, state: holdsOrNot(signed === hash), sentence: signed === hash ? "The note in the file speaks of exactly these pixels." : "The note in the file speaks of other pixels.", compared });
  else tell({ ...line, state: "cannot_be_told", sentence: "Whether the note speaks of these pixels cannot be told here.", said: "Your browser decoded other pixels; with JPEG and WebP browsers differ, and some alter pixels to protect you.", compared });
  return signed && (signed === hash || own) ? signed === hash : null;
}

// The chain: first for the exact file in every collection, then for its pixels.

async function askChain(contentHash, pixelHash, places) {
  const asked = [], failures = new Set();
  let burnt = null;
  for (const [kind, sought] of [[EXACT, contentHash], [PIXELS, pixelHash]]) {
    for (const place of sought ? places : []) {
      try {
        const node = nodeFor(place.rpc);
        if (!node) throw new Error("no node was named that could be asked");
        if (place.chain) await requireChain(node, place.chain);
        const token = kind === EXACT ? sought : (await tokensWithPixels(node, place.contract, sought, place.fromBlock))[0];
        const owner = token && (await ownerOf(node, place.contract, token));
        if (!asked.includes(place)) asked.push(place);
        if (!burnt && token && !owner && (await wasBurnt(node, place.contract, token))) burnt = { kind, token, node, place };
        if (owner) return { kind, token, owner, node, place, asked, failures: [], uri: await tokenUri(node, place.contract, token), block: await latestBlock(node) };
      } catch (error) {
        failures.add(error.message);
      }
    }
  }
  return { kind: null, token: null, burnt, asked, failures: [...failures] };
}

function chainLine({ kind, token, burnt, owner, node, place, asked, failures, uri, block }) {
  const name = "chain";
  if (token) {
    const compared = { "token id": token, contract: place.contract, owner, "token URI": uri, "asked at block": String(block) };
    const sentence = kind === EXACT ? `The chain has a token of exactly this file, in ${place.name}.` : `The chain has a token of exactly these pixels, in ${place.name}, minted from another file.`;
    return { name, state: "holds", sentence, said: `Your browser asked ${node.name} with ownerOf${kind === PIXELS ? " and the logs of its mints" : ""}; it says that the owner is ${short(owner)}.`, compared };
  }
  if (burnt) return burntLine(name, burnt);
  const compared = { "contracts asked": asked.map((each) => each.contract).join(" ") || "none" };
  if (failures.length || !asked.length) return { name, state: "cannot_be_told", sentence: "Whether there is a token cannot be told.", said: `Your browser could not ask for it: ${failures.join("; ") || "no contract was named"}.`, compared };
  return { name, state: "does_not_hold", sentence: "No contract that was asked has a token of this file or of its pixels.", said: `Your browser asked ${nodeFor(asked[0].rpc).name} with ownerOf and the logs of mints.`, compared };
}

function burntLine(name, { kind, token, node, place }) {
  const what = kind === EXACT ? "this file" : "these pixels, minted from another file,";
  return { name, state: "does_not_hold", sentence: `A token of exactly ${what} was burnt in ${place.name}: nobody owns it any more.`, said: `Your browser asked ${node.name}, whose contract remembers the token and names no owner.`, compared: { "token id": token, contract: place.contract } };
}

// The description that the contract names: an IPFS address is its hash, so it does not matter who hands it over.
async function descriptionLine({ token, uri }, describe, tell) {
  const name = "metadata";
  try {
    const expected = digestIn(uri.replace("ipfs://", ""));
    const bytes = await describe(uri.replace("ipfs://", ""));
    const found = hex(await sha256(bytes));
    const description = JSON.parse(new TextDecoder().decode(bytes));
    const fits = found === expected && description.colophon?.content_hash === token;
    const sentence = fits ? "The token’s description is the one that the contract names, and it names this picture." : "The token’s description is not the one that the contract names, or it names another picture.";
    tell({ name, state: holdsOrNot(fits), sentence, said: "Your browser fetched it and hashed it; the address that the contract gives is its hash.", compared: { "hash in the address": expected, "hash of the bytes": found, "content hash it names": String(description.colophon?.content_hash) } });
    return { ...description, fits };
  } catch (error) {
    tell({ name, state: "cannot_be_told", sentence: "The token’s description could not be looked at.", said: `Your browser did not get it: ${error.message}.` });
    return null;
  }
}

function signatureLine(attestation, inFile, tell) {
  const name = "signature";
  const where = inFile ? "The note in the file" : "The note in the token’s description";
  if (!attestation) {
    tell({ name, state: "cannot_be_told", sentence: "There is no note of ours in the file; many sites and programs strip it when they save.", said: "Your browser looked through the file’s content credentials." });
    return null;
  }
  try {
    const signer = signerOf(attestation.message, attestation.signature);
    const same = sameAddress(signer, attestation.attester);
    const created = new Date(Number(attestation.message.createdAt) * 1000).toISOString();
    const sentence = same ? `${where} is signed by the key ${short(signer)}. A signature proves who vouches, not that a model ran.` : `${where} names the key ${short(attestation.attester)}, but that key did not sign it.`;
    tell({ name, state: holdsOrNot(same), sentence, said: "Your browser recovered the key from the signature (EIP-712).", compared: { "key that signed": signer, "key that the note names": attestation.attester, "time that it states": created, creator: attestation.message.creator } });
    return same ? signer : null;
  } catch (error) {
    tell({ name, state: "does_not_hold", sentence: `${where} is not signed as it should be.`, said: `Your browser could recover no key from it: ${error.message}.` });
    return null;
  }
}

async function recipeLine({ recipe, attestation }, tell) {
  const found = await recipeHash(recipe), signed = attestation.message.recipeHash;
  const sentence = found === signed ? "The recipe in the file is the one whose hash was signed." : "The recipe in the file is not the one whose hash was signed.";
  tell({ name: "recipe", state: holdsOrNot(found === signed), sentence, said: "Your browser wrote the recipe in its one spelling (RFC 8785) and hashed it.", compared: { "hash of the recipe": found, "hash that was signed": signed } });
  return found === signed;
}

// Whether a contract trusts the key for the time of the signature: that of the token, else any that was asked.
async function attesterLine(chain, signer, attestation, tell) {
  const name = "attester";
  const asked = chain.place ? [chain.place] : chain.asked;
  try {
    for (const place of asked)
      if (await trusts(nodeFor(place.rpc), place.contract, signer, attestation.message.createdAt)) {
        tell({ name, state: "holds", sentence: `The contract of ${place.name} trusts that key for that time.`, said: `Your browser asked ${nodeFor(place.rpc).name} with attester.`, compared: { contract: place.contract, key: signer } });
        return true;
      }
  } catch (error) {
    tell({ name, state: "cannot_be_told", sentence: "Whether a contract trusts that key cannot be told.", said: `Your browser could not ask for it: ${error.message}.` });
    return null;
  }
  if (!asked.length) {
    tell({ name, state: "cannot_be_told", sentence: "Whether a contract trusts that key cannot be told.", said: "There was no contract that could be asked." });
    return null;
  }
  tell({ name, state: "does_not_hold", sentence: "No contract that was asked trusts that key for that time.", said: `Your browser asked ${nodeFor(asked[0].rpc).name} with attester.`, compared: { key: signer } });
  return false;
}

function sentenceOf({ chain, failed, signed, trusted }) {
  const but = failed ? " But not everything holds: see below." : "";
  if (chain.kind === EXACT) return { verdict: "is_token", state: holdsOrNot(!failed), sentence: `This exact file is a token in ${chain.place.name} and belongs to ${short(chain.owner)}, says ${chain.node.name}.${but}` };
  if (chain.kind === PIXELS) return { verdict: "same_pixels", state: holdsOrNot(!failed), sentence: `A token in ${chain.place.name} has these exact pixels, but another file; it belongs to ${short(chain.owner)}, says ${chain.node.name}.${but}` };
  if (signed && trusted) return { verdict: "is_work", state: holdsOrNot(!failed), sentence: `A key that the contract trusts signed for these exact pixels. There is no token of them.${but}` };
  if (signed) return { verdict: "signed", state: "cannot_be_told", sentence: `The note in the file is signed, and speaks of these exact pixels; whether its key is to be trusted was not shown.${but}` };
  if (chain.failures.length || !chain.asked.length) return { verdict: "not_asked", state: "cannot_be_told", sentence: `Your browser could not ask the chain, and the file alone does not show where it comes from.${but}` };
  return { verdict: "unknown", state: "cannot_be_told", sentence: `Nothing that your browser can check ties this file to a token or to a trusted signature. That does not say who or what made it.${but}` };
}

// How our server's answer fits what the browser found; `server` is what its report says: { contentHash, verdict, token, contract, owner }.
export function compare(found, server) {
  const disagree = (sentence) => ({ state: "does_not_hold", sentence: `Our server and your browser do not agree. ${sentence}` });
  const { chain } = found;
  if (server.contentHash !== found.contentHash) return disagree("Its answer is about a file with another SHA-256.");
  if (chain.token && (!server.token || server.token !== chain.token)) return disagree("Your node knows a token of this that our server does not name.");
  if (chain.token && !sameAddress(server.owner, chain.owner)) return disagree("It names another owner than your node does.");
  const claimsToken = server.token && ["is_token", "same_pixels"].includes(server.verdict);
  const wasAsked = chain.asked.some((place) => sameAddress(place.contract, server.contract ?? ""));
  if (claimsToken && !chain.token && !chain.failures.length && wasAsked) return disagree("It says that there is a token, and your node knows none. Believe your node.");
  if (found.failed && server.verdict !== "unknown") return disagree("It says more than your browser finds to hold: see each line below.");
  if (found.verdict === server.verdict) return { state: "holds", sentence: "Our server and your browser, each by itself, come to the same." };
  return { state: "cannot_be_told", sentence: "Our server says more than your browser can check: what is in our records, and what a picture looks like, is our word alone." };
}
