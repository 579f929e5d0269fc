"""Writes of what happened: to transactions, and to the mints and collections that they carry."""

import logging
from typing import Any

from django.db import transaction as database
from django.utils import timezone

from minting import carried
from minting.live import change_mints
from minting.models import Mint, Transaction, TransactionAttempt

logger = logging.getLogger(__name__)

OPEN = [Mint.Status.REQUESTED, Mint.Status.SUBMITTED]


@database.atomic
def note_sent(carrier: Transaction, attempt: TransactionAttempt) -> None:
    """A node took the bytes: the transaction is sent, its mint submitted."""
    now = timezone.now()
    _note_attempt_sent(attempt)
    fields: dict[str, Any] = {"last_error": ""}
    if carrier.status == Transaction.Status.SIGNED:
        fields |= {"status": Transaction.Status.SENT, "sent_at": now}
    Transaction.objects.filter(id=carrier.id).update(**fields)
    waiting = Mint.objects.filter(transaction=carrier, status=Mint.Status.REQUESTED)
    change_mints(waiting, status=Mint.Status.SUBMITTED, submitted_at=now, error_code="", error_detail="")


def _note_attempt_sent(attempt: TransactionAttempt) -> None:
    attempt.last_sent_at = timezone.now()
    attempt.times_sent += 1
    attempt.save(update_fields=["last_sent_at", "times_sent"])


@database.atomic
def note_trouble(carrier: Transaction, *, code: str, detail: str) -> None:
    """Why a transaction waits. Operators see it with the transaction, the creator with the mint."""
    if carrier.last_error != detail:
        logger.warning("transaction %s, nonce %d: %s", carrier.id, carrier.nonce, detail)
        Transaction.objects.filter(id=carrier.id).update(last_error=detail)
    note_waiting(Mint.objects.filter(transaction=carrier, status__in=OPEN), code=code, detail=detail)


@database.atomic
def note_waiting(mints: Any, *, code: str, detail: str) -> None:  # noqa: ANN401 - a QuerySet of Mint, sliced or not
    """Why mints wait; watchers are told once, not with every round."""
    ids = [mint.id for mint in mints if (mint.error_code, mint.error_detail) != (code, detail)]
    if ids:
        change_mints(Mint.objects.filter(id__in=ids, status__in=OPEN), error_code=code, error_detail=detail)


@database.atomic
def fail_mint(mint: Mint, *, code: str, detail: str) -> None:
    """The mint ended without a token."""
    logger.warning("mint %s failed: %s: %s", mint.id, code, detail)
    change_mints(
        Mint.objects.filter(id=mint.id), status=Mint.Status.FAILED, error_code=code, error_detail=detail[:2000]
    )


@database.atomic
def note_mined(carrier: Transaction, receipt: dict[str, Any]) -> None:
    """The receipt of the attempt that made it, block hash included; the mint is mined when it succeeded."""
    now, succeeded = timezone.now(), int(receipt["status"], 16) == 1
    Transaction.objects.filter(id=carrier.id).update(
        status=Transaction.Status.MINED,
        hash=bytes.fromhex(receipt["transactionHash"][2:]),
        block_number=int(receipt["blockNumber"], 16),
        block_hash=bytes.fromhex(receipt["blockHash"][2:]),
        succeeded=succeeded,
        gas_used=int(receipt["gasUsed"], 16),
        effective_gas_price=int(receipt.get("effectiveGasPrice", "0x0"), 16),
        last_error="",
        sent_at=carrier.sent_at or now,
        mined_at=carrier.mined_at or now,
    )
    carrier.refresh_from_db()
    carried.settle(carrier, succeeded=succeeded)
    if succeeded:
        _mints_are_mined(carrier)


def _mints_are_mined(carrier: Transaction) -> None:
    # A mint that failed with this very transaction is mined too: a reorg may put it into a block where it succeeds.
    for mint in Mint.objects.filter(transaction=carrier).exclude(status__in=["mined", "final"]):
        change_mints(
            Mint.objects.filter(id=mint.id),
            status=Mint.Status.MINED,
            submitted_at=mint.submitted_at or carrier.sent_at,
            mined_at=timezone.now(),
            error_code="",
            error_detail="",
        )


@database.atomic
def note_final(carrier: Transaction) -> None:
    """Deep enough: the transaction is final, and with it the mint."""
    now = timezone.now()
    Transaction.objects.filter(id=carrier.id).update(status=Transaction.Status.FINAL, final_at=now)
    change_mints(Mint.objects.filter(transaction=carrier, status="mined"), status=Mint.Status.FINAL, final_at=now)


@database.atomic
def note_unmined(carrier: Transaction) -> None:
    """Its block is no longer part of the chain: the same bytes will be sent again, and the mint is submitted."""
    logger.warning("transaction %s, nonce %d: block %s is gone", carrier.id, carrier.nonce, carrier.block_number)
    Transaction.objects.filter(id=carrier.id).update(
        status=Transaction.Status.SIGNED,
        hash=None,
        block_number=None,
        block_hash=None,
        succeeded=None,
        gas_used=None,
        effective_gas_price=None,
        mined_at=None,
        final_at=None,
    )
    carried.unsettle(carrier)
    change_mints(
        Mint.objects.filter(transaction=carrier, status__in=["mined", "final"]),
        status=Mint.Status.SUBMITTED,
        mined_at=None,
        final_at=None,
    )
