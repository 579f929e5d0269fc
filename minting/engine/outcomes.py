"""Writes of what happened: to transactions, and to the mints and collections that they carry."""

import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction as database
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from minting import budgets, carried
from minting.live import change_mints
from minting.models import Mint, Transaction, TransactionAttempt, TransactionEvent
from minting.telling import tell_mints, tell_unmined
from provenance.digests import to_hex

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
    if carrier.cancel_requested_at is not None:
        change_mints(waiting, status=Mint.Status.SUBMITTED, submitted_at=now)
        return
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
def note_waiting(mints: Iterable[Mint], *, code: str, detail: str) -> None:
    """Why mints wait; watchers are told once, not with every round."""
    ids = [mint.id for mint in mints if (mint.error_code, mint.error_detail) != (code, detail)]
    if ids:
        change_mints(Mint.objects.filter(id__in=ids, status__in=OPEN), error_code=code, error_detail=detail)


@database.atomic
def fail_mint(mint: Mint, *, code: str, detail: str) -> None:
    """The mint ended without a token; what was set aside for it is given back.

    Nothing happens when it is not as it was read any more: it failed already, or another process has sent it.
    """
    as_read = Mint.objects.filter(id=mint.id, transaction=mint.transaction_id).exclude(status=Mint.Status.FAILED)
    if change_mints(as_read, status=Mint.Status.FAILED, error_code=code, error_detail=detail[:2000]):
        logger.warning("mint %s failed: %s: %s", mint.id, code, detail)
        budgets.give_back([mint.pk])


@database.atomic
def note_mined(carrier: Transaction, receipt: dict[str, Any]) -> None:
    """The receipt of the attempt that made it, block hash included; the mints are mined when it succeeded."""
    now, succeeded = timezone.now(), int(receipt["status"], 16) == 1
    mined = bytes.fromhex(receipt["transactionHash"][2:])
    canceled = carrier.attempts.filter(hash=mined, is_cancellation=True).exists()
    Transaction.objects.filter(id=carrier.id).update(
        status=Transaction.Status.MINED,
        hash=mined,
        block_number=int(receipt["blockNumber"], 16),
        block_hash=bytes.fromhex(receipt["blockHash"][2:]),
        succeeded=succeeded,
        canceled=canceled,
        gas_used=int(receipt["gasUsed"], 16),
        effective_gas_price=int(receipt.get("effectiveGasPrice", "0x0"), 16),
        last_error="",
        sent_at=carrier.sent_at or now,
        mined_at=carrier.mined_at or now,
    )
    carrier.refresh_from_db()
    carried.settle(carrier, succeeded=succeeded)
    if canceled:
        words = f"The cancellation stands in a block, as {to_hex(mined)}. The mint is canceled when that is final."
        note_waiting(Mint.objects.filter(transaction=carrier, status__in=OPEN), code="canceling", detail=words)
    elif succeeded:
        _mints_are_mined(carrier)
    budgets.settle(carrier, wei=cost_of(receipt))


def cost_of(receipt: dict[str, Any]) -> int:
    """What the signer paid, in wei; on chains of the OP Stack with the part for the chain below."""
    gas = int(receipt["gasUsed"], 16) * int(receipt.get("effectiveGasPrice", "0x0"), 16)
    return gas + int(receipt.get("l1Fee") or "0x0", 16)


def _mints_are_mined(carrier: Transaction) -> None:
    # A mint that failed with this very transaction is mined too: a reorg may put it into a block where it succeeds.
    # Not so when the work has another mint by now, which will find the token.
    late = carrier.cancel_requested_at is not None
    code = "canceled_too_late" if late else ""
    detail = "The mint itself was mined, not its cancellation: the token exists." if late else ""
    mints = Mint.objects.filter(transaction=carrier).exclude(status__in=["mined", "final"])
    superseded = [mint.pk for mint in mints.filter(status=Mint.Status.FAILED) if _has_another(mint)]
    change_mints(
        mints.exclude(id__in=superseded),
        status=Mint.Status.MINED,
        submitted_at=Coalesce("submitted_at", Value(carrier.sent_at, output_field=DateTimeField())),
        mined_at=timezone.now(),
        error_code=code,
        error_detail=detail,
    )


def _has_another(mint: Mint) -> bool:
    others = Mint.objects.filter(work=mint.work_id, collection=mint.collection_id).exclude(id=mint.id)
    return others.exclude(status=Mint.Status.FAILED).exists()


@database.atomic
def note_safe(carrier: Transaction) -> None:
    """So deep that only a rare reorg could take it away."""
    now = timezone.now()
    Transaction.objects.filter(id=carrier.id).update(safe_at=now)
    mined = Mint.objects.filter(transaction=carrier, status=Mint.Status.MINED)
    change_mints(mined, safe_at=now)
    tell_mints(mined.values_list("id", flat=True), what="safe")


@database.atomic
def note_final(carrier: Transaction) -> None:
    """Deep enough: the transaction is final, and with it what became of its mints."""
    now = timezone.now()
    Transaction.objects.filter(id=carrier.id).update(
        status=Transaction.Status.FINAL, safe_at=carrier.safe_at or now, final_at=carrier.final_at or now
    )
    mined = Mint.objects.filter(transaction=carrier, status=Mint.Status.MINED)
    change_mints(mined, status=Mint.Status.FINAL, safe_at=carrier.safe_at or now, final_at=now)
    if carrier.canceled:
        for mint in Mint.objects.filter(transaction=carrier, status__in=OPEN):
            instead = to_hex(bytes(carrier.hash or b""))
            detail = f"Canceled. The cancellation was mined, as {instead}; no token was made."
            fail_mint(mint, code="canceled", detail=detail)
    elif not carrier.succeeded:
        # Only now can this nonce never carry them: they may have another one (law 2).
        let_go(carrier)


def let_go(carrier: Transaction) -> None:
    """Mints of a transaction that can never carry them wait for another nonce; those that shared it, each alone.

    One that was to be canceled ends here: nothing was sent for it any more.
    """
    waiting = Mint.objects.filter(transaction=carrier, status__in=OPEN)
    if carrier.cancel_requested_at is not None:
        for mint in waiting:
            fail_mint(mint, code="canceled", detail="Canceled. What was sent for it can never make the token.")
        return
    budgets.reserve_again(waiting)
    fields: dict[str, Any] = {"goes_alone": True} if waiting.count() > 1 else {}
    change_mints(
        waiting,
        status=Mint.Status.REQUESTED,
        transaction=None,
        submitted_at=None,
        error_code="",
        error_detail="",
        **fields,
    )


@database.atomic
def note_unmined(carrier: Transaction) -> None:
    """Its block is no longer part of the chain: the same bytes will be sent again, and the mints are submitted."""
    gone = f"block {carrier.block_number}, {to_hex(bytes(carrier.block_hash or b''))}, is no longer in the chain"
    logger.warning("transaction %s, nonce %d: %s", carrier.id, carrier.nonce, gone)
    TransactionEvent.objects.create(transaction=carrier, kind=TransactionEvent.Kind.REORGED, detail=gone)
    Transaction.objects.filter(id=carrier.id).update(
        status=Transaction.Status.SIGNED,
        hash=None,
        block_number=None,
        block_hash=None,
        succeeded=None,
        canceled=False,
        gas_used=None,
        effective_gas_price=None,
        mined_at=None,
        safe_at=None,
        final_at=None,
    )
    carrier.refresh_from_db()
    carried.unsettle(carrier)
    minted = list(Mint.objects.filter(transaction=carrier, status__in=["mined", "final"]))
    change_mints(
        Mint.objects.filter(pk__in=[mint.pk for mint in minted]),
        status=Mint.Status.SUBMITTED,
        mined_at=None,
        safe_at=None,
        final_at=None,
    )
    tell_unmined(minted)
