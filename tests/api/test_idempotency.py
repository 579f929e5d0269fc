"""`Idempotency-Key`: one object, however often and however concurrently a request is sent."""

import threading
from collections.abc import Callable
from unittest import mock

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Person
from api.models import IdempotencyRecord
from api.throttling import Limit
from generation.errors import TooManyJobs
from generation.models import DiffusionModel, Job
from generation.services import submit_job

JOBS = "/api/v1/jobs"

LIMIT = Limit(policy="jobs", quota=1, window=None, remaining=0, reset=10, exceeded=True)


def post(client: Client, body: dict[str, object], key: str) -> tuple[int, dict[str, object], str | None]:
    response = client.post(JOBS, body, content_type="application/json", headers={"Idempotency-Key": key})
    return response.status_code, response.json(), response.get("Idempotent-Replayed")


def test_the_same_request_gives_the_same_job(program: Client, model: DiffusionModel) -> None:
    first = post(program, {"prompt": "p", "guidance_scale": 2}, "k1")
    again = post(program, {"guidance_scale": 2.0, "prompt": "p"}, "k1")
    assert (first[0], first[2]) == (201, None)
    assert (again[0], again[2]) == (200, "true")
    assert first[1] == again[1]
    assert Job.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(program: Client, model: DiffusionModel) -> None:
    post(program, {"prompt": "p"}, "k1")
    status, body, _ = post(program, {"prompt": "q"}, "k1")
    assert (status, body["code"]) == (422, "idempotency_key_reused")
    assert Job.objects.count() == 1


def test_a_key_is_a_persons_own(
    program: Client, bob: Person, model: DiffusionModel, client_with: Callable[..., Client]
) -> None:
    post(program, {"prompt": "p"}, "k1")
    assert post(client_with(bob), {"prompt": "q"}, "k1")[0] == 201
    assert Job.objects.count() == 2


def test_without_a_key_every_request_makes_a_job(program: Client, model: DiffusionModel) -> None:
    for _ in range(2):
        program.post(JOBS, {"prompt": "p"}, content_type="application/json")
    assert Job.objects.count() == 2


def test_a_request_that_failed_leaves_its_key_free(program: Client, model: DiffusionModel) -> None:
    assert post(program, {"prompt": "p", "model": "nothing"}, "k1")[0] == 422
    assert not IdempotencyRecord.objects.exists()
    assert post(program, {"prompt": "p"}, "k1")[0] == 201


@pytest.mark.parametrize("key", [" ", "a b", "a" * 256, "\x7f"])
def test_a_malformed_key_is_refused(program: Client, model: DiffusionModel, key: str) -> None:
    status, body, _ = post(program, {"prompt": "p"}, key)
    assert (status, body["errors"][0]["field"]) == (422, "Idempotency-Key")  # type: ignore[index] # a JSON list
    assert not Job.objects.exists()


def send_at_once(client: Client, times: int) -> list[tuple[int, object]]:
    answers: list[tuple[int, object]] = []

    def send() -> None:
        status, body, _ = post(client, {"prompt": "p"}, "k1")
        answers.append((status, body.get("id")))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_make_one_job(program: Client, model: DiffusionModel) -> None:
    answers = send_at_once(program, times=4)
    job = Job.objects.get()
    assert sorted(answers) == [(200, str(job.pk))] * 3 + [(201, str(job.pk))]


@pytest.mark.django_db(transaction=True)
def test_when_the_first_of_two_fails_the_second_makes_the_job(program: Client, model: DiffusionModel) -> None:
    calls = []

    def fails_the_first_time(**wish: object) -> Job:
        calls.append(wish)
        if len(calls) == 1:
            raise TooManyJobs("not now", limit=LIMIT)
        return submit_job(**wish)  # type: ignore[arg-type] # handed on as it came

    with mock.patch("generation.api.services.submit_job", side_effect=fails_the_first_time):
        answers = send_at_once(program, times=2)
    assert sorted(status for status, _ in answers) == [201, 429]
    assert Job.objects.count() == 1
