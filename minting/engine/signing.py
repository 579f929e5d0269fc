"""Sign and store: raw bytes are committed before anybody sends them (law 2), fee bumps and cancellations included."""

import logging
from typing import Any

from django.db import transaction as database

from minting import faults
from minting.engine.fees import FeeAboveCeiling, Fees, replacement_fees
from minting.engine.outcomes import note_trouble
from minting.engine.round import Round
from minting.errors import SignerUnavailable
from minting.models import Transaction, TransactionAttempt, TransactionEvent
from minting.rpc import Call
from minting.signers import Signer

logger = logging.getLogger(__name__)

GAS_MARGIN = 1.25


def sign_first(current: Round, carrier: Transaction) -> TransactionAttempt | None:
    """The first attempt of a transaction that has only a nonce; None when gas is too dear now.

    Of one that was canceled meanwhile it is the cancellation. Raises SignerUnavailable, ChainUnavailable.
    """
    try:
        attempt = _signed(current, carrier, current.fees, cancels=carrier.cancel_requested_at is not None)
    except FeeAboveCeiling as problem:
        note_trouble(carrier, code=problem.code, detail=str(problem))
        return None
    faults.reach("signed_and_stored")
    return attempt


def outbid(current: Round, carrier: Transaction, last: TransactionAttempt) -> TransactionAttempt | None:
    """A further attempt with higher fees, committed before it is sent; None when the ceiling forbids it.

    Of one that is to be canceled it is the cancellation. Raises SignerUnavailable, ChainUnavailable.
    """
    cancels = carrier.cancel_requested_at is not None
    try:
        attempt = _signed(current, carrier, replacement_fees(current.client, last), cancels=cancels)
    except FeeAboveCeiling as problem:
        note_trouble(carrier, code=problem.code, detail=str(problem))
        return None
    faults.reach("bump_stored")
    kind = TransactionEvent.Kind.CANCEL if cancels else TransactionEvent.Kind.OUTBID
    logger.info("transaction %s, nonce %d: %s", carrier.id, carrier.nonce, kind.label)
    return attempt


def _signed(current: Round, carrier: Transaction, fees: Fees, *, cancels: bool) -> TransactionAttempt:
    gas = carrier.gas_limit
    if cancels:
        own = current.signer.address
        gas = int(current.client.estimate_gas(Call(to=own, data=b"", sender=own)) * GAS_MARGIN)
    try:
        return store_attempt(carrier, current.signer, fees, cancellation_gas=gas if cancels else None)
    except SignerUnavailable as problem:
        note_trouble(carrier, code=problem.code, detail=problem.detail)
        raise


def store_attempt(
    carrier: Transaction, signer: Signer, fees: Fees, *, cancellation_gas: int | None = None
) -> TransactionAttempt:
    """Sign with these fees and commit the raw bytes; with `cancellation_gas`, those of what takes its place."""
    signed = signer.sign_transaction(_fields(carrier, fees, cancellation_gas))
    faults.reach("signed")
    with database.atomic():
        Transaction.objects.select_for_update().get(id=carrier.id)
        is_first = not carrier.attempts.exists()
        attempt = TransactionAttempt.objects.create(
            transaction=carrier,
            raw=signed.raw,
            hash=signed.hash,
            max_fee_per_gas=fees.max_fee,
            max_priority_fee_per_gas=fees.max_priority_fee,
            is_cancellation=cancellation_gas is not None,
        )
        Transaction.objects.filter(id=carrier.id, status="assigned").update(status=Transaction.Status.SIGNED)
        if not is_first:
            _note_replacement(carrier, attempt, fees)
    carrier.refresh_from_db()
    return attempt


def _note_replacement(carrier: Transaction, attempt: TransactionAttempt, fees: Fees) -> None:
    kind = TransactionEvent.Kind.CANCEL if attempt.is_cancellation else TransactionEvent.Kind.OUTBID
    offer = f"{fees.max_fee} wei per gas, tip {fees.max_priority_fee}"
    TransactionEvent.objects.create(transaction=carrier, kind=kind, detail=f"{attempt} offers {offer}")


def _fields(carrier: Transaction, fees: Fees, cancellation_gas: int | None) -> dict[str, Any]:
    price: dict[str, Any] = (
        {"gasPrice": fees.max_fee}
        if fees.legacy
        else {"type": 2, "maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.max_priority_fee}
    )
    what: dict[str, Any] = (
        {"to": carrier.to, "data": bytes(carrier.data), "value": int(carrier.value), "gas": carrier.gas_limit}
        if cancellation_gas is None
        else {"to": carrier.signer, "data": b"", "value": 0, "gas": cancellation_gas}
    )
    return {"chainId": carrier.chain_id, "nonce": carrier.nonce, **what, **price}
