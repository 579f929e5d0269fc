// Signing in with, or linking, a wallet: EIP-1193 requests, an EIP-4361 message.
// Loaded only on the pages that use a wallet.
import { checksummed } from "./address.js";
import { discover, inWords } from "./wallets.js";

const place = document.querySelector("[data-wallet]");
const words = place?.querySelector("[data-wallet-state]");

const PURPOSES = {
  "sign-in": { address: "/api/v1/sign-in/wallet", verb: "Sign in with" },
  link: { address: "/api/v1/me/wallets", verb: "Link" },
};

const hexOf = (text) => `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

// EIP-4361, the fields in the order of its grammar.
const messageFor = (challenge, address) =>
  [
    `${challenge.domain} wants you to sign in with your Ethereum account:`,
    checksummed(address),
    "",
    challenge.statement,
    "",
    `URI: ${challenge.uri}`,
    "Version: 1",
    `Chain ID: ${challenge.chain_id}`,
    `Nonce: ${challenge.nonce}`,
    `Issued At: ${new Date().toISOString()}`,
    `Expiration Time: ${challenge.expires_at}`,
  ].join("\n");

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? "The site did not answer as it should. Nothing was changed; try again.");
  return body;
}

async function prove(provider) {
  const [address] = await provider.request({ method: "eth_requestAccounts" });
  if (!address) throw new Error("The wallet showed no account. Unlock it, then try again.");
  const challenge = await answerOf(await fetch("/api/v1/sign-in/challenge", { headers: { Accept: "application/json" } }));
  const message = messageFor(challenge, address);
  words.textContent = "Waiting for your signature in the wallet…";
  const signature = await provider.request({ method: "personal_sign", params: [hexOf(message), address] });
  return { message, signature };
}

async function use(provider, button) {
  const purpose = PURPOSES[place.dataset.wallet];
  button.disabled = true;
  words.classList.remove("wrong");
  words.textContent = "Asking the wallet for an account…";
  try {
    const proof = await prove(provider);
    words.textContent = "Checking the signature…";
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
    await answerOf(await fetch(purpose.address, { method: "POST", headers, body: JSON.stringify(proof) }));
    const next = new URL(place.dataset.next, location.href);
    if (next.pathname === location.pathname) location.reload();
    else location.assign(next);
  } catch (error) {
    words.textContent = inWords(error);
    words.classList.add("wrong");
    button.disabled = false;
  }
}

discover(place, { verb: place && PURPOSES[place.dataset.wallet].verb, use, none: "This browser has no wallet installed. A name and a password do just as well." });
