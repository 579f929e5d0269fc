"""Which files are wanted on the IPFS node, and putting them there: again and again until it answers.

What is published there cannot be called back. So only what a token points to, and what curators have approved, is
wanted. The wish is written down whether or not a node is configured: one that comes later catches up.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from api.errors import Problem
from generation.ipfs import kubo
from generation.models import Pin, StoredFile, Work
from generation.storage import read_bytes

logger = logging.getLogger(__name__)


def want(*files: StoredFile) -> None:
    """Wish for these files on the node; a wish that stands already is left as it is."""
    Pin.objects.bulk_create([Pin(file=file) for file in files], ignore_conflicts=True)


def want_work(work: Work) -> None:
    """Wish for a work's picture and its recipe."""
    want(work.file, work.recipe_file)


def want_everything() -> int:
    """Write down the wishes that are missing, for works minted or approved before there were any; how many."""
    before = Pin.objects.count()
    # `mints` belongs to minting, which stands to the right: it is asked by name only.
    works = Work.objects.filter(Q(review_state=Work.Review.APPROVED) | Q(mints__isnull=False)).distinct()
    for work in works.select_related("file", "recipe_file").iterator(chunk_size=500):
        want_work(work)
        want(*StoredFile.objects.filter(pk__in=work.mints.values("metadata_file")))
    return Pin.objects.count() - before


def pin_again(*, pin: Pin) -> Pin:
    """Put a pin back among those that wait, whatever became of it: the node is then given the bytes anew."""
    pin.state, pin.next_try_at, pin.attempts, pin.last_error = Pin.State.WANTED, timezone.now(), 0, ""
    pin.pinned_at = None
    pin.save()
    return pin


def pin_waiting_files(*, at_most: int = 100) -> int:
    """Give the node what is due, the longest waiting first; how many it took. Nothing without IPFS_API.

    Each is claimed for five minutes first, so two workers never send the same one. When the node does not answer the
    rest waits, too.
    """
    if not settings.IPFS_API:
        return 0
    taken = 0
    while taken < at_most and (pin := _claim()) is not None:
        if not _try(pin):
            break
        taken += pin.state == Pin.State.PINNED
    return taken


def _claim() -> Pin | None:
    with transaction.atomic():
        due = Pin.objects.filter(state=Pin.State.WANTED, next_try_at__lte=timezone.now()).order_by(
            "next_try_at", "id"
        )
        pin = due.select_for_update(skip_locked=True).first()
        if pin is not None:
            pin.next_try_at = timezone.now() + timedelta(minutes=5)
            pin.save(update_fields=["next_try_at"])
    return pin


def _try(pin: Pin) -> bool:
    """Whether the next one is worth a try."""
    went_on = True
    try:
        kubo.add(read_bytes(pin.file), cid=pin.file.cid)
        pin.state, pin.pinned_at, pin.last_error = Pin.State.PINNED, timezone.now(), ""
    except kubo.WrongCid as error:
        logger.exception("IPFS: refused")
        pin.note_failure(str(error))
        pin.state = Pin.State.FAILED
    except (kubo.KuboError, Problem) as error:
        logger.warning("IPFS: %s is not pinned yet: %s", pin.file.cid, error)
        pin.note_failure(str(error))
        went_on = not isinstance(error, kubo.KuboError)
    pin.save()
    return went_on
