"""What became of sent transactions: receipts, confirmations, reorgs.

A missing receipt or an RPC error never proves that a transaction is absent. Only the chain having another block at
the recorded height does, and even then nothing but the same bytes is sent again.
"""

from typing import Any

from minting import contract_calls
from minting.engine import existing
from minting.engine.outcomes import fail_mint, note_final, note_mined, note_trouble, note_unmined
from minting.engine.replaced import requeue_if_replaced
from minting.models import Chain, Transaction
from minting.querysets import open_transactions
from minting.rpc import ChainClient, RpcError
from minting.signers import Signer


def reconcile(client: ChainClient, chain: Chain, signer: Signer) -> None:
    """Look for receipts, check that mined transactions still are, and make deep ones final.

    Raises ChainUnavailable.
    """
    count = client.transaction_count(signer.address)
    _look_again(client, chain, signer, count)
    # Only a nonce below the account's own can be in the chain, which saves asking for the others.
    waiting = open_transactions(chain_id=chain.chain_id, signer=signer.address).filter(nonce__lt=count)
    for carrier in waiting.exclude(status="assigned"):
        receipt = _receipt(client, carrier)
        if receipt is not None:
            _mined(client, signer, carrier, receipt)
        elif not requeue_if_replaced(client, carrier):
            note_trouble(
                carrier,
                code="nonce_used_elsewhere",
                detail=f"The chain counts a transaction with nonce {carrier.nonce} of {signer.address}, but knows no "
                "receipt of ours. It waits for proof: only when another transaction with this nonce is final does "
                "the mint get a new one, so no token can be made twice.",
            )


def _receipt(client: ChainClient, carrier: Transaction) -> dict[str, Any] | None:
    """The receipt of whichever attempt was mined."""
    hashes = [bytes(attempt.hash) for attempt in carrier.attempts.all()]
    if carrier.hash is not None and bytes(carrier.hash) not in hashes:
        hashes.append(bytes(carrier.hash))
    for attempt_hash in reversed(hashes):
        receipt = client.receipt(attempt_hash)
        if receipt is not None and receipt.get("blockHash"):
            return receipt
    return None


def _mined(client: ChainClient, signer: Signer, carrier: Transaction, receipt: dict[str, Any]) -> None:
    note_mined(carrier, receipt)
    if carrier.succeeded:
        return
    for mint in carrier.mints.filter(status__in=["requested", "submitted", "mined", "final"]):
        error = _why_reverted(client, carrier)
        if error is not None and error.name == "ContentAlreadyMinted":
            existing.adopt_or_fail(client, signer, mint)
        else:
            reason = f": {error}" if error else ""
            fail_mint(
                mint,
                code="transaction_reverted",
                detail=f"The contract refused the mint{reason}. No token was made; it can be tried again.",
            )


def _why_reverted(client: ChainClient, carrier: Transaction) -> contract_calls.ContractError | None:
    """The contract's own error, by running the call again on the block that it was mined in."""
    try:
        client.eth_call(
            to=carrier.to,
            data=bytes(carrier.data),
            sender=carrier.signer,
            block=hex(carrier.block_number or 0),
        )
    except RpcError as error:
        return contract_calls.decode_error(error.data)
    return None


def _look_again(client: ChainClient, chain: Chain, signer: Signer, count: int) -> None:
    """Check the block of every mined transaction; a final one only when the chain counts fewer than it once did."""
    ours = Transaction.objects.filter(chain=chain, signer=signer.address)
    mined = ours.filter(status=Transaction.Status.MINED)
    rolled_back = ours.filter(status=Transaction.Status.FINAL, nonce__gte=count)
    head = client.block_number()
    for carrier in [*mined.order_by("nonce"), *rolled_back.order_by("nonce")]:
        _check_block(client, signer, carrier, head=head, count=count)


def _check_block(client: ChainClient, signer: Signer, carrier: Transaction, *, head: int, count: int) -> None:
    receipt = _receipt(client, carrier)
    if receipt is None:
        if _block_is_gone(client, carrier, count):
            note_unmined(carrier)
        return
    if bytes.fromhex(receipt["blockHash"][2:]) != bytes(carrier.block_hash or b""):
        _mined(client, signer, carrier, receipt)
    if (
        carrier.status == Transaction.Status.MINED
        and head - (carrier.block_number or 0) >= client.config.confirmations
    ):
        note_final(carrier)


def _block_is_gone(client: ChainClient, carrier: Transaction, count: int) -> bool:
    """Whether the chain says something else at that height: another block, or none while the nonce is free again."""
    block = client.block(carrier.block_number or 0)
    if block is None:
        return count <= carrier.nonce
    return bytes.fromhex(block["hash"][2:]) != bytes(carrier.block_hash or b"")
