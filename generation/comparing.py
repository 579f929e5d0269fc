"""In the background: each new work gets the hashes of its crops and is compared with the works before it."""

import logging
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from generation.lookalikes.hashes import register
from generation.lookalikes.searching import look_alikes, stored_picture
from generation.models import PerceptualHash, Resemblance, Work
from provenance.fingerprints import iscc_image_code

logger = logging.getLogger(__name__)

COMPARE_WORKS = "generation.compare_works"


def wake_comparing() -> None:
    """Tell a background worker that there is a new work. Call it after commit. Failure is only logged (law 1)."""
    try:
        current_app.send_task(COMPARE_WORKS, retry=False, expires=60)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("nobody was told to compare the new work, beat will do it: %s", error)


def compare_waiting_works(*, at_most: int = 200) -> int:
    """Compare the works that wait, the oldest first; how many there were. Safe to be run by several at once."""
    done = 0
    while done < at_most and _compare_next():
        done += 1
    return done


def compare_again(*, work: Work) -> None:
    """Put a work back among those that wait; hashes that are missing are made then."""
    Work.objects.filter(pk=work.pk).update(compared_at=None)


def forget_hashes() -> int:
    """Throw all hashes and comparisons away and have every work compared anew; how many works there are.

    For a change of the tiles or of the hash itself: nothing else is lost, all of it comes from the files.
    """
    with transaction.atomic():
        Resemblance.objects.all().delete()
        PerceptualHash.objects.all().delete()
        return Work.objects.update(compared_at=None)


def _compare_next() -> UUID | None:
    with transaction.atomic():
        waiting = Work.objects.filter(compared_at__isnull=True).select_related("file").order_by("created_at")
        # A row that another worker compares is skipped; it stays locked until its comparison is written.
        work = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
        if work is None:
            return None
        work.compared_at = timezone.now()
        image = stored_picture(work)
        if image is not None:
            register(work, image)
            work.iscc = work.iscc or iscc_image_code(image)
            earlier = Work.objects.filter(created_at__lt=work.created_at).exclude(pk=work.pk)
            Resemblance.objects.bulk_create(
                [
                    Resemblance(work=work, earlier=match.work, kind=match.kind, distance=match.distance)
                    for match in look_alikes(image, among=earlier, fresh=True)
                ],
                ignore_conflicts=True,
            )
        work.save(update_fields=["compared_at", "iscc"])
        return work.pk
