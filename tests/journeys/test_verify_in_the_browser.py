"""On /verify the visitor's own browser checks the file and asks the chain, and our server's word is only compared."""

import io
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from eth_account import Account
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from devstack import anvil
from devstack.ports import wait_until
from minting import contract_calls
from provenance.digests import content_hash, to_hex
from tests.devstack.running import Up
from tests.journeys.browser import browser_page
from tests.journeys.program import Watched, new_key

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PATIENCE = 120_000  # milliseconds; a check on two busy cores


@dataclass(frozen=True, kw_only=True)
class Minted:
    """A token's picture and its owner."""

    data: bytes
    owner: str


@pytest.fixture(scope="module")
def minted(stack: Up) -> Minted:
    return mint_one(stack, user="keeper")


def mint_one(stack: Up, *, user: str) -> Minted:
    """A picture of somebody new, as the token of a new address."""
    key, owner = new_key(stack, user=user), Account.create().address
    job = Watched(stack, key, "jobs", {"prompt": "a teal sun over navy waves"})
    job.end("succeeded")
    work = job.now["works"][0]
    Watched(stack, key, "mints", {"work": work["id"], "to": owner}).end("final")
    return Minted(data=httpx.get(work["urls"]["file"]).content, owner=owner.lower())


def saved(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


STRANGERS = saved(Image.radial_gradient("L").convert("RGB"))


def drop(page: Page, stack: Up, data: bytes, name: str = "found.png") -> None:
    """Bring a file and wait for what the browser finds."""
    page.goto(f"{stack.site}/verify/")
    page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType="image/png", buffer=data))
    expect(page.locator("[data-sentence]")).not_to_have_text("Your browser is checking…", timeout=PATIENCE)


def checked(page: Page) -> dict[str, str]:
    """The browser's checks by their names, and what each came to."""
    lines = page.locator("[data-lines] > li").all()
    return {
        str(line.get_attribute("data-checked")): str(line.locator(".state").get_attribute("data-state"))
        for line in lines
    }


def agreement(page: Page) -> str:
    expect(page.locator("[data-agreement]")).to_be_visible(timeout=PATIENCE)
    return str(page.locator("[data-agreement]").get_attribute("data-agreement"))


def test_a_token_is_shown_by_the_file_and_the_chain_alone(stack: Up, minted: Minted) -> None:
    with browser_page() as page:
        drop(page, stack, minted.data)
        names = ("file", "pixels", "chain", "metadata", "signature", "recipe", "attester")
        assert checked(page) == dict.fromkeys(names, "holds")
        expect(page.locator("[data-sentence]")).to_contain_text("This exact file is a token in First light")
        expect(page.locator("[data-checked=chain]")).to_contain_text(minted.owner)
        assert agreement(page) == "holds"
        expect(page.locator("[data-report]")).to_have_attribute("data-verdict", "is_token")


def test_a_stripped_copy_finds_its_token_by_the_logs(stack: Up, minted: Minted) -> None:
    with browser_page() as page:
        drop(page, stack, saved(Image.open(io.BytesIO(minted.data)).convert("RGB")))
        expect(page.locator("[data-sentence]")).to_contain_text("has these exact pixels, but another file")
        # There is no note in the file: the key is recovered from the description that the chain names.
        assert checked(page)["signature"] == checked(page)["metadata"] == "holds"


def burn(stack: Up, token: Minted) -> None:
    """As its owner, whom the chain lets send without a key."""
    rpc_url = stack.services()["chain"]["address"]
    anvil.fund(rpc_url, token.owner)
    anvil.call(rpc_url, "anvil_impersonateAccount", token.owner)
    (contract,) = httpx.get(f"{stack.site}/api/v1/collections").json()["results"]
    data = contract_calls.call("burn", int.from_bytes(content_hash(token.data)))
    fields = {"from": token.owner, "to": contract["address"], "data": "0x" + data.hex()}
    sent = anvil.call(rpc_url, "eth_sendTransaction", fields)
    wait_until(lambda: anvil.call(rpc_url, "eth_getTransactionReceipt", sent) is not None, what="it is burnt")


def test_a_burnt_token_is_told_from_one_that_never_was(stack: Up) -> None:
    token = mint_one(stack, user="burner")
    burn(stack, token)
    with browser_page() as page:
        drop(page, stack, token.data)
        line = page.locator("[data-checked=chain]")
        expect(line).to_contain_text(
            "A token of exactly this file was burnt in First light: nobody owns it any more."
        )
        assert checked(page)["chain"] == "does_not_hold"
        expect(page.locator("[data-report]")).to_contain_text("was burnt in block", timeout=PATIENCE)


def servers_answer(stack: Up, data: bytes) -> str:
    """The report that the page's script is answered with."""
    file = {"file": ("found.png", data)}
    return httpx.post(f"{stack.site}/verify/", files=file, headers={"HX-Request": "true"}, timeout=120).text


def answer_with(page: Page, report: str) -> None:
    """Let our server answer this, whatever it is sent."""
    page.route(
        "**/verify/",
        lambda route: route.fulfill(body=report) if route.request.method == "POST" else route.continue_(),
    )


def test_a_server_that_calls_a_strangers_file_a_token_is_caught(stack: Up, minted: Minted) -> None:
    ours, theirs = (to_hex(content_hash(data)) for data in (minted.data, STRANGERS))
    truth = servers_answer(stack, minted.data)
    assert f'data-content-hash="{ours}"' in truth
    with browser_page() as page:
        answer_with(page, truth.replace(f'data-content-hash="{ours}"', f'data-content-hash="{theirs}"'))
        drop(page, stack, STRANGERS)
        assert agreement(page) == "does_not_hold"
        expect(page.locator("[data-agreement]")).to_contain_text("your node knows none. Believe your node.")
        expect(page.locator("[data-sentence]")).to_contain_text("Nothing that your browser can check")


def test_a_server_that_answers_for_another_file_is_caught(stack: Up, minted: Minted) -> None:
    with browser_page() as page:
        answer_with(page, servers_answer(stack, STRANGERS))
        drop(page, stack, minted.data)
        assert agreement(page) == "does_not_hold"
        expect(page.locator("[data-sentence]")).to_contain_text("This exact file is a token")


def test_a_file_that_is_to_stay_here_is_sent_nowhere(stack: Up, minted: Minted) -> None:
    asked: list[str] = []
    with browser_page() as page:
        page.goto(f"{stack.site}/verify/")
        page.get_by_label("Check it in this browser only").check()
        site = urlsplit(stack.site).netloc
        page.on("request", lambda request: asked.append(f"{request.method} {urlsplit(request.url).netloc}"))
        file = FilePayload(name="found.png", mimeType="image/png", buffer=minted.data)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.locator("[data-sentence]")).to_contain_text("This exact file is a token", timeout=PATIENCE)
        assert not [each for each in asked if each.endswith(site)]
        expect(page.locator("[data-server]")).to_contain_text("Our server was not asked")
        assert checked(page)["metadata"] == "cannot_be_told"


def test_a_node_of_another_chain_shows_nothing(stack: Up, minted: Minted) -> None:
    def other_chain(route: Route) -> None:
        route.fulfill(json={"jsonrpc": "2.0", "id": 1, "result": "0x1"}, headers={"Access-Control-Allow-Origin": "*"})

    with browser_page() as page:
        page.route("http://127.0.0.1:1/**", other_chain)
        drop(page, stack, minted.data)
        page.get_by_label("The node that your browser asks").fill("http://127.0.0.1:1/")
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator("[data-checked=chain] .state")).to_have_attribute(
            "data-state", "cannot_be_told", timeout=PATIENCE
        )
        expect(page.locator("[data-checked=chain]")).to_contain_text("is of chain 1, the token of chain 31337")
        # The signature needs no chain; whether its key is trusted does.
        assert (checked(page)["signature"], checked(page)["attester"]) == ("holds", "cannot_be_told")


def test_what_is_no_picture_is_said_by_both(stack: Up) -> None:
    with browser_page() as page:
        drop(page, stack, b"hello", name="notes.txt")
        assert checked(page)["pixels"] == "cannot_be_told"
        expect(page.locator("[data-server]")).to_contain_text(
            "Our server gave no answer: This is not a PNG", timeout=PATIENCE
        )
