"""Canceling: the mint's end says what was mined."""

import pytest
from django.test import Client

from accounts.models import Person
from generation.models import Work
from minting.cancelling import cancel_mint
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.errors import MintNotCancelable
from minting.models import Collection, Mint
from minting.services import request_mint, retry_mint
from minting.signers import platform_signer
from tests.minting.stage import MakeWork, drive_to, mine, nonces, rpc, token_id, transfers_from_nobody


@pytest.fixture
def submitted(chain: ChainConfig, mint: Mint) -> Mint:
    """Sent, on a chain that waits."""
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    return drive_to(mint, Mint.Status.SUBMITTED)


def test_before_it_is_sent_it_is_canceled_at_once(chain: ChainConfig, mint: Mint) -> None:
    canceled = cancel_mint(mint=mint)
    assert (canceled.status, canceled.error_code) == (Mint.Status.FAILED, "canceled")
    drive()
    assert nonces(chain) == ([0], 1)


def test_the_cancellation_takes_the_place_of_what_was_sent(
    chain: ChainConfig, collection: Collection, submitted: Mint
) -> None:
    assert cancel_mint(mint=submitted).error_code == "canceling"
    drive()
    assert submitted.transaction is not None
    first, second = submitted.transaction.attempts.all()
    assert (first.is_cancellation, second.is_cancellation) == (False, True)
    assert second.max_fee_per_gas * 8 >= first.max_fee_per_gas * 9
    assert second.max_priority_fee_per_gas * 8 >= first.max_priority_fee_per_gas * 9
    mine(chain)
    drive()
    submitted.refresh_from_db()
    # Not before that is final: a reorg could still bring the token.
    assert (submitted.status, submitted.error_code) == (Mint.Status.SUBMITTED, "canceling")
    mine(chain, 2)
    failed = drive_to(submitted, Mint.Status.FAILED)
    assert failed.transaction is not None
    assert (failed.error_code, failed.transaction.canceled) == ("canceled", True)
    assert f"{second}" in failed.error_detail
    assert transfers_from_nobody(chain, collection) == []
    assert nonces(chain) == ([0, 1], 2)


def test_a_cancellation_that_comes_too_late_says_so(
    chain: ChainConfig, collection: Collection, work: Work, submitted: Mint
) -> None:
    cancel_mint(mint=submitted)
    mine(chain, 3)
    final = drive_to(submitted, Mint.Status.FINAL)
    assert final.transaction is not None
    assert (final.error_code, final.transaction.canceled) == ("canceled_too_late", False)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


def test_a_canceled_mint_can_be_asked_for_again(
    chain: ChainConfig, collection: Collection, work: Work, submitted: Mint
) -> None:
    cancel_mint(mint=submitted)
    drive()
    mine(chain, 3)
    failed = drive_to(submitted, Mint.Status.FAILED)
    rpc(chain, "evm_setAutomine", True)  # noqa: FBT003 - JSON-RPC
    retry_mint(mint=failed)
    drive_to(failed, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1, 2], 3)


def test_what_shares_its_transaction_cannot_be_taken_out(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    mints = [request_mint(person=person, work=make_work(name=f"{n}"), to=owner) for n in range(3)]
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    drive()
    with pytest.raises(MintNotCancelable, match="shares"):
        cancel_mint(mint=mints[0])
    assert Mint.objects.filter(error_code="canceling").count() == 0


def test_a_mined_mint_cannot_be_canceled(mint: Mint) -> None:
    mined = drive_to(mint, Mint.Status.MINED)
    with pytest.raises(MintNotCancelable, match="mined"):
        cancel_mint(mint=mined)


def test_canceling_over_the_api(client: Client, person: Person, mint: Mint) -> None:
    client.force_login(person)
    answer = client.post(f"/api/v1/mints/{mint.pk}/cancel", HTTP_HOST="testserver")
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]["code"]) == (
        200,
        "failed",
        "canceled",
    )
    again = client.post(f"/api/v1/mints/{mint.pk}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "mint_not_cancelable")


def test_a_canceled_mint_whose_nonce_another_program_used_is_not_sent_again(
    chain: ChainConfig, collection: Collection, submitted: Mint
) -> None:
    assert submitted.transaction is not None
    cancel_mint(mint=submitted)
    rpc(chain, "anvil_dropTransaction", f"{submitted.transaction.attempts.get()}")
    signer = platform_signer().address
    rpc(chain, "anvil_impersonateAccount", signer)
    rpc(chain, "eth_sendTransaction", {"from": signer, "to": signer, "value": "0x1", "nonce": "0x1"})
    mine(chain, 3)
    assert drive_to(submitted, Mint.Status.FAILED).error_code == "canceled"
    drive()
    assert transfers_from_nobody(chain, collection) == []
    assert nonces(chain) == ([0, 1], 2)
