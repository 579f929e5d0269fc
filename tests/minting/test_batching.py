"""Waiting mints share transactions, and none sinks the others."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from accounts.models import Person
from generation.models import Work
from minting import contract_calls
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction
from minting.services import request_mint
from tests.minting.faulty_node import faulty_node, refusal
from tests.minting.stage import MakeWork, drive_to, drive_until, mine, nonces, rpc, token_id, transfers_from_nobody


@pytest.fixture
def mints(collection: Collection, make_work: MakeWork, person: Person, owner: str) -> list[Mint]:
    """Five, requested and not driven yet."""
    return [request_mint(person=person, work=make_work(name=f"work {n}"), to=owner) for n in range(5)]


def minted(chain: ChainConfig, collection: Collection) -> set[int]:
    found = transfers_from_nobody(chain, collection)
    assert len(found) == len(set(found))
    return set(found)


def test_waiting_mints_go_out_in_one_transaction(
    chain: ChainConfig, collection: Collection, mints: list[Mint]
) -> None:
    drive()
    carrier = Transaction.objects.get(kind="mint")
    assert set(carrier.mints.values_list("id", flat=True)) == {mint.id for mint in mints}
    assert bytes(carrier.data) == contract_calls.mint_batch_call(mints)
    assert minted(chain, collection) == {token_id(mint.work) for mint in mints}
    assert nonces(chain) == ([0, 1], 2)


def test_two_go_out_one_by_one_which_is_cheaper(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    for name in ("one", "two"):
        request_mint(person=person, work=make_work(name=name), to=owner)
    drive()
    assert nonces(chain) == ([0, 1, 2], 3)


def test_a_transaction_holds_no_more_than_its_share_of_a_block(
    chain: ChainConfig, collection: Collection, mints: list[Mint], settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, batch_gas_share=0.012),)
    drive_until(lambda: not Mint.objects.exclude(status=Mint.Status.MINED).exists())
    carriers = Transaction.objects.filter(kind="mint")
    assert carriers.count() > 1
    assert all((carrier.gas_limit or 0) <= 30_000_000 * 0.012 for carrier in carriers)
    assert minted(chain, collection) == {token_id(mint.work) for mint in mints}


def test_a_bad_one_fails_with_its_reason_and_the_others_are_minted(
    chain: ChainConfig, collection: Collection, mints: list[Mint], make_work: MakeWork, owner: str
) -> None:
    bad = mints[2]
    message = {**bad.work.attestation["message"], "createdAt": "1"}
    Work.objects.filter(pk=bad.work_id).update(attestation={**bad.work.attestation, "message": message})
    drive()
    bad.refresh_from_db()
    assert (bad.status, bad.error_code, bad.transaction_id) == (Mint.Status.FAILED, "not_attested", None)
    assert minted(chain, collection) == {token_id(mint.work) for mint in mints if mint != bad}


def test_a_reverted_batch_is_tried_again_one_by_one_when_the_revert_is_final(
    chain: ChainConfig, collection: Collection, mints: list[Mint]
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive()
    code = rpc(chain, "eth_getCode", collection.address, "latest")
    rpc(chain, "anvil_setCode", collection.address, "0x60006000fd")
    mine(chain)
    drive()
    assert {*Mint.objects.values_list("status", "error_code")} == {("submitted", "batch_reverted")}
    assert Transaction.objects.filter(kind="mint").count() == 1

    rpc(chain, "anvil_setCode", collection.address, code)
    rpc(chain, "evm_setAutomine", True)  # noqa: FBT003 - JSON-RPC
    mine(chain, 2)
    drive_until(lambda: not Mint.objects.exclude(status=Mint.Status.MINED).exists())
    assert Transaction.objects.filter(kind="mint").count() == 6
    assert minted(chain, collection) == {token_id(mint.work) for mint in mints}


def test_a_batch_in_a_reorg_comes_back_whole(chain: ChainConfig, collection: Collection, mints: list[Mint]) -> None:
    drive_to(mints[0], Mint.Status.MINED)
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    rpc(chain, "anvil_reorg", 1, [])
    drive()
    assert {*Mint.objects.values_list("status", flat=True)} == {"submitted"}
    mine(chain, 3)
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.FINAL).count() == 5)
    carrier = Transaction.objects.get(kind="mint")
    assert (carrier.attempts.count(), [event.kind for event in carrier.events.all()]) == (1, ["reorged"])
    assert minted(chain, collection) == {token_id(mint.work) for mint in mints}


def test_a_mint_waits_for_others_no_longer_than_it_may(
    chain: ChainConfig, collection: Collection, mints: list[Mint], settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, gather_seconds=3600),)
    assert drive() == 0
    settings.CHAINS = (replace(chain, gather_seconds=3600, max_batch=5),)
    assert drive() == 5


def test_no_further_nonce_is_given_while_a_node_does_not_take_the_one_before(
    chain: ChainConfig, collection: Collection, mints: list[Mint], settings: Settings
) -> None:
    with faulty_node(chain.rpc_urls[0]) as node:
        settings.CHAINS = (replace(chain, rpc_urls=(node.url,), max_batch=1),)
        full = refusal("txpool is full")
        node.fault = lambda _, method, __: full if method == "eth_sendRawTransaction" else False
        for _ in range(3):
            drive()
        assert list(Transaction.objects.filter(kind="mint").values_list("nonce", "status")) == [(1, "signed")]
        node.fault = None
        drive_until(lambda: not Mint.objects.exclude(status=Mint.Status.MINED).exists())
    assert nonces(chain) == (list(range(6)), 6)
