"""Door 1, by clicking: from sign-up to a token that is final."""

import hashlib
import re

import httpx
import pytest
from eth_account import Account
from playwright.sync_api import expect

from tests.devstack.running import Up
from tests.journeys.browser import browser_page

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PATIENCE = 120_000  # milliseconds; a picture on two busy cores


def test_from_sign_up_to_final(stack: Up) -> None:
    owner = Account.create().address
    with browser_page() as page:
        page.goto(stack.site)
        page.get_by_label("Describe a picture").fill("a teal sun over navy waves")
        page.get_by_role("button", name="Make it").click()
        page.get_by_role("link", name="Make an account").click()
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button", name="Make the account").click()
        page.get_by_role("button", name="Make it").click()

        page.locator("a[href^='/works/']").first.click(timeout=PATIENCE)
        page.get_by_label("Owner’s address").fill(owner)
        page.get_by_role("button", name="Mint this work").click()

        page.wait_for_url(re.compile("/mints/"))
        expect(page.locator(".stations")).to_contain_text("Final")
        expect(page.locator(".stations li.reached")).to_have_count(4, timeout=PATIENCE)
        page.get_by_role("link", name="The token").click()
        page.wait_for_url(re.compile("/tokens/"))
        expect(page.get_by_text(owner).first).to_be_attached()
        token_id = int(page.url.rstrip("/").rsplit("/", 1)[1])
        picture = page.locator("figure img").first.get_attribute("src")
        proof = page.locator(".proof")
        expect(proof).to_contain_text("Your browser recovered the key from the signature.")
        page.get_by_label("Ask the chain through a node of your own").fill(str(stack.services()["chain"]["address"]))
        page.get_by_role("button", name="Ask it").click()
        expect(proof.get_by_text("Your browser asked the node at")).to_have_count(2)
        expect(proof.locator(".state.holds")).to_have_count(7)
    assert int.from_bytes(hashlib.sha256(httpx.get(f"{stack.site}{picture}").content).digest()) == token_id
