"""`Prefer: wait=N`."""

import threading
import time
from collections.abc import Iterator
from unittest import mock

import pytest
from django.db import connection
from django.test import Client

from api import waiting
from generation.models import DiffusionModel, Job
from generation.services import cancel_job

JOBS = "/api/v1/jobs"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("respond-async", None),
        ("wait=5", 5),
        ("respond-async, wait=5", 5),
        ("Wait=5; x=y", 5),
        ('wait="7"', 7),
        ("wait", 60),
        ("wait=100000", 60),
        ("wait=-1", None),
        ("wait=soon", None),
    ],
)
def test_how_long_a_header_asks_to_wait(header: str | None, seconds: int | None) -> None:
    assert waiting.asked_seconds(header) == seconds


@pytest.fixture
def cancels_soon() -> Iterator[None]:
    """Somebody cancels the first job as soon as it is there."""

    def cancel() -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            job = Job.objects.first()
            if job:
                cancel_job(job=job)
                break
        connection.close()

    thread = threading.Thread(target=cancel)
    thread.start()
    yield
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_the_answer_is_held_until_the_job_has_ended(
    program: Client, model: DiffusionModel, cancels_soon: None
) -> None:
    began = time.monotonic()
    response = program.post(JOBS, {"prompt": "p"}, content_type="application/json", headers={"Prefer": "wait=30"})
    assert (response.status_code, response.json()["status"]) == (201, "canceled")
    assert response["Preference-Applied"] == "wait=30"
    assert time.monotonic() - began < 10


@pytest.mark.django_db(transaction=True)
def test_after_the_wait_the_job_is_answered_as_it_is(program: Client, model: DiffusionModel) -> None:
    response = program.post(JOBS, {"prompt": "p"}, content_type="application/json", headers={"Prefer": "wait=1"})
    assert (response.status_code, response.json()["status"]) == (201, "queued")


@pytest.mark.django_db(transaction=True)
def test_when_too_many_wait_the_answer_comes_at_once(program: Client, model: DiffusionModel) -> None:
    with mock.patch.object(waiting, "_places", threading.BoundedSemaphore(1)) as places:
        places.acquire()
        response = program.post(JOBS, {"prompt": "p"}, content_type="application/json", headers={"Prefer": "wait=30"})
    assert response.status_code == 201
    assert "Preference-Applied" not in response
