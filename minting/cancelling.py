"""Cancel a mint: at once while it has no nonce, afterwards by a transaction that takes its place if mined first."""

from django.db import transaction
from django.utils import timezone

from minting.engine.outcomes import OPEN, fail_mint, note_waiting
from minting.errors import MintNotCancelable
from minting.models import Mint, Transaction
from minting.wake import wake_chain_worker_on_commit


def cancel_mint(*, mint: Mint) -> Mint:
    """Cancel, or ask the engine to. The mint's end says what was mined: the token or the cancellation.

    A second call changes nothing. Raises MintNotCancelable when it has ended, stands in a block, or shares its
    transaction with other mints.
    """
    with transaction.atomic():
        # The transaction's row first, as the engine locks them.
        carrier = Transaction.objects.select_for_update().filter(mints=mint.pk).first()
        locked = Mint.objects.select_for_update(of=("self",)).get(pk=mint.pk)
        if locked.status not in OPEN:
            raise MintNotCancelable(f"This mint is {locked.status}; it can be canceled only before that.")
        if locked.transaction_id is None:
            fail_mint(locked, code="canceled", detail="Canceled before anything was sent.")
        elif carrier is None or carrier.pk != locked.transaction_id:
            raise MintNotCancelable("This mint is just being sent. Try again in a moment.")
        else:
            _ask(carrier)
    mint.refresh_from_db()
    return mint


def _ask(carrier: Transaction) -> None:
    if carrier.mints.exclude(status=Mint.Status.FAILED).count() > 1:
        raise MintNotCancelable(
            "This mint shares its transaction with others, which go on; it cannot be taken out any more."
        )
    if carrier.status in {Transaction.Status.MINED, Transaction.Status.FINAL}:
        raise MintNotCancelable("The transaction of this mint stands in a block; it cannot be canceled any more.")
    if carrier.cancel_requested_at is None:
        Transaction.objects.filter(pk=carrier.pk).update(cancel_requested_at=timezone.now())
        detail = "A transaction that does nothing is sent in its place; whichever is mined first, counts."
        note_waiting(Mint.objects.filter(transaction=carrier, status__in=OPEN), code="canceling", detail=detail)
    wake_chain_worker_on_commit()
