"""Creating a collection of one's own, over the API, on a real chain."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from web3 import Web3

from accounts.models import Person, Wallet
from api.services import create_key
from devstack import anvil
from generation.models import Work
from minting.budgets import GAS_OF_A_WHOLE_COLLECTION
from minting.chains import ChainConfig
from minting.contracts import artifact
from minting.deploying import ensure_factory
from minting.models import Collection, Factory, Mint, MintBudgetUse, Transaction
from minting.services import request_mint
from minting.signers import platform_signer
from minting.vouchers import call_of, issue_voucher
from tests.minting.stage import MakeWork, drive_to, drive_until, nonces, rpc, token_id
from tests.minting.wallet import Wallet as OwnWallet
from webhooks.models import OutboxEvent

COLLECTIONS = "/api/v1/collections"
WISH = {"name": "Waves & seas", "symbol": "WAVE", "description": "Seas that never were."}
# Answers every call with a list of one address, the owner that stands in its code: getOwners() of a Safe.
SAFE_CODE = "0x6020600052600160205273{owner}6040526060" + "6000f3"


@pytest.fixture
def client(person: Person, owner: str) -> Client:
    """A program of a person with a linked wallet."""
    Wallet.objects.create(person=person, address=owner)
    _, key = create_key(person=person, scopes=["read", "mint"])
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def factory(collection: Collection) -> Factory:
    made = ensure_factory()
    drive_until(lambda: Transaction.objects.filter(pk=made.deployment_id, succeeded=True).exists())
    return made


def create(client: Client, **changes: object) -> tuple[int, dict[str, Any]]:
    answer = client.post(COLLECTIONS, {**WISH, **changes}, content_type="application/json")
    return answer.status_code, answer.json()


def contract_of(chain: ChainConfig, address: str) -> Any:  # noqa: ANN401 - web3 builds its attributes at run time
    web3 = Web3(Web3.HTTPProvider(chain.rpc_urls[0]))
    return web3.eth.contract(address=Web3.to_checksum_address(address), abi=artifact("ColophonCollection").abi)


def test_she_owns_it_and_mints_in_it(
    chain: ChainConfig, factory: Factory, client: Client, person: Person, owner: str, work: Work
) -> None:
    status, body = create(client)
    assert (status, body["status"], body["owner"], body["slug"]) == (201, "deploying", owner, "waves-seas")
    drive_until(lambda: Collection.objects.filter(pk=body["id"], status="ready").exists())
    contract = contract_of(chain, body["address"])
    admin = contract.functions.DEFAULT_ADMIN_ROLE().call()
    assert contract.functions.hasRole(admin, owner).call() is True
    assert contract.functions.hasRole(admin, platform_signer().address).call() is False
    assert contract.functions.name().call() == "Waves & seas"
    assert contract.functions.royaltyInfo(1, 10_000).call() == [owner, 500]
    mint = request_mint(person=person, work=work, to=owner, collection=Collection.objects.get(pk=body["id"]))
    drive_to(mint, Mint.Status.MINED)
    assert contract.functions.ownerOf(token_id(work)).call() == owner


def test_royalties_are_shared_through_a_splitter(chain: ChainConfig, factory: Factory, client: Client) -> None:
    shares = [{"address": "0x" + digit * 40, "parts": parts} for digit, parts in (("9", 3), ("2", 1))]
    status, body = create(client, royalty_shares=shares, royalty_basis_points=750)
    assert (status, body["royalty_shares"]) == (201, shares)
    drive_until(lambda: Collection.objects.filter(pk=body["id"], status="ready").exists())
    splitter, amount = contract_of(chain, body["address"]).functions.royaltyInfo(1, 10_000).call()
    web3 = Web3(Web3.HTTPProvider(chain.rpc_urls[0]))
    told = web3.eth.contract(address=splitter, abi=artifact("RoyaltySplitter").abi).functions.shares().call()
    assert (amount, told) == (750, [("0x" + "2" * 40, 1), ("0x" + "9" * 40, 3)])


def test_her_safe_can_own_it_and_nobody_elses(
    chain: ChainConfig, factory: Factory, client: Client, owner: str
) -> None:
    hers, theirs = "0x" + "5" * 40, "0x" + "6" * 40
    rpc(chain, "anvil_setCode", hers, SAFE_CODE.format(owner=owner[2:].lower()))
    rpc(chain, "anvil_setCode", theirs, SAFE_CODE.format(owner="7" * 40))
    before = nonces(chain)
    for address in (theirs, "0x" + "8" * 40):
        status, body = create(client, owner=address)
        assert (status, body["code"], body["errors"][0]["field"]) == (422, "not_your_address", "owner")
    assert nonces(chain) == before
    status, body = create(client, owner=hers)
    assert (status, body["owner"]) == (201, hers)


def test_every_change_is_in_the_outbox(factory: Factory, client: Client, person: Person) -> None:
    _, body = create(client)
    drive_until(lambda: Collection.objects.filter(pk=body["id"], status="ready").exists())
    told = OutboxEvent.objects.filter(subject=body["id"])
    assert [(event.type, event.person) for event in told] == [
        ("collection.deploying", person),
        ("collection.ready", person),
    ]
    assert told[1].data["address"] == body["address"]


def test_without_a_factory_or_with_too_many_nothing_is_sent(
    chain: ChainConfig, collection: Collection, client: Client, settings: Settings
) -> None:
    before = nonces(chain)
    assert create(client)[1]["code"] == "factory_missing"
    settings.COLLECTIONS_PER_PERSON = 0
    assert create(client)[1]["code"] == "too_many_collections"
    assert (nonces(chain), Collection.objects.count()) == (before, 1)


def test_one_key_makes_one_collection(factory: Factory, client: Client) -> None:
    headers = {"Idempotency-Key": "once"}
    answers = [client.post(COLLECTIONS, WISH, content_type="application/json", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert Collection.objects.filter(factory=factory).count() == 1


def test_two_of_a_name_have_different_slugs_and_addresses(factory: Factory, client: Client) -> None:
    first, second = create(client)[1], create(client)[1]
    assert (first["slug"], second["slug"]) == ("waves-seas", "waves-seas-2")
    assert first["address"] != second["address"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("symbol", "x" * 13),
        ("royalty_basis_points", 1001),
        ("royalty_shares", [{"address": "0x" + "2" * 40, "parts": 1}] * 2),
        ("royalty_shares", [{"address": "0x12", "parts": 1}]),
        ("chain_id", 5),
    ],
)
def test_what_makes_no_sense_is_named(factory: Factory, client: Client, field: str, value: object) -> None:
    status, body = create(client, **{field: value})
    assert (status, body["errors"][0]["field"].split("[")[0]) == (422, field)
    assert Collection.objects.count() == 1


def test_the_factory_of_a_release_is_deployed_once(factory: Factory, chain: ChainConfig) -> None:
    assert ensure_factory(chain_id=anvil.CHAIN_ID) == factory
    assert rpc(chain, "eth_getCode", factory.address, "latest") != "0x"


# Whole contracts

OLD_FACTORY = "0x60006000fd"
"""refuses whatever it does not know, which is everything"""


def test_a_whole_contract_is_made_minted_in_and_sold_from(
    chain: ChainConfig, factory: Factory, client: Client, person: Person, owner: str, work: Work, make_work: MakeWork
) -> None:
    status, body = create(client, whole=True)
    assert (status, body["status"], body["whole"]) == (201, "deploying", True)
    drive_until(lambda: Collection.objects.filter(pk=body["id"], status="ready").exists())
    made = Collection.objects.select_related("deployment").get(pk=body["id"])
    code = rpc(chain, "eth_getCode", made.address, "latest")
    assert (len(code) > 40_000, made.is_whole, made.is_proxy, made.factory) == (True, True, False, factory)
    assert made.deployment is not None
    assert (made.deployment.gas_limit or 0) > (made.deployment.gas_used or 0) > 4_400_000
    mint = request_mint(person=person, work=work, to=owner, collection=made)
    drive_to(mint, Mint.Status.MINED)
    voucher = issue_voucher(person=person, work=make_work(name="two"), to=owner, collection=made, price=7)
    call = call_of(voucher)
    fields = {"to": call.to, "data": "0x" + call.data.hex(), "value": str(call.value), "chain_id": call.chain_id}
    assert OwnWallet(chain).send(fields) == 1
    contract = contract_of(chain, made.address)
    assert contract.functions.balanceOf(owner).call() == 2
    assert contract.functions.owed(owner).call() == 7


def test_a_proxy_is_what_is_made_when_nothing_is_said(chain: ChainConfig, factory: Factory, client: Client) -> None:
    _, body = create(client)
    assert body["whole"] is False
    drive_until(lambda: Collection.objects.filter(pk=body["id"], status="ready").exists())
    assert rpc(chain, "eth_getCode", body["address"], "latest").startswith("0x363d3d373d3d3d363d73")
    assert MintBudgetUse.objects.count() == 0


def test_a_factory_of_an_earlier_release_makes_no_whole_contract_and_says_so(
    chain: ChainConfig, factory: Factory, client: Client
) -> None:
    rpc(chain, "anvil_setCode", factory.address, OLD_FACTORY)
    before = nonces(chain)
    answer = create(client, whole=True)
    assert (answer[0], answer[1]["code"]) == (409, "whole_not_made")
    assert "Choose a proxy" in answer[1]["detail"]
    assert (nonces(chain), Collection.objects.filter(factory=factory).exists()) == (before, False)
    assert MintBudgetUse.objects.count() == 0


def test_a_whole_contract_counts_against_the_budget_and_is_refused_beyond_it(
    chain: ChainConfig, factory: Factory, client: Client, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"person": {"mints": 1}}
    assert create(client, whole=True)[0] == 201
    before, uses = nonces(chain), MintBudgetUse.objects.order_by("subject")
    assert [use.subject.split(":")[0] for use in uses] == ["key", "person"]
    assert {(use.mints, int(use.wei) % GAS_OF_A_WHOLE_COLLECTION) for use in uses} == {(1, 0)}
    status, body = create(client, whole=True)
    assert (status, body["code"]) == (429, "mint_budget_exhausted")
    assert (nonces(chain), Collection.objects.filter(factory=factory).count()) == (before, 1)
    assert create(client)[0] == 201


def test_a_signer_that_cannot_pay_for_it_refuses_before_it_takes_a_nonce(
    chain: ChainConfig, factory: Factory, client: Client
) -> None:
    price = int(rpc(chain, "eth_gasPrice"), 16)
    rpc(chain, "anvil_setBalance", platform_signer().address, hex(price * 1_000_000))
    before = nonces(chain)
    status, body = create(client, whole=True)
    assert (status, body["code"]) == (503, "signer_without_funds")
    assert (nonces(chain), MintBudgetUse.objects.count()) == (before, 0)
