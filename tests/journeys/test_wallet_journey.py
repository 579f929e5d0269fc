"""Door 1 with a wallet: an injected EIP-1193 provider, discovered by EIP-6963, signs an EIP-4361 message."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import expect

from tests.devstack.running import Up
from tests.journeys.browser import browser_page

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PROVIDER = """
const provider = {
  request: async ({ method, params }) => {
    if (method === "eth_requestAccounts") return [await window.walletAddress()];
    if (method === "eth_chainId") return "0x7a69";
    if (method === "personal_sign") return await window.walletSign(params[0]);
    throw new Error(`not expected: ${method}`);
  },
};
const info = { uuid: "350670db-19fa-4704-a166-e52e178b59d2", name: "Test Wallet", rdns: "test.wallet", icon: "" };
const announce = () => window.dispatchEvent(
  new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
window.addEventListener("eip6963:requestProvider", announce);
"""


def test_a_wallet_signs_in_and_is_the_persons_own(stack: Up) -> None:
    account = Account.create()

    def address() -> str:
        return str(account.address.lower())

    def sign(message: str) -> str:
        return "0x" + str(account.sign_message(encode_defunct(hexstr=message)).signature.hex())

    with browser_page() as page:
        page.expose_function("walletAddress", address)
        page.expose_function("walletSign", sign)
        page.add_init_script(PROVIDER)
        page.goto(f"{stack.site}/sign-in/")
        page.get_by_role("button", name="Sign in with Test Wallet").click()
        page.wait_for_url(f"{stack.site}/")
        page.goto(f"{stack.site}/account/")
        expect(page.get_by_text(account.address).first).to_be_attached()
