"""What the engine does when the chain, the money or another process misbehaves: nothing is lost, nothing doubled."""

import threading
from dataclasses import replace

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import Person
from devstack.ports import wait_until
from generation.models import Work
from minting import contract_calls
from minting.chain_reader import token_state
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.engine.fees import GWEI
from minting.engine.outcomes import fail_mint
from minting.models import Collection, Mint, MintReservation, SignerNonce, Transaction
from minting.rpc import ChainClient, RpcError
from minting.services import request_mint, retry_mint
from minting.signers import platform_signer
from tests.minting.stage import (
    MakeWork,
    drive_in_a_process,
    drive_to,
    drive_until,
    mine,
    nonces,
    rpc,
    token_id,
    transfers_from_nobody,
)

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def mint(collection: Collection, work: Work, person: Person, owner: str) -> Mint:
    """Requested, and not driven yet."""
    return request_mint(person=person, work=work, to=owner)


def test_a_dropped_transaction_is_sent_again_with_the_same_bytes(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    submitted = drive_to(mint, Mint.Status.SUBMITTED)
    assert submitted.transaction is not None
    attempt = submitted.transaction.attempts.get()
    rpc(chain, "anvil_dropTransaction", f"{attempt}")
    mine(chain, 1)
    assert transfers_from_nobody(chain, collection) == []

    drive()
    mine(chain, 3)
    final = drive_to(mint, Mint.Status.FINAL)
    assert final.transaction is not None
    assert bytes(final.transaction.attempts.get().raw) == bytes(attempt.raw)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


def test_a_reorg_puts_the_mint_back_to_submitted_and_the_same_bytes_heal_it(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint
) -> None:
    mined = drive_to(mint, Mint.Status.MINED)
    assert mined.transaction is not None
    first_block = bytes(mined.transaction.block_hash or b"")
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    rpc(chain, "anvil_reorg", 1, [])
    assert transfers_from_nobody(chain, collection) == []

    drive_to(mint, Mint.Status.SUBMITTED)
    mine(chain, 3)
    final = drive_to(mint, Mint.Status.FINAL)
    assert final.transaction is not None
    assert final.transaction.attempts.count() == 1
    assert bytes(final.transaction.block_hash or b"") != first_block
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


def test_an_rpc_that_answers_nothing_keeps_the_mint_waiting_with_the_reason(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, rpc_urls=(NOBODY_LISTENS,)),)
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.REQUESTED, "chain_unavailable", None)

    settings.CHAINS = (chain,)
    mined = drive_to(mint, Mint.Status.MINED)
    assert mined.error_code == ""
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


def test_a_second_rpc_address_takes_over(chain: ChainConfig, mint: Mint, settings: Settings) -> None:
    settings.CHAINS = (replace(chain, rpc_urls=(NOBODY_LISTENS, *chain.rpc_urls)),)
    assert drive_to(mint, Mint.Status.MINED).error_code == ""


def test_an_answer_lost_after_sending_makes_no_second_token(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_send = ChainClient.send_raw

    def send_and_lose_the_answer(client: ChainClient, raw: bytes) -> None:
        really_send(client, raw)
        raise RpcError(code=-32603, message="gateway timeout", data=None)

    with monkeypatch.context() as patched:
        patched.setattr(ChainClient, "send_raw", send_and_lose_the_answer)
        drive()
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


def test_a_signer_without_funds_waits_with_a_clear_reason_and_goes_on_after_funding(
    chain: ChainConfig, mint: Mint
) -> None:
    rpc(chain, "anvil_setBalance", platform_signer().address, "0x0")
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code) == (Mint.Status.REQUESTED, "signer_without_funds")
    assert platform_signer().address in mint.error_detail
    revision = mint.revision
    drive()
    mint.refresh_from_db()
    assert mint.revision == revision

    rpc(chain, "anvil_setBalance", platform_signer().address, hex(10**18))
    assert drive_to(mint, Mint.Status.MINED).error_code == ""


def test_money_that_is_gone_after_signing_is_told_and_healed(chain: ChainConfig, mint: Mint) -> None:
    balance = rpc(chain, "eth_getBalance", platform_signer().address, "latest")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            ChainClient,
            "balance",
            lambda *_: int(rpc(chain, "anvil_setBalance", platform_signer().address, "0x0") or 10**18),
        )
        drive()
    mint.refresh_from_db()
    assert mint.transaction is not None
    assert (mint.status, mint.error_code) == (Mint.Status.REQUESTED, "signer_without_funds")
    assert mint.transaction.status == Transaction.Status.SIGNED
    assert platform_signer().address in mint.transaction.last_error

    rpc(chain, "anvil_setBalance", platform_signer().address, balance)
    mined = drive_to(mint, Mint.Status.MINED)
    assert mined.transaction is not None
    assert (mined.error_code, mined.transaction.last_error) == ("", "")


def test_two_threads_driving_at_once_make_one_token(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint
) -> None:
    def deliver() -> None:
        try:
            drive()
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


@pytest.mark.processes
def test_two_processes_driving_at_once_make_one_token(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, worker_environment: dict[str, str]
) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(drive_in_a_process(worker_environment))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [0, 0]
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


def test_many_mints_are_in_flight_at_once_without_a_nonce_gap(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, person: Person, owner: str, settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, max_in_flight=4, max_batch=1),)
    works = [make_work(name=f"work {number}") for number in range(6)]
    for one in works:
        request_mint(person=person, work=one, to=owner)
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive()
    assert Mint.objects.filter(status=Mint.Status.SUBMITTED).count() == 4
    mine(chain)
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.SUBMITTED).count() == 2)
    mine(chain)
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.MINED).count() == 6)
    assert sorted(transfers_from_nobody(chain, collection)) == sorted(token_id(one) for one in works)
    assert nonces(chain) == (list(range(7)), 7)


def test_a_stuck_transaction_offers_an_eighth_more_on_both_caps(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, settings: Settings
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive_to(mint, Mint.Status.SUBMITTED)
    settings.CHAINS = (replace(chain, stuck_seconds=0),)
    drive()
    low, high = Transaction.objects.get(kind="mint").attempts.all()
    assert high.max_fee_per_gas * 8 >= low.max_fee_per_gas * 9
    assert high.max_priority_fee_per_gas * 8 >= low.max_priority_fee_per_gas * 9
    assert (low.times_sent >= 1, high.times_sent) == (True, 1)

    settings.CHAINS = (chain,)
    mine(chain)
    mined = drive_to(mint, Mint.Status.MINED)
    assert mined.transaction is not None
    assert bytes(mined.transaction.hash or b"") == bytes(high.hash)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


def test_fees_above_the_ceiling_keep_the_mint_waiting_without_a_nonce(
    chain: ChainConfig, mint: Mint, settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, max_fee_gwei=1),)
    rpc(chain, "anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    mine(chain)
    drive()
    mint.refresh_from_db()
    assert (mint.error_code, mint.transaction_id) == ("fees_too_high", None)
    settings.CHAINS = (chain,)
    drive_to(mint, Mint.Status.MINED)


def test_a_work_hidden_after_the_request_is_not_sent(mint: Mint, work: Work, chain: ChainConfig) -> None:
    Work.objects.filter(id=work.pk).update(review_state=Work.Review.HIDDEN)
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.FAILED, "work_hidden", None)
    assert nonces(chain) == ([0], 1)


def test_a_token_of_ours_that_the_database_lost_is_adopted(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str, mint: Mint
) -> None:
    drive_to(mint, Mint.Status.MINED)
    # The database is restored from a backup that was taken before the mint.
    Mint.objects.all().delete()
    lost = Transaction.objects.get(kind="mint")
    lost.attempts.all().delete()
    lost.delete()
    SignerNonce.objects.update(next_nonce=1)

    again = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    assert again.transaction is not None
    assert bytes(again.transaction.hash or b"") == bytes(lost.hash or b"")
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


def test_a_token_of_the_same_content_for_somebody_else_fails_the_mint_before_a_nonce_is_spent(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str, mint: Mint
) -> None:
    drive_to(mint, Mint.Status.MINED)
    Mint.objects.filter(id=mint.pk).update(status=Mint.Status.FAILED)
    other = "0x000000000000000000000000000000000000dEaD"
    second = drive_to(request_mint(person=person, work=work, to=other), Mint.Status.FAILED)
    assert second.error_code == "already_minted_on_chain"
    assert owner in second.error_detail
    assert nonces(chain) == ([0, 1], 2)


def test_a_reverted_mint_fails_with_the_contracts_reason_and_can_be_tried_again(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint, owner: str
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive_to(mint, Mint.Status.SUBMITTED)
    # The collection's code stops working between sending and mining.
    code = rpc(chain, "eth_getCode", collection.address, "latest")
    rpc(chain, "anvil_setCode", collection.address, "0x60006000fd")
    mine(chain)
    failed = drive_to(mint, Mint.Status.FAILED)
    assert failed.error_code == "transaction_reverted"
    assert failed.transaction is not None
    assert failed.transaction.succeeded is False

    rpc(chain, "anvil_setCode", collection.address, code)
    rpc(chain, "evm_setAutomine", True)  # noqa: FBT003 - JSON-RPC
    retry_mint(mint=failed)
    mine(chain, 2)
    drive_to(mint, Mint.Status.MINED)
    state = token_state(collection=collection, token_id=token_id(work))
    assert state is not None
    assert state.owner == owner
    assert nonces(chain) == ([0, 1, 2], 3)


def test_a_nonce_that_another_program_used_waits_for_proof_and_then_gets_a_new_one(
    chain: ChainConfig, collection: Collection, work: Work, mint: Mint
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    submitted = drive_to(mint, Mint.Status.SUBMITTED)
    assert submitted.transaction is not None
    rpc(chain, "anvil_dropTransaction", f"{submitted.transaction.attempts.get()}")
    signer = platform_signer().address
    rpc(chain, "anvil_impersonateAccount", signer)
    rpc(chain, "eth_sendTransaction", {"from": signer, "to": signer, "value": "0x1", "nonce": "0x1"})
    mine(chain)
    drive()
    submitted.refresh_from_db()
    assert (submitted.status, submitted.error_code) == (Mint.Status.SUBMITTED, "nonce_used_elsewhere")

    mine(chain, 2)
    drive_until(lambda: Mint.objects.filter(id=mint.pk, transaction__nonce=2).exists())
    mine(chain)
    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1, 2], 3)


def test_a_work_with_an_unreadable_attestation_fails_alone(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, mint: Mint, person: Person, owner: str
) -> None:
    broken = make_work(name="broken")
    Work.objects.filter(id=broken.pk).update(attestation={"message": {}})
    poisoned = request_mint(person=person, work=broken, to=owner)
    drive_to(mint, Mint.Status.MINED)
    poisoned.refresh_from_db()
    assert (poisoned.status, poisoned.error_code, poisoned.transaction_id) == ("failed", "not_attested", None)


def test_a_signer_that_is_not_minter_waits_for_the_role(
    chain: ChainConfig, collection: Collection, mint: Mint
) -> None:
    signer, client = platform_signer().address, ChainClient(chain)
    role = client.eth_call(to=collection.address, data=contract_calls.call("MINTER_ROLE"))
    rpc(chain, "anvil_impersonateAccount", signer)
    seen: list[tuple[str, str]] = []
    for function in ("revokeRole", "grantRole"):
        data = "0x" + contract_calls.call(function, role, signer).hex()
        rpc(chain, "eth_sendTransaction", {"from": signer, "to": collection.address, "data": data})
        wait_until(lambda: client.transaction_count(signer) == len(seen) + 2, what="the role is changed")
        drive()
        mint.refresh_from_db()
        seen.append((mint.status, mint.error_code))
    assert seen[0] == (Mint.Status.REQUESTED, "signer_not_minter")
    assert drive_to(mint, Mint.Status.MINED).error_code == ""


def test_a_mint_that_another_process_has_sent_meanwhile_is_not_failed(mint: Mint, chain: ChainConfig) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    as_read = Mint.objects.get(pk=mint.pk)
    submitted = drive_to(mint, Mint.Status.SUBMITTED)
    fail_mint(as_read, code="work_hidden", detail="Seen too late.")
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.revision) == (Mint.Status.SUBMITTED, "", submitted.revision)
    assert MintReservation.objects.get().status == "reserved"
