"""A person's jobs that are not over: where each stands, told honestly, and those that failed and wait for her."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import Person
from generation.models import Job
from generation.queue.forecast import Standing as QueueStanding
from generation.queue.forecast import forecast

CANCELED_SHOWN = timedelta(minutes=10)
FAILED_SHOWN = timedelta(days=7)
MOST_ENDED = 5


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a job stands. The times are estimates; None when nobody can tell."""

    job: Job
    ready: int
    place: int | None
    starts_at: datetime | None = None
    finishes_at: datetime | None = None

    @property
    def percent(self) -> int:
        """Steps done, of all its pictures' steps: 0 to 99 while it is not over."""
        return min(99, 100 * self.job.step // max(1, self.job.total_steps))


def standings(person: Person) -> list[Standing]:
    """The person's unfinished jobs: what runs first, then what waits, in the order it waits."""
    jobs = Job.objects.of(person).in_flight().select_related("model")
    ready = dict(jobs.values_list("pk").annotate(count=Count("works")))
    queue = forecast()
    found = [_standing(job, queue.standing(job), ready=ready.get(job.pk, 0)) for job in jobs]
    return sorted(found, key=lambda each: (each.place or 0, each.job.queued_at))


def _standing(job: Job, queue: QueueStanding | None, *, ready: int) -> Standing:
    if queue is None:
        return Standing(job=job, ready=ready, place=None)
    return Standing(
        job=job,
        ready=ready,
        place=queue.place,
        starts_at=queue.estimated_start_at,
        finishes_at=queue.estimated_finish_at,
    )


def ended_badly(person: Person) -> list[Job]:
    """Jobs that failed, or were canceled just now, and have not been dismissed; the newest first."""
    now = timezone.now()
    failed = Q(status=Job.Status.FAILED, finished_at__gt=now - FAILED_SHOWN)
    canceled = Q(status=Job.Status.CANCELED, finished_at__gt=now - CANCELED_SHOWN)
    # One that was tried again after it was dismissed, and failed anew, is news again.
    unseen = Q(dismissed_at=None) | Q(dismissed_at__lt=F("finished_at"))
    jobs = Job.objects.of(person).filter(failed | canceled, unseen).select_related("model")
    return list(jobs.order_by("-created_at")[:MOST_ENDED])


def dismiss(*, job: Job) -> None:
    """Put a job that ended badly out of sight. Its page stays, and it can be tried again there."""
    Job.objects.filter(pk=job.pk).update(dismissed_at=timezone.now())
