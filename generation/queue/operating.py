"""What operators do to waiting jobs: another class, or out of the queue. Each with a reason."""

from django.db import transaction
from django.utils import timezone

from api.errors import InvalidInput
from generation.errors import JobNotWaiting
from generation.models import Job, Priority
from generation.notices import announce
from generation.queue.turns import join_queue
from generation.quotas import uncharge_undrawn

REASON_MAX_LENGTH = 300


def change_priority(*, job: Job, priority: Priority, reason: str) -> Job:
    """Let a waiting job wait in another class, behind what its maker has waiting there since earlier.

    The caller keeps the reason where operators look for it. Raises JobNotWaiting, InvalidInput without a reason.
    """
    _checked(reason)
    with transaction.atomic():
        job = _lock_waiting(job)
        job.priority = priority
        job.revision += 1
        job.save(update_fields=["priority", "revision"])
        join_queue(person_id=job.person_id, priority=priority)
        announce(job)
    return job


def park_job(*, job: Job, reason: str) -> Job:
    """Take a waiting job out of the queue until somebody tries it again; its maker reads the reason.

    Raises JobNotWaiting, InvalidInput without a reason.
    """
    reason = _checked(reason)
    with transaction.atomic():
        job = _lock_waiting(job)
        job.status, job.finished_at, job.parked_at = Job.Status.FAILED, timezone.now(), timezone.now()
        job.error_code, job.error_detail = "parked", f"An operator took this job out of the queue: {reason}"
        uncharge_undrawn(job)
        job.revision += 1
        job.save()
        announce(job)
    return job


def _lock_waiting(job: Job) -> Job:
    found = Job.objects.select_for_update().get(pk=job.pk)
    if found.status != Job.Status.QUEUED:
        raise JobNotWaiting(f"Only a waiting job can be moved or parked; this one is {found.status}.")
    return found


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= REASON_MAX_LENGTH:
        raise InvalidInput.for_field("reason", f"Give a reason of 1 to {REASON_MAX_LENGTH} characters.")
    return reason
