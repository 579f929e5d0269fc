"""Questions an operator asks: which jobs do not get on?"""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from generation.models import Job


def patience() -> timedelta:
    """How long something may wait before it counts as stuck: `STUCK_AFTER_MINUTES`."""
    return timedelta(minutes=settings.STUCK_AFTER_MINUTES)


def waiting_too_long() -> QuerySet[Job]:
    """Jobs that no worker has taken for longer than our patience."""
    return Job.objects.filter(status=Job.Status.QUEUED, queued_at__lt=timezone.now() - patience())


def lost_by_their_worker() -> QuerySet[Job]:
    """Running jobs whose lease has run out: their worker has stopped answering."""
    return Job.objects.lease_expired(now=timezone.now())


def failed() -> QuerySet[Job]:
    """Jobs that ended without pictures."""
    return Job.objects.filter(status=Job.Status.FAILED)


def parked() -> QuerySet[Job]:
    """Jobs that were given up because their workers kept stopping, or that an operator took out of the queue."""
    return Job.objects.filter(parked_at__isnull=False)
