"""What the engine does when the chain, the node or the money misbehaves: nothing is lost, nothing doubled."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from generation.models import Work
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction
from minting.rpc import ChainClient, RpcError
from minting.signers import platform_signer
from tests.minting.stage import (
    drive_to,
    mine,
    nonces,
    rpc,
    token_id,
    transfers_from_nobody,
)

NOBODY_LISTENS = "http://127.0.0.1:9"


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
