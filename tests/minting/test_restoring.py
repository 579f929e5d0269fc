"""Collections that the chain knows and the database does not: lost ones come back, those made elsewhere join."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from eth_abi.abi import encode

from accounts.models import Person
from accounts.models import Wallet as LinkedWallet
from generation.models import Work
from minting import contract_calls
from minting.chains import ChainConfig
from minting.contracts.mint_item import attestation_fields
from minting.creating import create_collection
from minting.deploying import ensure_factory
from minting.engine.lock import sole_worker
from minting.errors import UnknownCollection
from minting.indexer import reindexing
from minting.indexer.following import follow
from minting.models import (
    Alert,
    Chain,
    Collection,
    Factory,
    IndexedCollection,
    IndexedFactory,
    IndexedTip,
    Mint,
    MintBudgetUse,
    MintReservation,
    SignerNonce,
    Splitter,
    Token,
    TokenEvent,
    Transaction,
    TransactionAttempt,
    TransactionEvent,
)
from minting.royalties import RoyaltyWish
from minting.services import request_mint
from minting.shares import RoyaltyShare
from minting.signers import attester_address, platform_signer
from provenance import attestations
from tests.minting.stage import MakeWork, drive_to, drive_until, mine, rpc
from tests.minting.wallet import Wallet
from webhooks.models import OutboxEvent

EVERYTHING = (
    TokenEvent, Token, IndexedTip, IndexedCollection, IndexedFactory, MintReservation, MintBudgetUse, Mint, Splitter,
    Collection, Factory, TransactionEvent, TransactionAttempt, Transaction, SignerNonce, Alert, Chain,
)  # fmt: skip
ANN, BEA = "0x" + 40 * "2", "0x" + 40 * "9"


@pytest.fixture
def factory(collection: Collection) -> Factory:
    made = ensure_factory()
    drive_until(lambda: Transaction.objects.filter(pk=made.deployment_id, succeeded=True).exists())
    return made


@pytest.fixture
def wallet(chain: ChainConfig, person: Person) -> Wallet:
    """The person's own, linked."""
    wallet = Wallet(chain)
    LinkedWallet.objects.create(person=person, address=wallet.address)
    return wallet


def rows(model: Any, *order: str, **names: str) -> list[dict[str, Any]]:  # noqa: ANN401 - any model
    """All rows; `names` tells by what to name another row.

    But for ids that only this database gave, and the time of the request, which precedes the block's.
    """
    keys = {
        field.attname: names.get(field.name, field.attname)
        for field in model._meta.fields
        if field.name not in {"id", "created_at"}
    }
    found = model.objects.order_by(*order).values(*keys.values())
    return [
        {key: bytes(value) if isinstance(value, memoryview) else value for key, value in row.items()} for row in found
    ]


def snapshot() -> dict[str, list[dict[str, Any]]]:
    hashed = {"deployment": "deployment__hash"}
    mints = ("work", "collection__address", "to", "metadata_file", "royalty_receiver", "royalty_basis_points")
    deployments = Transaction.objects.exclude(kind="mint").order_by("nonce")
    return {
        "collections": rows(Collection, "address", factory="factory__address", **hashed),
        "factories": rows(Factory, "address", **hashed),
        "splitters": rows(Splitter, "address", **hashed),
        "tokens": rows(Token, "token_id", collection="collection__address"),
        "events": rows(TokenEvent, "block_number", "log_index", collection="collection__address"),
        "mints": list(Mint.objects.order_by("work").values(*mints, "royalty_shares")),
        "deployments": list(deployments.values("kind", "nonce", "to", "block_number", "succeeded")),
    }


def say_how_it_was_made(chain: ChainConfig, collection: Collection, work: Work) -> None:
    """ERC-7007's addAigcData, as the minter."""
    attestation, signature, _ = attestations.from_document(work.attestation)
    proof = encode(
        ["(bytes32,bytes32,bytes32,address,uint64)", "bytes"], [attestation_fields(attestation), signature]
    )
    arguments = (bytes(work.recipe_hash), bytes(work.pixel_hash), proof)
    data = contract_calls.call("addAigcData", int.from_bytes(bytes(work.content_hash), "big"), *arguments)
    signer = platform_signer().address
    rpc(chain, "anvil_impersonateAccount", signer)
    call = {"from": signer, "to": collection.address, "data": "0x" + data.hex()}
    sent = rpc(chain, "eth_sendTransaction", call)
    drive_until(lambda: rpc(chain, "eth_getTransactionReceipt", sent) is not None)
    rpc(chain, "anvil_stopImpersonatingAccount", signer)


def test_all_of_it_is_rebuilt_from_the_chain_alone(
    chain: ChainConfig, factory: Factory, collection: Collection, make_work: MakeWork, person: Person, wallet: Wallet
) -> None:
    shares = [RoyaltyShare(address=ANN, parts=1), RoyaltyShare(address=BEA, parts=3)]
    own = create_collection(
        person=person, name="Waves & seas", symbol="WAVE", description="Seas.", royalty_basis_points=750,
        royalty_shares=shares,
    )  # fmt: skip
    drive_until(lambda: Collection.objects.filter(pk=own.pk, status="ready").exists())
    own.refresh_from_db()
    works = [make_work(name=f"work {number}") for number in range(5)]
    wish = RoyaltyWish(basis_points=300, shares=[*shares[:1], RoyaltyShare(address=wallet.address, parts=2)])
    for work, place, royalty in ((works[0], collection, None), (works[1], own, None), (works[2], collection, wish)):
        mint = request_mint(person=person, work=work, to=wallet.address, collection=place, royalty=royalty)
        drive_to(mint, Mint.Status.MINED)
    wallet.mint(collection, works[3], price=7)
    wallet.mint(collection, works[4])
    wallet.transfer(collection, works[4], BEA)
    wallet.burn(collection, works[3])
    say_how_it_was_made(chain, collection, works[0])
    signer = platform_signer().address
    by_herself = wallet.create_collection(factory, owner=wallet.address, minter=signer, attester=attester_address())
    ours = create_collection(person=person, name="Whole", symbol="WHO", whole=True)
    drive_until(lambda: Collection.objects.filter(pk=ours.pk, status="ready").exists())
    whole = wallet.create_collection(
        factory, owner=wallet.address, minter=signer, attester=attester_address(), name="Whole too", whole=True
    )
    follow(chain)
    before = snapshot()
    assert {row["address"] for row in before["collections"] if row["is_whole"]} == {ours.address, whole}
    assert {"AigcData", "TokenRoyaltySet", "Sold", "Transfer"} <= {event["name"] for event in before["events"]}
    assert [row["owner"] for row in before["tokens"]].count("") == 1
    assert [len(before[name]) for name in ("collections", "factories", "splitters", "tokens")] == [5, 1, 1, 5]
    assert by_herself in {row["address"] for row in before["collections"]}

    for table in EVERYTHING:
        table.objects.all().delete()
    call_command("reindex")
    assert snapshot() == before
    again = request_mint(
        person=person, work=works[4], to=wallet.address, collection=Collection.objects.get(slug="waves-seas")
    )
    drive_to(again, Mint.Status.MINED)


def test_a_second_time_changes_nothing(
    chain: ChainConfig, factory: Factory, collection: Collection, work: Work, wallet: Wallet
) -> None:
    wallet.mint(collection, work)
    follow(chain)
    mint, before, told = Mint.objects.get(), snapshot(), OutboxEvent.objects.count()
    call_command("reindex", search=True)
    assert snapshot() == before
    assert list(Mint.objects.values_list("pk", "status", "revision")) == [(mint.pk, "mined", mint.revision)]
    assert OutboxEvent.objects.count() == told


def test_what_a_creator_has_the_factory_make_by_herself_is_hers_here(
    chain: ChainConfig, factory: Factory, person: Person, wallet: Wallet, work: Work, make_work: MakeWork
) -> None:
    signer = platform_signer().address
    address = wallet.create_collection(factory, owner=wallet.address, minter=signer, attester=attester_address())
    follow(chain)
    made = Collection.objects.get(address=address)
    assert (made.owner, made.status, made.name, made.symbol, made.deployment) == (
        person,
        "ready",
        "Mine",
        "MINE",
        None,
    )
    assert (made.royalty_basis_points, made.royalty_shares, made.factory) == (500, [], factory)
    drive_to(request_mint(person=person, work=work, to=wallet.address, collection=made), Mint.Status.MINED)
    follow(chain)
    assert Token.objects.get().collection == made
    stranger = Person.objects.create_user(username="eve", password="teal sun over waves")
    with pytest.raises(UnknownCollection):
        request_mint(person=stranger, work=make_work(name="hers", maker=stranger), to=ANN, collection=made)


def test_what_a_stranger_makes_in_somebodys_name_is_nobodys_here(
    chain: ChainConfig, factory: Factory, person: Person, wallet: Wallet, work: Work, client: Client
) -> None:
    stranger, signer = Wallet(chain), platform_signer().address
    address = stranger.create_collection(
        factory, owner=wallet.address, minter=signer, attester=attester_address(), name="Rude\0 \u202e" + 99 * "!"
    )
    follow(chain)
    made = Collection.objects.get(address=address)
    assert (made.owner, made.owner_address, made.name) == (None, wallet.address, "Rude " + 75 * "!")
    assert address not in {row["address"] for row in client.get("/api/v1/collections").json()["results"]}
    with pytest.raises(UnknownCollection):
        request_mint(person=person, work=work, to=wallet.address, collection=made)


def test_what_she_made_before_she_linked_her_wallet_is_hers_once_she_has(
    chain: ChainConfig, factory: Factory, person: Person
) -> None:
    later, stranger = Wallet(chain), Wallet(chain)
    wishes: dict[str, Any] = {"minter": platform_signer().address, "attester": attester_address()}
    hers = later.create_collection(factory, owner=later.address, **wishes)
    not_hers = stranger.create_collection(factory, owner=later.address, name="Not hers", **wishes)
    follow(chain)
    assert set(Collection.objects.exclude(factory=None).values_list("owner", flat=True)) == {None}
    LinkedWallet.objects.create(person=person, address=later.address)
    follow(chain)
    owners = dict(Collection.objects.exclude(factory=None).values_list("address", "owner"))
    assert owners == {hers: person.pk, not_hers: None}


def test_what_has_nothing_to_do_with_us_is_left_alone(chain: ChainConfig, factory: Factory, wallet: Wallet) -> None:
    wallet.create_collection(factory, owner=wallet.address, minter=wallet.address, attester=wallet.address)
    follow(chain)
    assert Collection.objects.count() == 1


def test_one_that_a_reorg_takes_is_not_ready_until_the_chain_has_it_again(
    chain: ChainConfig, factory: Factory, wallet: Wallet
) -> None:
    wishes: dict[str, Any] = {
        "owner": wallet.address,
        "minter": platform_signer().address,
        "attester": attester_address(),
    }
    address = wallet.create_collection(factory, **wishes)
    follow(chain)
    assert IndexedCollection.objects.filter(collection__address=address).exists()
    rpc(chain, "anvil_reorg", 1, [])
    mine(chain)
    follow(chain)
    assert Collection.objects.get(address=address).status == "deploying"
    wallet.create_collection(factory, **wishes)
    follow(chain)
    made = Collection.objects.get(address=address)
    assert (made.status, made.created_block) == ("ready", int(rpc(chain, "eth_blockNumber"), 16))
    told = OutboxEvent.objects.filter(subject=made.pk).order_by("id").values_list("type", flat=True)
    assert list(told) == ["collection.ready", "collection.deploying", "collection.ready"]


def test_it_waits_for_a_worker_that_reads_the_chain(
    chain: ChainConfig, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "PATIENCE_SECONDS", 0)
    other = connection.copy()
    with other.cursor() as cursor, monkeypatch.context() as patch:
        patch.setattr("minting.engine.lock.connection", other)
        with sole_worker(f"minting indexer {chain.chain_id}"):
            patch.undo()
            with pytest.raises(CommandError, match="Workers are reading this chain"):
                call_command("reindex")
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    call_command("reindex")
