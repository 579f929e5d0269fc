"""Claiming, leases, settling, canceling, taking back."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from accounts.models import Person
from generation import queue
from generation.errors import JobNotCancelable, JobNotRetryable
from generation.models import DiffusionModel, Job
from generation.queue.forecast import queue_place
from generation.services import cancel_job, retry_job, submit_job
from generation.worker.held import CancelRequestedError, what_stops


def expire(job: Job) -> None:
    """As if the worker had been silent for a lease's length."""
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def claimed(worker: str = "w") -> queue.Claim:
    claim = queue.claim_next_job(worker=worker)
    assert claim is not None
    return claim


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_get_different_jobs(alice: Person, model: DiffusionModel) -> None:
    jobs = {submit_job(person=alice, prompt=str(number)).pk for number in range(8)}
    start, got = threading.Barrier(4), list[object]()

    def work() -> None:
        start.wait()
        try:
            while (claim := queue.claim_next_job(worker=threading.current_thread().name)) is not None:
                got.append(claim.job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert set(got) == jobs


@pytest.mark.django_db(transaction=True)
def test_a_job_locked_by_another_worker_is_skipped(alice: Person, model: DiffusionModel) -> None:
    first, second = (submit_job(person=alice, prompt=text) for text in ("first", "second"))
    locked, done = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=first.pk)
            locked.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold_the_first)
    thread.start()
    locked.wait(10)
    claim = queue.claim_next_job(worker="w")
    done.set()
    thread.join()
    assert claim is not None
    assert claim.job.pk == second.pk


@pytest.mark.django_db
def test_a_claim_leases_the_job_and_counts_the_attempt(job: Job) -> None:
    claim = claimed("painter-1")
    job.refresh_from_db()
    assert (job.status, job.leased_by, job.attempts, job.revision) == ("running", "painter-1", 1, 2)
    assert job.lease_token == claim.token
    assert job.started_at is not None
    assert queue.claim_next_job(worker="painter-2") is None


@pytest.mark.django_db
def test_places_in_the_queue_are_counted_from_one(alice: Person, model: DiffusionModel) -> None:
    jobs = [submit_job(person=alice, prompt=str(number)) for number in range(3)]
    assert [queue_place(job) for job in jobs] == [1, 2, 3]
    assert claimed().job == jobs[0]
    for job in jobs:
        job.refresh_from_db()
    assert [queue_place(job) for job in jobs] == [None, 1, 2]


@pytest.mark.django_db
def test_a_lost_job_goes_back_to_its_place(alice: Person, model: DiffusionModel) -> None:
    first, second = (submit_job(person=alice, prompt=text) for text in ("first", "second"))
    claimed()
    assert queue.recover_lost_jobs() == 0
    expire(first)
    assert queue.recover_lost_jobs() == 1
    first.refresh_from_db()
    assert (first.status, first.attempts, first.lease_token) == ("queued", 1, None)
    assert [queue_place(first), queue_place(second)] == [1, 2]


@pytest.mark.django_db
@override_settings(JOB_MAX_ATTEMPTS=2)
def test_a_job_that_keeps_killing_its_workers_fails_with_the_reason(job: Job) -> None:
    for _ in range(2):
        claimed()
        expire(job)
        queue.recover_lost_jobs()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "worker_lost")
    assert "2 times" in job.error_detail
    assert queue.claim_next_job(worker="w") is None


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_changes_nothing(job: Job) -> None:
    late = claimed("late")
    expire(job)
    queue.recover_lost_jobs()
    current = claimed("current")
    job.refresh_from_db()
    for write in (
        lambda: queue.renew_lease(claim=late),
        lambda: queue.record_progress(claim=late, step=3),
        lambda: queue.settle(claim=late, status=Job.Status.SUCCEEDED),
        lambda: queue.give_back(claim=late),
    ):
        with pytest.raises(queue.LeaseLostError):
            write()
    after = Job.objects.get(pk=job.pk)
    assert (after.lease_token, after.step, after.revision) == (current.token, 0, job.revision)


@pytest.mark.django_db
def test_a_renewed_lease_keeps_the_job(job: Job) -> None:
    claim = claimed()
    expire(job)
    queue.renew_lease(claim=claim)
    assert queue.recover_lost_jobs() == 0


@pytest.mark.django_db
def test_a_job_that_was_given_back_does_not_count_the_attempt(job: Job) -> None:
    queue.give_back(claim=claimed())
    job.refresh_from_db()
    assert (job.status, job.attempts, job.lease_token) == ("queued", 0, None)


@pytest.mark.django_db
def test_every_visible_change_raises_the_revision(job: Job) -> None:
    claim = claimed()
    queue.record_progress(claim=claim, step=1)
    queue.record_progress(claim=claim, step=2)
    queue.settle(claim=claim, status=Job.Status.SUCCEEDED)
    job.refresh_from_db()
    assert job.revision == 5


@pytest.mark.django_db
def test_a_waiting_job_is_canceled_at_once(job: Job) -> None:
    canceled = cancel_job(job=job)
    assert (canceled.status, canceled.revision) == ("canceled", 2)
    assert canceled.finished_at is not None
    assert queue.claim_next_job(worker="w") is None


@pytest.mark.django_db
def test_the_worker_of_a_running_job_is_asked_to_stop(job: Job) -> None:
    claim = claimed()
    assert what_stops([claim]) == {}
    assert cancel_job(job=job).status == "running"
    assert isinstance(what_stops([claim])[job.pk], CancelRequestedError)


@pytest.mark.django_db
def test_a_canceled_job_of_a_dead_worker_is_not_drawn_again(job: Job) -> None:
    claimed()
    cancel_job(job=job)
    expire(job)
    queue.recover_lost_jobs()
    job.refresh_from_db()
    assert job.status == "canceled"


@pytest.mark.django_db
def test_what_has_ended_cannot_be_canceled(job: Job) -> None:
    queue.settle(claim=claimed(), status=Job.Status.SUCCEEDED)
    with pytest.raises(JobNotCancelable):
        cancel_job(job=job)
    job.refresh_from_db()
    assert (job.status, job.cancel_requested_at) == ("succeeded", None)


@pytest.mark.django_db
def test_a_failed_job_is_tried_again_at_the_end_of_the_queue(alice: Person, job: Job) -> None:
    queue.settle(claim=claimed(), status=Job.Status.FAILED, error_code="x", error_detail="y")
    other = submit_job(person=alice, prompt="came later")
    again = retry_job(job=job)
    assert (again.status, again.attempts, again.error_code, again.finished_at) == ("queued", 0, "", None)
    assert [queue_place(other), queue_place(again)] == [1, 2]


@pytest.mark.django_db
def test_a_job_in_flight_or_done_cannot_be_tried_again(job: Job) -> None:
    with pytest.raises(JobNotRetryable):
        retry_job(job=job)
    queue.settle(claim=claimed(), status=Job.Status.SUCCEEDED)
    with pytest.raises(JobNotRetryable):
        retry_job(job=job)
    job.refresh_from_db()
    assert job.status == "succeeded"
