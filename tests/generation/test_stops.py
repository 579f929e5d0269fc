"""What stops a job is heard of between two steps, and the database is asked no more often than it must be."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Person
from generation import queue
from generation.models import DiffusionModel, Job
from generation.queue import Claim
from generation.services import cancel_job, submit_job
from generation.worker import stops
from generation.worker.held import CancelRequestedError, DeadlinePassedError, what_stops
from generation.worker.stops import Stops

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many jobs the database was asked for, each time; it is never asked just because time passed."""
    monkeypatch.setattr(stops, "ASK_SECONDS", 1000.0)
    numbers: list[int] = []

    def counted(claims: list[Claim]) -> dict[UUID, Exception]:
        numbers.append(len(claims))
        return what_stops(claims)

    monkeypatch.setattr(stops, "what_stops", counted)
    return numbers


@pytest.fixture
def listening() -> Iterator[Stops]:
    with Stops() as opened:
        yield opened


def claimed(person: Person, *, cancel_after: timedelta | None = None) -> Claim:
    submit_job(person=person, prompt="a sun", steps=3, cancel_after=cancel_after)
    claim = queue.claim_next_job(worker="w")
    assert claim is not None
    return claim


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "nothing was heard for ten seconds"


def test_nothing_is_asked_while_nothing_happens(
    alice: Person, model: DiffusionModel, listening: Stops, asked: list[int]
) -> None:
    claim = claimed(alice)
    for _ in range(20):
        assert listening.of([claim]) == {}
    # Once before it listened.
    assert asked == [1]


def test_a_cancellation_is_heard(alice: Person, model: DiffusionModel, listening: Stops, asked: list[int]) -> None:
    claim = claimed(alice)
    assert listening.of([claim]) == {}
    cancel_job(job=claim.job)
    found: dict[UUID, Exception] = {}

    def heard() -> bool:
        found.update(listening.of([claim]))
        return bool(found)

    until(heard)
    assert [type(each) for each in found.values()] == [CancelRequestedError]
    assert asked == [1, 1]


def test_a_job_that_has_joined_is_asked_for(
    alice: Person, model: DiffusionModel, listening: Stops, asked: list[int]
) -> None:
    first, second = claimed(alice), claimed(alice)
    cancel_job(job=second.job)
    until(lambda: listening.of([first]) == {} and listening._ears.heard() is False)
    assert list(listening.of([first, second])) == [second.job.pk]
    assert asked[-1] == 2


def test_a_deadline_passes_by_the_clock(
    alice: Person, model: DiffusionModel, listening: Stops, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(alice, cancel_after=timedelta(hours=1))
    assert listening.of([claim]) == {}
    monkeypatch.setattr(stops, "now", lambda: timezone.now() + timedelta(hours=2))
    assert [type(each) for each in listening.of([claim]).values()] == [DeadlinePassedError]
    assert asked == [1]


def test_a_worker_whose_ears_are_cut_off_asks_each_time_and_listens_again(
    alice: Person, model: DiffusionModel, listening: Stops, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(alice)
    assert listening.of([claim]) == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
        assert cursor.fetchall() == [(True,)]
    until(lambda: listening.of([claim]) == {} and len(asked) > 1)
    before = len(asked)
    listening.of([claim])
    assert len(asked) == before + 1
    monkeypatch.setattr(stops, "LISTEN_SECONDS", 0.0)
    listening._ears._try_at = 0.0
    assert listening.of([claim]) == {}
    before = len(asked)
    assert listening.of([claim]) == {}
    assert len(asked) == before


def test_what_was_not_heard_is_asked_for_after_a_while(
    alice: Person, model: DiffusionModel, listening: Stops, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(alice)
    assert listening.of([claim]) == {}
    Job.objects.filter(pk=claim.job.pk).update(cancel_requested_at=timezone.now())
    assert listening.of([claim]) == {}
    monkeypatch.setattr(stops, "ASK_SECONDS", 0.0)
    assert list(listening.of([claim])) == [claim.job.pk]
