"""What the engine does not send, or ends with a reason: nothing is spent, nothing doubled."""

from dataclasses import replace

from pytest_django import Settings

from accounts.models import Person
from devstack.ports import wait_until
from generation.models import Work
from minting import contract_calls
from minting.chain_reader import token_state
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.engine.fees import GWEI
from minting.models import Collection, Mint, SignerNonce, Transaction
from minting.rpc import ChainClient
from minting.services import request_mint, retry_mint
from minting.signers import platform_signer
from tests.minting.stage import (
    MakeWork,
    drive_to,
    mine,
    nonces,
    rpc,
    token_id,
    transfers_from_nobody,
)


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
