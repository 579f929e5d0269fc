"""The engine's writes: claiming a job with a lease, keeping the lease, settling, taking back.

Postgres is the queue (law 1). Every write of a worker carries its lease token as a condition: once the lease is
lost, a late worker changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.models import Job
from generation.notices import announce, wake_painters


class LeaseLostError(Exception):
    """Another worker may hold the job now; whatever this one still does must not be written."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job and the token that proves who holds it."""

    job: Job
    token: UUID


def _lease_end() -> timedelta:
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim_next_job(*, worker: str) -> Claim | None:
    """The job that has waited longest, now running and leased to `worker`; None when nothing waits."""
    return next(iter(claim_jobs(worker=worker, limit=1)), None)


def claim_jobs(*, worker: str, limit: int, sampling_key: str | None = None) -> list[Claim]:
    """At most `limit` jobs that have waited longest, now running and leased to `worker`; with a key, only its jobs.

    Workers that claim at the same moment skip each other's rows and get different jobs.
    """
    with transaction.atomic():
        waiting = Job.objects.waiting()
        if sampling_key is not None:
            waiting = waiting.filter(sampling_key=sampling_key)
        return [_lease(job, worker) for job in waiting.select_for_update(skip_locked=True)[:limit]]


def _lease(job: Job, worker: str) -> Claim:
    now, token = timezone.now(), uuid4()
    job.status = Job.Status.RUNNING
    job.lease_token, job.leased_by, job.lease_expires_at = token, worker[:120], now + _lease_end()
    job.attempts += 1
    job.started_at = job.started_at or now
    job.step = job.works.count() * job.steps
    job.revision += 1
    job.save()
    announce(job)
    return Claim(job=job, token=token)


def renew_lease(*, claim: Claim) -> None:
    """Keep the job for another lease's length. Raises LeaseLostError."""
    held = Job.objects.filter(pk=claim.job.pk).held_with(claim.token)
    if not held.update(lease_expires_at=timezone.now() + _lease_end()):
        raise LeaseLostError


def record_progress(*, claim: Claim, step: int) -> bool:
    """Write how many steps are done; whether somebody asked to cancel. Raises LeaseLostError."""
    held = Job.objects.filter(pk=claim.job.pk).held_with(claim.token)
    if not held.update(step=step, revision=F("revision") + 1):
        raise LeaseLostError
    job = Job.objects.only("revision", "cancel_requested_at").get(pk=claim.job.pk)
    announce(job)
    return job.cancel_requested_at is not None


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
        _end(job, status, error_code, error_detail)
    return job


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
    with transaction.atomic():
        lost = list(Job.objects.lease_expired(now=timezone.now()).select_for_update(skip_locked=True))
        for job in lost:
            _take_back(job)
        # Also what was submitted while Redis was away.
        if lost:
            transaction.on_commit(wake_painters)
    return len(lost)


def _take_back(job: Job) -> None:
    if job.cancel_requested_at is not None:
        _end(job, Job.Status.CANCELED)
    elif job.attempts >= settings.JOB_MAX_ATTEMPTS:
        detail = (
            f"The worker stopped in the middle of this job {job.attempts} times, so it was given up. "
            "Finished pictures are kept; try again, with fewer or smaller pictures if the worker ran out of memory."
        )
        _end(job, Job.Status.FAILED, "worker_lost", detail)
    else:
        _requeue(job, attempts=job.attempts)


def _requeue(job: Job, *, attempts: int) -> None:
    job.status, job.attempts = Job.Status.QUEUED, attempts
    _release(job)


def _end(job: Job, status: Job.Status, error_code: str = "", error_detail: str = "") -> None:
    job.status, job.finished_at = status, timezone.now()
    job.error_code, job.error_detail = error_code, error_detail
    _release(job)


def _release(job: Job) -> None:
    """Write the job without a lease; its row is locked by the caller."""
    job.lease_token, job.leased_by, job.lease_expires_at = None, "", None
    job.revision += 1
    job.save()
    announce(job)
