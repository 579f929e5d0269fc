"""Door 1 with a wallet: an injected EIP-1193 provider, discovered by EIP-6963, signs in and mints at its own cost."""

import re

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import Page, expect
from web3 import HTTPProvider, Web3

from devstack import anvil
from tests.devstack.running import Up
from tests.journeys.browser import browser_page

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PATIENCE = 120_000  # milliseconds; a picture on two busy cores

PROVIDER = """
const provider = {
  request: async ({ method, params }) => {
    if (method === "eth_requestAccounts") return [await window.walletAddress()];
    if (method === "eth_chainId") return "0x7a69";
    if (method === "personal_sign") return await window.walletSign(params[0]);
    if (method === "eth_sendTransaction") return await window.walletSend(params[0]);
    if (method === "eth_getTransactionReceipt") return null;
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


def make_a_picture(page: Page, site: str, *, name: str) -> None:
    """Sign up, make a picture, and open its page."""
    page.goto(site)
    page.get_by_label("Describe a picture").fill("a teal sun over navy waves")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("button", name="Make it").click()
    page.locator("a[href^='/works/']").first.click(timeout=PATIENCE)


def test_a_wallet_mints_what_it_pays_for_itself(stack: Up) -> None:
    account, rpc_url = Account.create(), stack.services()["chain"]["address"]
    anvil.fund(rpc_url, account.address)
    web3 = Web3(HTTPProvider(rpc_url))

    def send(wish: dict[str, str]) -> str:
        assert wish["from"] == account.address.lower()
        fields = {
            "to": wish["to"], "data": wish["data"], "value": int(wish["value"], 16), "chainId": web3.eth.chain_id,
            "nonce": 0, "gas": 400_000, "maxFeePerGas": Web3.to_wei(10, "gwei"), "maxPriorityFeePerGas": 1,
        }  # fmt: skip
        return web3.eth.send_raw_transaction(account.sign_transaction(fields).raw_transaction).to_0x_hex()

    with browser_page() as page:
        page.expose_function("walletAddress", lambda: str(account.address.lower()))
        page.expose_function("walletSend", send)
        page.add_init_script(PROVIDER)
        make_a_picture(page, stack.site, name="wanda")
        page.get_by_label("Owner’s address").fill(account.address)
        page.get_by_label("A wallet").check()
        page.get_by_label("Price").fill("0.5")
        page.get_by_role("button", name="Mint this work").click()
        page.wait_for_url(re.compile("/vouchers/"))
        expect(page.get_by_text("about 0.0")).to_be_visible()
        page.get_by_role("button", name="Mint with Test Wallet").click()
        page.wait_for_url(re.compile("/tokens/"), timeout=PATIENCE)
        expect(page.get_by_text(account.address).first).to_be_attached()
        expect(page.get_by_text("A wallet of its own sent the transaction")).to_be_visible()
    spent = Web3.to_wei(1000, "ether") - web3.eth.get_balance(account.address)
    assert spent > Web3.to_wei(0.5, "ether")
