"""A person's jobs that are not over: where each stands, told honestly, and those that failed and wait for her."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import Person
from generation.models import Job
from generation.queue.forecast import NO_WORKER_FOR_MODEL, NO_WORKERS, NOT_MEASURED, forecast, recent_forecast
from generation.queue.forecast import Standing as QueueStanding

CANCELED_SHOWN = timedelta(minutes=10)
FAILED_SHOWN = timedelta(days=7)
MOST_ENDED = 5
NEVER = 2**31
"""a place behind all others"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a job stands: its row, its pictures that are ready, and what the queue's forecast tells of it."""

    job: Job
    ready: int
    queue: QueueStanding | None

    @property
    def place(self) -> int | None:
        """1 is next; None for one that runs, or that nobody will take."""
        return self.queue.place if self.queue else None

    @property
    def percent(self) -> int:
        """Steps done, of all its pictures' steps: 0 to 99 while it is not over."""
        return min(99, 100 * self.job.step // max(1, self.job.total_steps))

    @property
    def preview(self) -> str:
        """The address of a preview of the picture that forms, another one each time; empty when there is none."""
        job = self.job
        if job.status != Job.Status.RUNNING or job.preview_step is None:
            return ""
        return f"/api/v1/jobs/{job.pk}/preview?index={job.preview_index}&step={job.preview_step}"

    @property
    def when(self) -> str:
        """When its last picture will be there, as far as that can be told; else why not."""
        if self.queue is None:
            return ""
        if self.queue.estimated_finish_at is not None:
            return f"done in {about(self.queue.estimated_finish_at - timezone.now())}"
        if self.job.status == Job.Status.RUNNING:
            return ""
        return UNTOLD_WORDS.get(self.queue.reason or "", "")


UNTOLD_WORDS = {
    NO_WORKERS: "no worker is running now; it is kept until one comes",
    NO_WORKER_FOR_MODEL: "no worker that runs now has its model; it is kept until one comes",
    NOT_MEASURED: "how long it takes was never timed here",
}


def about(length: timedelta) -> str:
    """A length of time as one would say it: `about 20 seconds`, `about 3 minutes`, `about 2 hours`."""
    seconds = length.total_seconds()
    if seconds < 3:
        return "a moment"
    if seconds < 58:
        return f"about {max(5, round(seconds / 5) * 5)} seconds"
    for unit, size in (("hour", 3600), ("minute", 60)):
        number = round(seconds / size)
        if seconds >= size * 0.95 and number:
            return f"about {number} {unit}{'' if number == 1 else 's'}"
    return "about 1 minute"


def standings(person: Person) -> list[Standing]:
    """The person's unfinished jobs: what runs first, then what waits, in the order it waits."""
    jobs = Job.objects.of(person).in_flight().select_related("model")
    ready = dict(jobs.values_list("pk").annotate(count=Count("works")))
    queue = recent_forecast()
    if any(job.status == Job.Status.QUEUED and job.pk not in queue.estimates for job in jobs):
        # One came after that look at the queue.
        queue = forecast()
    found = [Standing(job=job, ready=ready.get(job.pk, 0), queue=queue.standing(job)) for job in jobs]
    return sorted(found, key=_order)


def _order(standing: Standing) -> tuple[bool, int, datetime]:
    is_waiting = standing.job.status == Job.Status.QUEUED
    # Those that nobody will take come last.
    return is_waiting, standing.place or (NEVER if is_waiting else 0), standing.job.queued_at


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
