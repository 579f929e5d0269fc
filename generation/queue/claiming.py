"""Claiming: which waiting jobs a worker gets next, and what is written when it gets them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from generation.models import Job, Turn, Work
from generation.notices import announce
from generation.queue.candidates import jobs_of_key, oldest_job, warm_jobs
from generation.queue.leases import Claim, lease_end
from generation.queue.simulation import AGED_CLAIM
from generation.queue.turns import count_claim, due_turn, has_aged, note_passed, note_served
from generation.queue.workers import declared_models

_WRITTEN = (
    "status", "lease_token", "leased_by", "lease_expires_at", "attempts", "claimed_at", "started_at", "step",
    "revision",
)  # fmt: skip
TRIES = 5
"""how often a claim looks anew when the jobs it chose were canceled or taken meanwhile"""


def claim_next_job(*, worker: str) -> Claim | None:
    """The job whose turn it is, now running and leased to `worker`; None when nothing waits."""
    claims = claim_jobs(worker=worker, limit=1)
    return claims[0] if claims else None


def claim_jobs(
    *,
    worker: str,
    limit: int,
    sampling_key: str | None = None,
    models: Collection[UUID] | None = None,
    warm_model: UUID | None = None,
) -> list[Claim]:
    """At most `limit` waiting jobs, now running and leased to `worker`; workers that claim at once get others.

    Without a `sampling_key`: the fairest next job first, then jobs of the same key that may share its batch. With
    one: only jobs of that key, to join a batch that runs; none, when that would once more go past somebody who
    was passed QUEUE_MAX_PASSES times. `models`: only jobs of these (None: of those that WORKER_MODELS declares).
    `warm_model` is what the worker has loaded: it may take a slightly later job of it, within QUEUE_LOOK_AHEAD
    people of the same class.
    Raises ValueError when `limit` is below 1.
    """
    if limit < 1:
        raise ValueError("A claim asks for at least one job.")
    if models is None:
        models = declared_models()
    for _ in range(TRIES):
        with transaction.atomic():
            of_the_oldest = count_claim() % AGED_CLAIM == 0
            due = due_turn(models=models, of_the_oldest=of_the_oldest)
            if due is None:
                return []
            oldest = oldest_job(turn=due, models=models)
            if oldest is None:
                continue
            may_pass = due.passed < settings.QUEUE_MAX_PASSES and not (of_the_oldest and has_aged(due))
            if sampling_key is None:
                warm = warm_model if may_pass else None
                jobs = _first_and_its_companions(due, oldest, limit=limit, warm_model=warm)
            else:
                jobs = _joining(oldest, limit=limit, sampling_key=sampling_key, may_pass=may_pass)
            return _lease(jobs, worker=worker, due=due, oldest=oldest)
    return []


def _first_and_its_companions(due: Turn, oldest: Job, *, limit: int, warm_model: UUID | None) -> Sequence[Job]:
    """The oldest job of the due turn, or a warm one that comes soon after; then jobs that may share its batch."""
    first = oldest
    if warm_model is not None and oldest.model_id != warm_model:
        first = next(iter(warm_jobs(due=due, model=warm_model)), oldest)
    if limit == 1 or not first.sampling_key:
        return [first]
    return [first, *jobs_of_key(first.sampling_key, limit=limit - 1, besides=first.pk)]


def _joining(oldest: Job, *, limit: int, sampling_key: str, may_pass: bool) -> Sequence[Job]:
    """Jobs of the key, if the oldest of the due turn is among them or may be passed."""
    if oldest.sampling_key == sampling_key:
        return [oldest, *jobs_of_key(sampling_key, limit=limit - 1, besides=oldest.pk)]
    return jobs_of_key(sampling_key, limit=limit) if may_pass else []


def _lease(jobs: Sequence[Job], *, worker: str, due: Turn, oldest: Job) -> list[Claim]:
    """Write what a claim changes: the jobs, and the turns of those who are served or passed."""
    if not jobs:
        return []
    went_past = oldest.pk not in {job.pk for job in jobs}
    if went_past or due.passed:
        note_passed(turn=due, went_past=went_past)
    begun = [job for job in jobs if job.started_at is not None]
    works = Work.objects.filter(job__in=begun).order_by().values_list("job").annotate(Count("pk"))
    drawn, now = dict(works) if begun else {}, timezone.now()
    claims = [lease_one(job, drawn=drawn.get(job.pk, 0), worker=worker, now=now) for job in jobs]
    for claim in claims:
        undrawn = claim.job.total_steps - claim.job.step
        note_served(job=claim.job, picture_steps=undrawn, now=now)
    return claims


def lease_one(job: Job, *, drawn: int, worker: str, now: datetime) -> Claim:
    """Write that the worker holds this job, whose row the caller has locked, and that so many pictures are there."""
    token = uuid4()
    job.status = Job.Status.RUNNING
    job.lease_token, job.leased_by, job.lease_expires_at = token, worker[:120], now + lease_end()
    job.attempts += 1
    job.claimed_at, job.started_at = now, job.started_at or now
    job.step = drawn * job.steps
    job.revision += 1
    job.save(update_fields=_WRITTEN)
    announce(job)
    return Claim(job=job, token=token)
