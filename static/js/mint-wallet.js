// Minting with one's own wallet: the voucher's transaction goes to an EIP-1193 wallet, and the page waits for the token.
// Loaded only on a voucher's page.
import { discover, inWords } from "./wallets.js";

const place = document.querySelector("[data-mint-wallet]");
const words = place?.querySelector("[data-wallet-state]");
const LOOK_AGAIN = 2000;
const UNKNOWN_CHAIN = 4902;

const hex = (decimal) => `0x${BigInt(decimal).toString(16)}`;

function say(text, wrong = false) {
  words.textContent = text;
  words.classList.toggle("wrong", wrong);
}

// The wallet must be on the voucher's chain; one it does not know is offered to it (EIP-3326, EIP-3085).
async function onOurChain(provider) {
  const { chainId, chainName, rpcUrl, currency } = place.dataset;
  const wanted = hex(chainId);
  if (BigInt(await provider.request({ method: "eth_chainId" })) === BigInt(wanted)) return;
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: wanted }] });
  } catch (error) {
    if (error?.code !== UNKNOWN_CHAIN || !rpcUrl) throw error;
    const nativeCurrency = { name: currency, symbol: currency, decimals: 18 };
    await provider.request({
      method: "wallet_addEthereumChain",
      params: [{ chainId: wanted, chainName, rpcUrls: [rpcUrl], nativeCurrency }],
    });
  }
}

async function wasRefused(provider, hash) {
  const receipt = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] }).catch(() => null);
  return receipt?.status === "0x0";
}

// The site follows the chain by itself; here it is only asked whether it has seen the token.
async function isMinted() {
  const answer = await fetch(place.dataset.voucher, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok && (await answer.json()).status === "used";
}

async function waitForToken(provider, hash) {
  for (;;) {
    if (await isMinted()) return location.assign(place.dataset.token);
    if (await wasRefused(provider, hash)) {
      throw new Error("The contract refused the transaction: the voucher is expired, canceled, or the work has a token by now. Only the chain’s fee was spent.");
    }
    await new Promise((done) => setTimeout(done, LOOK_AGAIN));
  }
}

async function use(provider, button) {
  button.disabled = true;
  try {
    say("Asking the wallet for an account…");
    const [from] = await provider.request({ method: "eth_requestAccounts" });
    if (!from) throw new Error("The wallet showed no account. Unlock it, then try again.");
    await onOurChain(provider);
    say("Waiting for you to confirm in the wallet, which shows the fee…");
    const { to, data, value } = place.dataset;
    const hash = await provider.request({ method: "eth_sendTransaction", params: [{ from, to, data, value: hex(value) }] });
    place.querySelector("[data-sent]").hidden = false;
    place.querySelector("[data-sent] code").textContent = hash;
    say("Sent. You can leave this page: the token shows up under “My tokens” once it is in a block.");
    await waitForToken(provider, hash);
  } catch (error) {
    say(inWords(error), true);
    button.disabled = false;
  }
}

discover(place, { verb: "Mint with", use, none: "This browser has no wallet installed. Any program can send the transaction below." });
