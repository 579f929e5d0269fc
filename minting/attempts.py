"""Every raw transaction that was signed for a mint, and what became of it, for people to read."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from minting.models import Transaction, TransactionAttempt

GWEI = Decimal(10) ** 9
WEI = Decimal(10) ** 18


@dataclass(frozen=True, kw_only=True)
class AttemptLine:
    """One attempt. Fees in gwei per gas."""

    hash: bytes
    max_fee: Decimal
    max_priority_fee: Decimal
    signed_at: datetime
    times_sent: int
    outcome: str
    mined: bool


def attempts_of(transaction: Transaction | None) -> list[AttemptLine]:
    """The attempts in the order in which they were signed; none for a mint that no transaction of ours carries."""
    if transaction is None:
        return []
    return [_line(transaction, attempt) for attempt in transaction.attempts.all()]


def fee_paid(transaction: Transaction | None) -> Decimal | None:
    """What the chain took, in its coin; None before it is mined."""
    if transaction is None or transaction.gas_used is None or transaction.effective_gas_price is None:
        return None
    return transaction.gas_used * transaction.effective_gas_price / WEI


def _line(transaction: Transaction, attempt: TransactionAttempt) -> AttemptLine:
    return AttemptLine(
        hash=bytes(attempt.hash),
        max_fee=attempt.max_fee_per_gas / GWEI,
        max_priority_fee=attempt.max_priority_fee_per_gas / GWEI,
        signed_at=attempt.signed_at,
        times_sent=attempt.times_sent,
        outcome=outcome_of(transaction, attempt),
        mined=_is_mined(transaction, attempt),
    )


def _is_mined(transaction: Transaction, attempt: TransactionAttempt) -> bool:
    return transaction.hash is not None and bytes(attempt.hash) == bytes(transaction.hash)


def outcome_of(transaction: Transaction, attempt: TransactionAttempt) -> str:
    """What became of an attempt, in a sentence."""
    if _is_mined(transaction, attempt):
        did = "It was mined and refused by the contract" if transaction.succeeded is False else "It was mined"
        did = "This cancellation was mined" if attempt.is_cancellation else did
        return f"{did}, in block {transaction.block_number}."
    if transaction.hash is not None:
        return "Another attempt with the same number was mined, so this one can never be."
    if attempt.times_sent == 0:
        return "Signed and kept; it is sent next."
    return "Sent; waiting to be mined."
