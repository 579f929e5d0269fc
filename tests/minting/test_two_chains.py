"""Another chain is configuration: dialog, API, engine and indexer serve it beside the first."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import Person, Wallet
from api.services import create_key
from devstack import anvil
from minting.chains import ChainConfig, parse_chains
from minting.indexer.following import follow_chains
from minting.indexer.models import Token
from minting.models import Collection, Mint, SignerNonce
from minting.signers import platform_signer
from tests.minting.stage import MakeWork, drive_until, start_anvil, stop_anvil, token_id
from tests.minting.wallet import Wallet as SendingWallet

BASE_SEPOLIA = 84532


@pytest.fixture
def other_chain(chain: ChainConfig, settings: Settings) -> Iterator[ChainConfig]:
    """A second anvil under another id; all that is said of it is what an operator would write into CHAINS."""
    process, url = start_anvil(chain_id=BASE_SEPOLIA)
    entry = {"chain_id": BASE_SEPOLIA, "rpc_urls": [url], "finality": "depth", "confirmations": 2}
    settings.CHAINS = (chain, *parse_chains(json.dumps([entry])))
    anvil.fund(url, platform_signer(BASE_SEPOLIA).address)
    yield settings.CHAINS[1]
    stop_anvil(process)


@pytest.fixture
def platform_on_both(collection: Collection, other_chain: ChainConfig) -> list[Collection]:
    """The platform's collections: the default one, and the second chain's."""
    for _ in range(2):
        call_command("deploy_default_collection", "--chain", str(BASE_SEPOLIA), "--wait", stdout=StringIO())
    return [collection, Collection.objects.get(slug=f"first-light-{BASE_SEPOLIA}")]


@pytest.fixture
def client(person: Person, owner: str) -> Client:
    Wallet.objects.create(person=person, address=owner)
    _, key = create_key(person=person, scopes=["read", "mint"])
    return Client(headers={"Authorization": f"Bearer {key}"})


def post(client: Client, route: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{route}", body, content_type="application/json")
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def test_tokens_come_into_being_on_both_and_show_in_the_index(
    client: Client, platform_on_both: list[Collection], make_work: MakeWork, owner: str, chain: ChainConfig
) -> None:
    works = [make_work(name="here"), make_work(name="there")]
    for work, place in zip(works, platform_on_both, strict=True):
        post(client, "mints", {"work": str(work.pk), "collection": place.slug})
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.MINED).count() == 2)
    follow_chains()
    minted = [(place.pk, token_id(work)) for work, place in zip(works, platform_on_both, strict=True)]
    found = [(token.collection_id, int.from_bytes(bytes(token.token_id))) for token in Token.objects.all()]
    assert sorted(found) == sorted(minted)
    assert sorted(SignerNonce.objects.values_list("chain_id", flat=True)) == [chain.chain_id, BASE_SEPOLIA]
    for work, place in zip(works, platform_on_both, strict=True):
        page = client.get(f"/tokens/{place.chain_id}/{place.address}/{token_id(work)}/").content.decode()
        assert str(place.chain) in page
        assert "as the chain said at block" in page


def test_her_own_collection_and_a_wallets_mint_on_the_second_chain(
    client: Client, platform_on_both: list[Collection], other_chain: ChainConfig, make_work: MakeWork
) -> None:
    wish = {"name": "Waves", "symbol": "WAVE", "chain_id": BASE_SEPOLIA}
    made = post(client, "collections", wish)
    drive_until(lambda: Collection.objects.filter(pk=made["id"], status="ready").exists())
    wallet, work = SendingWallet(other_chain), make_work(name="self-paid")
    voucher = post(client, "vouchers", {"work": str(work.pk), "to": wallet.address, "collection": made["slug"]})
    assert voucher["transaction"]["chain_id"] == voucher["typed_data"]["domain"]["chainId"] == BASE_SEPOLIA
    assert wallet.send(voucher["transaction"]) == 1
    follow_chains()
    assert client.get(f"/api/v1/vouchers/{voucher['id']}").json()["status"] == "used"


def test_the_pages_offer_both(
    person: Person, platform_on_both: list[Collection], make_work: MakeWork, owner: str
) -> None:
    browser = Client()
    browser.force_login(person)
    dialog = browser.get(f"/works/{make_work(name='shown').pk}/").content.decode()
    for chain_name in ("Test chain", "Base Sepolia"):
        assert f"for the fee of {chain_name} now" in dialog
    form = browser.get("/collections/new/").content.decode()
    assert f'<option value="{BASE_SEPOLIA}">Base Sepolia</option>' in form
