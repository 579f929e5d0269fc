"""What became of sent transactions: receipts, confirmations, reorgs.

A missing receipt or an RPC error never proves that a transaction is absent. Only the chain having another block at
the recorded height does, and even then nothing but the same bytes is sent again.
"""

import logging
from typing import Any

from minting import contract_calls, faults
from minting.engine import existing
from minting.engine.finality import Heights, heights
from minting.engine.outcomes import (
    fail_mint,
    note_final,
    note_mined,
    note_safe,
    note_trouble,
    note_unmined,
    note_waiting,
)
from minting.engine.replaced import requeue_if_replaced
from minting.engine.round import Round
from minting.models import Transaction
from minting.querysets import open_transactions
from minting.rpc import ChainClient, RpcError

logger = logging.getLogger(__name__)


def reconcile(current: Round) -> None:
    """Look for receipts, check that mined transactions still are, and make deep ones safe and final.

    Raises ChainUnavailable.
    """
    client, chain, signer = current.client, current.chain, current.signer
    count = client.transaction_count(signer.address)
    _look_again(current, count)
    # Only a nonce below the account's own can be in the chain, which saves asking for the others.
    waiting = open_transactions(chain_id=chain.chain_id, signer=signer.address).filter(nonce__lt=count)
    for carrier in waiting.exclude(status="assigned"):
        receipt = _receipt(client, carrier)
        if receipt is not None:
            _mined(client, carrier, receipt)
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


def _mined(client: ChainClient, carrier: Transaction, receipt: dict[str, Any]) -> None:
    note_mined(carrier, receipt)
    faults.reach("mined")
    if carrier.succeeded or carrier.canceled:
        return
    mints = list(carrier.mints.filter(status__in=["requested", "submitted", "mined", "final"]))
    if len(mints) > 1:
        detail = "The contract refused the transaction that carries this mint with others. Each is tried again alone."
        note_waiting(mints, code="batch_reverted", detail=detail)
        return
    for mint in mints:
        error = _why_reverted(client, carrier)
        if error is not None and error.name == "ContentAlreadyMinted":
            existing.adopt_or_fail(client, mint)
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


def _look_again(current: Round, count: int) -> None:
    """Check the block of every mined transaction; a final one only when the chain counts fewer than it once did."""
    ours = Transaction.objects.filter(chain=current.chain, signer=current.signer.address)
    mined = ours.filter(status=Transaction.Status.MINED)
    rolled_back = ours.filter(status=Transaction.Status.FINAL, nonce__gte=count)
    found = [*mined.order_by("nonce"), *rolled_back.order_by("nonce")]
    if not found:
        return
    depths = heights(current.client)
    for carrier in found:
        _check_block(current.client, carrier, depths=depths, count=count)


def _check_block(client: ChainClient, carrier: Transaction, *, depths: Heights, count: int) -> None:
    receipt = _receipt(client, carrier)
    if receipt is None:
        _look_for_its_block(client, carrier, count)
        return
    if bytes.fromhex(receipt["blockHash"][2:]) != bytes(carrier.block_hash or b""):
        note_unmined(carrier)
        _mined(client, carrier, receipt)
    height = carrier.block_number or 0
    if carrier.status != Transaction.Status.MINED or height > depths.safe:
        return
    # A majority has to have this very block: the receipt may be of a node that lags on an abandoned branch.
    if client.block_hash(height) != bytes(carrier.block_hash or b""):
        return
    if height <= depths.final:
        faults.reach("before_final")
        note_final(carrier)
    elif carrier.safe_at is None:
        note_safe(carrier)


def _look_for_its_block(client: ChainClient, carrier: Transaction, count: int) -> None:
    """Unmined is what a majority has another block for. Where no block is at all, nothing can be told: see below."""
    found = client.block_hash(carrier.block_number or 0)
    if found is not None and found != bytes(carrier.block_hash or b""):
        note_unmined(carrier)
    elif found is None and count <= carrier.nonce:
        # A replica that lags, or a chain that went back. The same bytes are harmless in the one case, and heal the
        # other; the mint is put back only when there is another block, or gets its new place from the new receipt.
        # A final one is looked at again until then.
        Transaction.objects.filter(pk=carrier.pk).update(status=Transaction.Status.MINED)
        _send_again(client, carrier)


def _send_again(client: ChainClient, carrier: Transaction) -> None:
    attempt = carrier.attempts.filter(hash=carrier.hash).first()
    if attempt is None:
        return
    try:
        client.send_raw(bytes(attempt.raw))
    except RpcError as error:
        logger.info("transaction %s, nonce %d, sent again: %s", carrier.id, carrier.nonce, error.message)
