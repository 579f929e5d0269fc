"""Several signers, several chains, nonces that are missing, and money that runs out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import Person
from devstack import anvil
from generation.models import Work
from minting.allowing import allow_signers
from minting.chains import ChainConfig, parse_chains
from minting.engine.driving import drive
from minting.models import Alert, Collection, Mint, SignerNonce, Transaction
from minting.services import deploy_collection, request_mint
from minting.signers import platform_signer, signers_for
from tests.minting.faulty_node import faulty_node, result
from tests.minting.stage import (
    MakeWork,
    drive_to,
    drive_until,
    mine,
    nonces,
    rpc,
    start_anvil,
    stop_anvil,
    token_id,
    transfers_from_nobody,
)
from webhooks.models import OutboxEvent


@pytest.fixture
def two_signers(collection: Collection, chain: ChainConfig, settings: Settings, tmp_path: Path) -> list[str]:
    """The platform's signer and a second one with more money, both MINTER."""
    settings.SIGNERS = [
        {"kind": "key_file", "path": str(settings.SIGNER_KEY_FILE)},
        {"kind": "key_file", "path": str(tmp_path / "keys/second.key")},
    ]
    first, second = (signer.address for signer in signers_for(chain.chain_id))
    anvil.fund(chain.rpc_urls[0], second, ether=2000)
    assert allow_signers(collection) == [second]
    drive_until(lambda: Transaction.objects.filter(kind="call", status="mined").exists())
    assert allow_signers(collection) == []
    return [first, second]


def requested(make_work: MakeWork, person: Person, owner: str, count: int) -> list[Mint]:
    return [request_mint(person=person, work=make_work(name=f"work {n}"), to=owner) for n in range(count)]


def test_signers_share_the_work(
    chain: ChainConfig,
    collection: Collection,
    two_signers: list[str],
    make_work: MakeWork,
    person: Person,
    owner: str,
    settings: Settings,
) -> None:
    settings.CHAINS = (replace(chain, max_batch=3),)
    mints = requested(make_work, person, owner, 6)
    drive_until(lambda: not Mint.objects.exclude(status=Mint.Status.MINED).exists())
    assert {mint.transaction.signer for mint in Mint.objects.select_related("transaction") if mint.transaction} == {
        *two_signers
    }
    assert sorted(transfers_from_nobody(chain, collection)) == sorted(token_id(mint.work) for mint in mints)


def test_a_signer_without_money_leaves_the_work_to_the_other(
    chain: ChainConfig, two_signers: list[str], make_work: MakeWork, person: Person, owner: str
) -> None:
    rpc(chain, "anvil_setBalance", two_signers[1], "0x0")
    (mint,) = requested(make_work, person, owner, 1)
    mined = drive_to(mint, Mint.Status.MINED)
    assert mined.transaction is not None
    assert (mined.transaction.signer, mined.error_code) == (two_signers[0], "")


def test_a_signer_that_may_not_mint_leaves_the_work_to_the_other(
    chain: ChainConfig, collection: Collection, settings: Settings, tmp_path: Path, work: Work, person: Person,
    owner: str,
) -> None:  # fmt: skip
    settings.SIGNERS = [
        {"kind": "key_file", "path": str(tmp_path / "keys/second.key")},
        {"kind": "key_file", "path": str(settings.SIGNER_KEY_FILE)},
    ]
    anvil.fund(chain.rpc_urls[0], platform_signer().address, ether=9000)
    mined = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    assert mined.transaction is not None
    assert (mined.transaction.signer, mined.error_code) == (signers_for()[1].address, "")


def test_a_nearly_empty_signer_raises_one_alert_until_it_is_refilled(
    chain: ChainConfig, collection: Collection
) -> None:
    address = platform_signer().address
    rpc(chain, "anvil_setBalance", address, hex(10**16))
    drive()
    drive()
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.resolved_at) == ("signer_low", address, None)
    assert "0.010000 ETH" in alert.detail
    assert SignerNonce.objects.get().balance == 10**16
    anvil.fund(chain.rpc_urls[0], address)
    drive()
    alert.refresh_from_db()
    assert alert.resolved_at is not None
    told = OutboxEvent.objects.filter(subject=alert.pk)
    assert [(event.type, event.person) for event in told] == [("alert.raised", None), ("alert.resolved", None)]


def test_missing_nonces_are_filled_and_what_waits_behind_them_is_mined(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    # As if the chain had counted two transactions of another program, and dropped them in a reorg.
    SignerNonce.objects.update(next_nonce=3)
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.SUBMITTED)
    drive()
    mine(chain, 3)
    drive_to(mint, Mint.Status.FINAL)
    assert list(Transaction.objects.filter(kind="fill").values_list("nonce", flat=True).order_by("nonce")) == [1, 2]
    assert nonces(chain) == ([0, 1, 2, 3], 4)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


@pytest.fixture
def second_chain() -> Iterator[str]:
    process, url = start_anvil()
    anvil.call(url, "anvil_setChainId", 84532)
    yield url
    stop_anvil(process)


def test_another_chain_is_configuration_only(
    chain: ChainConfig,
    collection: Collection,
    second_chain: str,
    work: Work,
    person: Person,
    owner: str,
    settings: Settings,
) -> None:
    (base,) = parse_chains(f'[{{"chain_id": 84532, "rpc_urls": ["{second_chain}"], "resend_seconds": 0}}]')
    assert (base.name, base.finality) == ("Base Sepolia", "tag")
    settings.CHAINS = (chain, base)
    anvil.fund(second_chain, platform_signer().address)
    deploy_collection(slug="on-base", name="On Base", symbol="BASE", chain_id=84532)
    drive_until(lambda: Collection.objects.filter(slug="on-base", status="ready").exists())
    there = Collection.objects.get(slug="on-base")
    mints = [request_mint(person=person, work=work, to=owner, collection=place) for place in (collection, there)]
    for mint in mints:
        drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == transfers_from_nobody(base, there) == [token_id(work)]
    # anvil's safe block lies 32 below its newest, its finalized one 64.
    mine(base, 40)
    drive()
    assert [mint.safe_at is not None for mint in Mint.objects.order_by("created_at")] == [False, True]
    mine(base, 40)
    drive_to(mints[1], Mint.Status.FINAL)
    assert Mint.objects.get(pk=mints[0].pk).status == Mint.Status.MINED


def test_a_chain_that_does_not_answer_holds_up_no_other(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str, settings: Settings
) -> None:
    away = ChainConfig(chain_id=1, name="Away", rpc_urls=("http://127.0.0.1:9",))
    settings.CHAINS = (away, chain)
    mint = request_mint(person=person, work=work, to=owner, collection=collection)
    drive_to(mint, Mint.Status.MINED)


def test_a_chain_that_answers_nonsense_holds_up_no_other(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str, settings: Settings
) -> None:
    mint = request_mint(person=person, work=work, to=owner, collection=collection)
    with faulty_node(chain.rpc_urls[0]) as node:
        node.fault = lambda _, method, __: result("0x1" if method == "eth_chainId" else "0x")
        settings.CHAINS = (ChainConfig(chain_id=1, name="Nonsense", rpc_urls=(node.url,)), chain)
        with pytest.raises(TypeError):
            drive()
    mint.refresh_from_db()
    assert mint.status == Mint.Status.MINED
