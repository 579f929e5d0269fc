"""Leases: keeping a claimed job, settling it, taking back what a dead worker held.

Postgres is the queue (law 1). Every write of a worker carries its lease token as a condition: once the lease is
lost, a late worker changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from generation.models import Job
from generation.notices import announce, wake_painters
from generation.queue.speeds import note_drawn
from generation.queue.turns import join_queue, mend_turns, take_back_served
from generation.quotas import uncharge_undrawn


class LeaseLostError(Exception):
    """Another worker may hold the job now; whatever this one still does must not be written."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job and the token that proves who holds it."""

    job: Job
    token: UUID


def lease_end() -> timedelta:
    """How long a lease lasts unless it is renewed."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


_ENDED = (
    "status", "finished_at", "error_code", "error_detail", "lease_token", "leased_by", "lease_expires_at", "step",
    "revision",
)  # fmt: skip


def renew_lease(*, claim: Claim) -> None:
    """Keep the job for another lease's length. Raises LeaseLostError."""
    held = Job.objects.filter(pk=claim.job.pk).held_with(claim.token)
    if not held.update(lease_expires_at=timezone.now() + lease_end()):
        raise LeaseLostError


# One statement each, for both are asked after single steps, and what they cost is taken from the drawing.
_PROGRESS = """
UPDATE generation_job SET step = %(step)s, revision = revision + 1
WHERE id = %(job)s AND status = 'running' AND lease_token = %(token)s RETURNING revision
"""
_PREVIEW = """
UPDATE generation_job SET preview_index = %(index)s, preview_step = %(step)s, revision = revision + 1
WHERE id = %(job)s AND status = 'running' AND lease_token = %(token)s RETURNING revision
"""


def record_progress(*, claim: Claim, step: int) -> None:
    """Write how many steps are done, and tell watchers. Raises LeaseLostError."""
    _write_and_tell(_PROGRESS, claim, step=step)


def record_preview(*, claim: Claim, index: int, step: int) -> None:
    """Write of which picture there is a preview, after how many of its steps, and tell. Raises LeaseLostError."""
    _write_and_tell(_PREVIEW, claim, index=index, step=step)


def _write_and_tell(statement: str, claim: Claim, **values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"job": claim.job.pk, "token": claim.token, **values})
        row = cursor.fetchone()
    if row is None:
        raise LeaseLostError
    announce(claim.job, revision=row[0])


def lock_held_job(*, claim: Claim) -> Job:
    """The job, locked until the surrounding transaction ends, while the lease is still ours. Raises LeaseLostError.

    Works are written under this lock: a worker that lost its lease cannot add any.
    """
    job = Job.objects.select_for_update().filter(pk=claim.job.pk).held_with(claim.token).first()
    if job is None:
        raise LeaseLostError
    return job


def settle(*, claim: Claim, status: Job.Status, error_code: str = "", error_detail: str = "") -> Job:
    """End the job, once: succeeded, failed with its reason, or canceled. Raises LeaseLostError."""
    with transaction.atomic():
        job = lock_held_job(claim=claim)
        if status == Job.Status.SUCCEEDED:
            note_drawn(job=job, now=timezone.now())
        _end(job, status, error_code, error_detail)
    return job


def succeed(job: Job) -> None:
    """End a job that has all its pictures. Its row is locked by the caller, who also changed its `step`."""
    now = timezone.now()
    note_drawn(job=job, now=now)
    job.status, job.finished_at, job.error_code, job.error_detail = Job.Status.SUCCEEDED, now, "", ""
    job.lease_token, job.leased_by, job.lease_expires_at = None, "", None
    job.revision += 1
    job.save(update_fields=_ENDED)
    announce(job)


def give_back(*, claim: Claim) -> None:
    """Put the job back where it stood in the queue, as when its worker is shut down; the attempt does not count.

    Raises LeaseLostError.
    """
    with transaction.atomic():
        job = lock_held_job(claim=claim)
        _requeue(job, attempts=job.attempts - 1)


def recover_lost_jobs() -> int:
    """Take back every job whose worker has gone silent; how many there were.

    Each goes back to its place in the queue, or fails after JOB_MAX_ATTEMPTS attempts: a job that kills its
    workers must not do so for ever. One whose cancellation was asked for is canceled.
    """
    lost = list(Job.objects.lease_expired(now=timezone.now()).values_list("pk", flat=True))
    # A transaction each: to hold the turns of several people and wait for another would be a circle of locks.
    taken = sum(_take_back_if_lost(job_id) for job_id in lost)
    mend_turns()
    if taken:
        # Also what was submitted while Redis was away.
        wake_painters()
    return taken


def _take_back_if_lost(job_id: UUID) -> bool:
    with transaction.atomic():
        lost = Job.objects.lease_expired(now=timezone.now()).filter(pk=job_id)
        job = lost.select_for_update(skip_locked=True).first()
        if job is None:
            return False
        _take_back(job)
    return True


def _take_back(job: Job) -> None:
    now = timezone.now()
    job.lost_workers = [*job.lost_workers, {"worker": job.leased_by, "at": now.isoformat(), "step": job.step}]
    if job.cancel_requested_at is not None:
        _end(job, Job.Status.CANCELED)
    elif job.attempts >= settings.JOB_MAX_ATTEMPTS:
        detail = (
            f"The worker stopped in the middle of this job {job.attempts} times, so it was given up. "
            "Finished pictures are kept; try again, with fewer or smaller pictures if the worker ran out of memory."
        )
        job.parked_at = now
        _end(job, Job.Status.FAILED, "worker_lost", detail)
    else:
        _requeue(job, attempts=job.attempts)


def _requeue(job: Job, *, attempts: int) -> None:
    job.status, job.attempts = Job.Status.QUEUED, attempts
    _release(job)
    join_queue(person_id=job.person_id, priority=job.priority)


def _end(job: Job, status: Job.Status, error_code: str = "", error_detail: str = "") -> None:
    job.status, job.finished_at = status, timezone.now()
    job.error_code, job.error_detail = error_code, error_detail
    uncharge_undrawn(job)
    _release(job)


def _release(job: Job) -> None:
    """Write the job without a lease; its row is locked by the caller."""
    take_back_served(job=job)
    job.lease_token, job.leased_by, job.lease_expires_at = None, "", None
    job.revision += 1
    job.save()
    announce(job)
