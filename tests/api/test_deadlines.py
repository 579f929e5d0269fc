"""`Cancel-After`: after how long nobody wants a job's pictures any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from generation.deadlines import cancel_overdue_jobs
from generation.models import DiffusionModel, Job

JOBS = "/api/v1/jobs"


def post(program: Client, cancel_after: str, **headers: str) -> Any:  # noqa: ANN401 - a response of the test client
    sent = {"Cancel-After": cancel_after, **headers}
    return program.post(JOBS, {"prompt": "a sun"}, content_type="application/json", headers=sent)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2h", 7200), ("1.5m", 90), ("5", 5), ("24h", 86400)],
)
def test_a_duration_is_written_as_people_write_it(
    program: Client, model: DiffusionModel, text: str, seconds: int
) -> None:
    before = timezone.now()
    body = post(program, text).json()
    deadline = Job.objects.get().deadline_at
    assert deadline is not None
    assert timedelta(0) <= deadline - before - timedelta(seconds=seconds) < timedelta(seconds=30)
    assert body["deadline_at"] == deadline.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    "text", ["4", "4s", "0", "25h", "86401", "9999999h", "soon", "", "-5", "5 m", "1e3", "m5", "٩٠"]
)
def test_what_is_no_duration_or_out_of_range_names_the_header(
    program: Client, model: DiffusionModel, text: str
) -> None:
    response = post(program, text)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["Cancel-After"]
    assert not Job.objects.exists()


def test_the_deadline_is_part_of_what_an_idempotency_key_stands_for(program: Client, model: DiffusionModel) -> None:
    first = post(program, "90s", **{"Idempotency-Key": "k"})
    again = post(program, "90", **{"Idempotency-Key": "k"})
    other = post(program, "5m", **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert Job.objects.count() == 1


def test_a_waiting_job_is_canceled_when_its_deadline_has_passed(program: Client, model: DiffusionModel) -> None:
    job_id, other_id = post(program, "5m").json()["id"], post(program, "10m").json()["id"]
    assert cancel_overdue_jobs() == 0
    Job.objects.filter(pk=job_id).update(deadline_at=timezone.now())
    assert cancel_overdue_jobs() == 1
    body = program.get(f"{JOBS}/{job_id}").json()
    assert (body["status"], body["error"]["code"]) == ("canceled", "deadline_exceeded")
    assert body["finished_at"] is not None
    assert program.get(f"{JOBS}/{other_id}").json()["status"] == "queued"
    assert cancel_overdue_jobs() == 0


def test_trying_again_has_no_deadline(program: Client, model: DiffusionModel) -> None:
    job_id = post(program, "5m").json()["id"]
    Job.objects.update(deadline_at=timezone.now())
    cancel_overdue_jobs()
    body = program.post(f"{JOBS}/{job_id}/retry").json()
    assert (body["status"], body["error"], body["deadline_at"]) == ("queued", None, None)
    assert cancel_overdue_jobs() == 0
