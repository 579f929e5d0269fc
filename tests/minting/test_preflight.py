"""Before anything is signed the very call is run on the chain, and only a revert says that it would fail."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak
from pytest_django import Settings

from accounts.models import Person
from generation.models import Work
from minting import contract_calls
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction, TransactionAttempt
from minting.services import request_mint
from minting.signers import platform_signer
from tests.minting.faulty_node import Answer, FaultyNode, faulty_node, refusal, result
from tests.minting.stage import MakeWork, drive_to, drive_until, mine, rpc
from tests.minting.wallet import Wallet

NOT_ATTESTED = "0x" + keccak(text="NotAttested(address)")[:4].hex() + 64 * "0"


@pytest.fixture
def nodes(chain: ChainConfig, collection: Collection, settings: Settings) -> Iterator[list[FaultyNode]]:
    """Two addresses of the chain, the first of which is asked first."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(faulty_node(chain.rpc_urls[0])) for _ in range(2)]
        settings.CHAINS = (replace(chain, rpc_urls=tuple(node.url for node in nodes)),)
        yield nodes


def spoil(work: Work) -> None:
    """Its attestation says another time than the attester signed, so the contract refuses it."""
    message = {**work.attestation["message"], "createdAt": "1"}
    Work.objects.filter(pk=work.pk).update(attestation={**work.attestation, "message": message})


def estimates_anything(_: FaultyNode, method: str, __: list[Any]) -> Answer | bool:
    """Gas for whatever it is, so that only running the call can tell that it would fail."""
    return result(hex(3_000_000)) if method == "eth_estimateGas" else False


def reverted(data: str | None = None) -> dict[str, Any]:
    error = {"code": 3, "message": "execution reverted", **({"data": data} if data else {})}
    return {"jsonrpc": "2.0", "id": 1, "error": error}


def test_the_very_call_is_run_on_what_is_pending_before_it_is_signed(nodes: list[FaultyNode], mint: Mint) -> None:
    asked: list[tuple[dict[str, str], str, int]] = []

    def note(_: FaultyNode, method: str, parameters: list[Any]) -> bool:
        if method == "eth_call":
            asked.append((parameters[0], parameters[1], TransactionAttempt.objects.count()))
        return False

    before = TransactionAttempt.objects.count()
    nodes[0].fault = note
    drive_to(mint, Mint.Status.MINED)
    carrier = Transaction.objects.get(kind="mint")
    call = {"from": platform_signer().address, "to": carrier.to, "data": "0x" + bytes(carrier.data).hex()}
    assert asked == [(call, "pending", before)]


def test_its_revert_becomes_the_mints_failure_in_words(nodes: list[FaultyNode], mint: Mint, work: Work) -> None:
    for node in nodes:
        node.fault = estimates_anything
    spoil(work)
    failed = drive_to(mint, Mint.Status.FAILED)
    assert (failed.error_code, failed.transaction) == ("not_attested", None)
    assert "trust the attester who signed for this picture. Nothing was sent." in failed.error_detail
    assert not Transaction.objects.filter(kind="mint").exists()


def test_the_bad_one_of_a_batch_is_found_by_running_it(
    nodes: list[FaultyNode], collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    for node in nodes:
        node.fault = estimates_anything
    works = [make_work(name=f"work {number}") for number in range(5)]
    for work in works:
        request_mint(person=person, work=work, to=owner)
    spoil(works[3])
    drive()
    ends = dict(Mint.objects.values_list("work", "status"))
    assert ends == {work.pk: "failed" if work == works[3] else "mined" for work in works}
    assert not Transaction.objects.filter(succeeded=False).exists()


@pytest.mark.parametrize(
    ("answer", "code"),
    [(refusal("internal error"), "chain_refused"), (reverted(), "mint_would_revert")],
    ids=["an error that is no revert", "a revert without its reason"],
)
def test_what_proves_nothing_keeps_the_mint_waiting(
    answer: dict[str, Any], code: str, nodes: list[FaultyNode], mint: Mint
) -> None:
    for node in nodes:
        node.fault = lambda _, method, __: answer if method == "eth_call" else False
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.REQUESTED, code, None)
    for node in nodes:
        node.fault = None
    assert drive_to(mint, Mint.Status.MINED).error_code == ""


def test_one_replica_that_refuses_alone_fails_no_mint(nodes: list[FaultyNode], mint: Mint) -> None:
    nodes[0].fault = lambda _, method, __: reverted(NOT_ATTESTED) if method == "eth_call" else False
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.REQUESTED, "chain_disagrees", None)
    nodes[0].fault = None
    assert drive_to(mint, Mint.Status.MINED).error_code == ""


def test_an_estimate_that_fails_after_the_call_went_through_fails_no_mint(
    nodes: list[FaultyNode], mint: Mint
) -> None:
    for node in nodes:
        node.fault = lambda _, method, __: reverted(NOT_ATTESTED) if method == "eth_estimateGas" else False
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.REQUESTED, "chain_refused", None)


def test_a_node_that_knows_nothing_pending_is_asked_about_its_newest_block(
    nodes: list[FaultyNode], make_work: MakeWork, person: Person, owner: str
) -> None:
    places: list[str] = []

    def has_no_pending(_: FaultyNode, method: str, parameters: list[Any]) -> Answer | bool:
        if method != "eth_call":
            return False
        places.append(parameters[1])
        return refusal("pending block is not available") if parameters[1] == "pending" else False

    nodes[0].fault = has_no_pending
    for name in ("one", "two"):
        drive_to(request_mint(person=person, work=make_work(name=name), to=owner), Mint.Status.MINED)
    assert places == ["pending", "latest", "latest"]


def test_a_token_that_is_only_pending_keeps_the_mint_waiting(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = Wallet(chain)
    monkeypatch.setattr(wallet.web3.eth, "wait_for_transaction_receipt", lambda _: None)
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    wallet.mint(collection, work)
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.REQUESTED, "token_pending", None)
    mine(chain)
    drive_until(lambda: Mint.objects.filter(error_code="already_minted_on_chain", status="failed").exists())


@pytest.mark.parametrize("data", ["0x08c379a0", "0x08c379a0ff", "0xfffffffff", "0xnonsense", "0x12345678", "", None])
def test_revert_data_that_nobody_can_read_is_no_error_of_ours(data: str | None) -> None:
    assert contract_calls.decode_error(data) is None


def test_a_reason_in_words_is_read() -> None:
    data = contract_calls.ERROR + bytes(31) + b"\x20" + bytes(31) + b"\x04" + b"why?".ljust(32, b"\0")
    assert str(contract_calls.decode_error("0x" + data.hex())) == "Error(why?)"
