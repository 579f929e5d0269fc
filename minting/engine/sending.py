"""Sign, store, then send (law 2). Bytes that were stored may be sent any number of times."""

from datetime import timedelta
from typing import Any

from django.db import transaction as database
from django.utils import timezone

from minting import faults
from minting.engine.assigning import no_funds
from minting.engine.fees import FeeAboveCeiling, Fees, current_fees, replacement_fees
from minting.engine.outcomes import note_sent, note_trouble
from minting.engine.send_errors import Verdict, classify
from minting.errors import ChainUnavailable
from minting.models import Chain, Transaction, TransactionAttempt
from minting.querysets import open_transactions
from minting.rpc import ChainClient, RpcError
from minting.signers import Signer


def sign_assigned(client: ChainClient, chain: Chain, signer: Signer) -> None:
    """Sign and store a first attempt for every transaction that has only a nonce."""
    for carrier in open_transactions(chain_id=chain.chain_id, signer=signer.address).filter(status="assigned"):
        try:
            store_attempt(carrier, signer, current_fees(client))
        except FeeAboveCeiling as problem:
            note_trouble(carrier, code="fees_too_high", detail=str(problem))
            return
        faults.reach("signed_and_stored")


@database.atomic
def store_attempt(carrier: Transaction, signer: Signer, fees: Fees) -> TransactionAttempt:
    """Sign the transaction with these fees and commit the raw bytes, before anybody sends them."""
    Transaction.objects.select_for_update().get(id=carrier.id)
    signed = signer.sign_transaction(_fields(carrier, fees))
    attempt = TransactionAttempt.objects.create(
        transaction=carrier,
        raw=signed.raw,
        hash=signed.hash,
        max_fee_per_gas=fees.max_fee,
        max_priority_fee_per_gas=fees.max_priority_fee,
    )
    Transaction.objects.filter(id=carrier.id, status="assigned").update(status=Transaction.Status.SIGNED)
    carrier.refresh_from_db()
    return attempt


def _fields(carrier: Transaction, fees: Fees) -> dict[str, Any]:
    price: dict[str, Any] = (
        {"gasPrice": fees.max_fee}
        if fees.legacy
        else {"type": 2, "maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.max_priority_fee}
    )
    return {
        "chainId": carrier.chain_id,
        "nonce": carrier.nonce,
        "to": carrier.to,
        "data": bytes(carrier.data),
        "value": int(carrier.value),
        "gas": carrier.gas_limit,
        **price,
    }


def send_waiting(client: ChainClient, chain: Chain, signer: Signer) -> None:
    """Send what was signed and not sent, and again what has waited long for a receipt, in the order of nonces.

    Stops at the first that no node takes: those behind it could not be mined either. Raises ChainUnavailable.
    """
    waiting = open_transactions(chain_id=chain.chain_id, signer=signer.address).exclude(status="assigned")
    for place, carrier in enumerate(waiting):
        attempt = carrier.attempts.last()
        if attempt is None:
            # Adopted from a node that does not give out raw transactions: there is nothing to send.
            continue
        if place == 0 and _is_stuck(client, carrier, attempt):
            attempt = _outbid(client, carrier, signer, attempt) or attempt
        elif carrier.status == Transaction.Status.SENT and not _is_due(client, attempt):
            continue
        if not _send(client, carrier, attempt, signer):
            return


def _is_due(client: ChainClient, attempt: TransactionAttempt) -> bool:
    last = attempt.last_sent_at
    return last is None or timezone.now() - last >= timedelta(seconds=client.config.resend_seconds)


def _is_stuck(client: ChainClient, carrier: Transaction, attempt: TransactionAttempt) -> bool:
    """Whether it was sent with its present fees and yet has had no receipt for long."""
    waited = timezone.now() - attempt.signed_at >= timedelta(seconds=client.config.stuck_seconds)
    return carrier.status == Transaction.Status.SENT and attempt.times_sent > 0 and waited


def _outbid(
    client: ChainClient, carrier: Transaction, signer: Signer, last: TransactionAttempt
) -> TransactionAttempt | None:
    """A further attempt with higher fees, committed before it is sent; None when the ceiling forbids it."""
    try:
        return store_attempt(carrier, signer, replacement_fees(client, last))
    except FeeAboveCeiling as problem:
        note_trouble(carrier, code="fees_too_high", detail=str(problem))
        return None


def _send(client: ChainClient, carrier: Transaction, attempt: TransactionAttempt, signer: Signer) -> bool:
    """Broadcast stored bytes and note what came of it; whether those behind it may go too."""
    verdict, message = _broadcast(client, carrier, attempt)
    if verdict is Verdict.FEE_TOO_LOW:
        higher = _outbid(client, carrier, signer, attempt)
        if higher is None:
            return False
        attempt = higher
        verdict, message = _broadcast(client, carrier, attempt)
    if verdict is Verdict.ACCEPTED:
        faults.reach("sent")
        note_sent(carrier, attempt)
        return True
    if verdict is Verdict.NONCE_USED:
        # The receipts of our attempts decide what that means, never this message (engine.receipts).
        return True
    if verdict is Verdict.NO_FUNDS:
        note_trouble(carrier, code="signer_without_funds", detail=no_funds(client, signer))
        return False
    detail = f"The chain's node did not take the transaction: {message}. The same bytes are sent again by themselves."
    note_trouble(carrier, code="chain_refused", detail=detail)
    return False


def _broadcast(client: ChainClient, carrier: Transaction, attempt: TransactionAttempt) -> tuple[Verdict, str]:
    try:
        client.send_raw(bytes(attempt.raw))
    except RpcError as error:
        return classify(error), error.message
    except ChainUnavailable as problem:
        # It may have arrived. The transaction stays as it is, and the same bytes go out again.
        note_trouble(carrier, code=problem.code, detail=problem.detail)
        raise
    return Verdict.ACCEPTED, ""
