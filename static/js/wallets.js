// Finding the browser's wallets (EIP-6963, and window.ethereum before it), and their errors in words.

// 4001 is EIP-1193's "user rejected", -32002 is a request that is already open in the wallet.
export function inWords(error) {
  if (error?.code === 4001) return "You declined in the wallet. Nothing was signed and nothing was changed.";
  if (error?.code === -32002) return "The wallet is already asking you something: open it and answer there.";
  return error?.message || "The wallet did not answer. Nothing was changed; try again.";
}

// Offers a button for each wallet in `place`; `use(provider, button)` is called on a click.
export function discover(place, { verb, use, none }) {
  if (!place) return;
  const list = place.querySelector("[data-wallets]");
  const words = place.querySelector("[data-wallet-state]");
  const found = new Set();

  const offer = ({ info, provider }) => {
    if (found.has(info.uuid)) return;
    found.add(info.uuid);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    // An icon comes from a stranger: as an image it can draw, and do nothing else (EIP-6963, security considerations).
    if (/^data:image\//.test(info.icon ?? "")) {
      const icon = document.createElement("img");
      icon.src = info.icon;
      icon.alt = "";
      button.append(icon);
    }
    button.append(`${verb} ${info.name}`);
    button.addEventListener("click", () => use(provider, button));
    list.append(button);
    words.textContent = "";
  };

  addEventListener("eip6963:announceProvider", (event) => offer(event.detail));
  dispatchEvent(new Event("eip6963:requestProvider"));
  // Wallets older than EIP-6963 are only at window.ethereum.
  setTimeout(() => {
    if (found.size) return;
    if (window.ethereum) offer({ info: { uuid: "injected", name: "the browser’s wallet" }, provider: window.ethereum });
    else words.textContent = none;
  }, 400);
}
