"""Jobs over the API."""

import base64
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Person
from generation.models import DiffusionModel, Job, Work
from generation.services import submit_job

JOBS = "/api/v1/jobs"


def test_a_job_is_made_from_a_prompt_alone(program: Client, model: DiffusionModel) -> None:
    response = program.post(JOBS, {"prompt": "a teal sun"}, content_type="application/json")
    body = response.json()
    assert response.status_code == 201, body
    job = Job.objects.get()
    assert body == {
        "id": str(job.pk),
        "purpose": "draw",
        "status": "queued",
        "progress": {"step": 0, "total": 20, "percent": 0},
        "queue_place": 1,
        "queue": {
            "place": 1,
            "ahead": 0,
            "workers": 0,
            "estimated_start_at": None,
            "estimated_finish_at": None,
            "reason": "no_workers",
        },
        "priority": "normal",
        "model": "tiny",
        "prompt": "a teal sun",
        "negative_prompt": "",
        "seed": job.seed,
        "steps": 20,
        "guidance_scale": 2.0,
        "width": 256,
        "height": 256,
        "count": 1,
        "mode": "text_to_image",
        "prompts": [],
        "prompt_weighting": False,
        "adapters": [],
        "init_image": None,
        "init_work": None,
        "mask_image": None,
        "strength": None,
        "format": "png",
        "quality": None,
        "error": None,
        "works": [],
        "urls": {
            "get": f"http://testserver/api/v1/jobs/{job.pk}",
            "cancel": f"http://testserver/api/v1/jobs/{job.pk}/cancel",
            "events": f"http://testserver/api/v1/jobs/{job.pk}/events",
            "preview": None,
            "web": f"http://testserver/jobs/{job.pk}/",
        },
        "deadline_at": None,
        "created_at": job.created_at.isoformat().replace("+00:00", "Z"),
        "started_at": None,
        "finished_at": None,
    }
    assert response["Location"] == body["urls"]["get"]
    assert program.get(response["Location"]).json() == body


def test_every_wish_of_a_job_is_kept(program: Client, model: DiffusionModel) -> None:
    wish = {
        "prompt": "p",
        "model": "tiny",
        "negative_prompt": "n",
        "seed": 2**53 - 3,
        "steps": 7,
        "guidance_scale": 3.125,
        "width": 128,
        "height": 64,
        "count": 2,
        "private_prompt": True,
    }
    body = program.post(JOBS, wish, content_type="application/json").json()
    assert {name: body[name] for name in wish if name != "private_prompt"} == {
        name: value for name, value in wish.items() if name != "private_prompt"
    }
    assert Job.objects.get().private_prompt


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "  \n "}, "prompt"),
        ({"prompt": "a" * 2001}, "prompt"),
        ({"prompt": "a\u0000b"}, "prompt"),
        ({"prompt": "a\u0007b"}, "prompt"),
        ({"prompt": "a \u202etxt.exe"}, "prompt"),
        ({"prompt": 7.5, "seed": "x"}, "seed"),
        ({"prompt": "p", "seed": -1}, "seed"),
        ({"prompt": "p", "seed": 2**53}, "seed"),
        ({"prompt": "p", "seed": 2**200}, "seed"),
        ({"prompt": "p", "width": 255}, "width"),
        ({"prompt": "p", "height": 100_000}, "height"),
        ({"prompt": "p", "steps": 0}, "steps"),
        ({"prompt": "p", "count": 0}, "count"),
        ({"prompt": "p", "count": 10**30}, "count"),
        ({"prompt": "p", "guidance_scale": 1e300}, "guidance_scale"),
        ({"prompt": "p", "model": "nothing"}, "model"),
        ({"prompt": "p", "guidance": 3}, "guidance"),
    ],
)
def test_a_wish_out_of_bounds_names_its_field(
    program: Client, model: DiffusionModel, wish: dict[str, object], field: str
) -> None:
    response = program.post(JOBS, wish, content_type="application/json")
    assert response.status_code == 422
    assert field in [error["field"] for error in response.json()["errors"]]
    assert not Job.objects.exists()


def test_making_a_job_needs_its_scope(ada: Person, model: DiffusionModel, client_with: Callable[..., Client]) -> None:
    response = client_with(ada, "read", "mint").post(JOBS, {"prompt": "p"}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", ["", "/cancel", "/retry", "/events", "/preview"])
def test_somebody_elses_job_is_not_there(
    bob: Person, job: Job, client_with: Callable[..., Client], path: str
) -> None:
    client = client_with(bob)
    ask = client.post if path in {"/cancel", "/retry"} else client.get
    response = ask(f"{JOBS}/{job.pk}{path}")
    assert (response.status_code, response.json()["code"]) == (404, "job_not_found")
    job.refresh_from_db()
    assert job.status == "queued"
    assert client.get(JOBS).json()["results"] == []


def test_a_job_that_never_was(program: Client) -> None:
    assert program.get(f"{JOBS}/{uuid4()}").json()["code"] == "job_not_found"


def test_a_waiting_job_is_canceled_once_and_can_be_tried_again(program: Client, job: Job) -> None:
    canceled = program.post(f"{JOBS}/{job.pk}/cancel")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    again = program.post(f"{JOBS}/{job.pk}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "job_already_ended")
    retried = program.post(f"{JOBS}/{job.pk}/retry")
    assert (retried.status_code, retried.json()["status"]) == (200, "queued")
    twice = program.post(f"{JOBS}/{job.pk}/retry")
    assert (twice.status_code, twice.json()["code"]) == (409, "job_not_retryable")


def test_a_failed_job_says_why(program: Client, job: Job) -> None:
    Job.objects.update(status="failed", error_code="out_of_memory", error_detail="Make it smaller.")
    body = program.get(f"{JOBS}/{job.pk}").json()
    assert body["error"] == {"code": "out_of_memory", "detail": "Make it smaller."}


def test_a_job_tells_its_works_in_order(program: Client, job: Job, add_work: Callable[..., Work]) -> None:
    works = [add_work(job), add_work(job)]
    body = program.get(f"{JOBS}/{job.pk}").json()
    assert [work["id"] for work in body["works"]] == [str(work.pk) for work in works]
    assert [work["index"] for work in body["works"]] == [0, 1]


def test_jobs_come_in_pages_without_gaps_or_doubles(ada: Person, program: Client, model: DiffusionModel) -> None:
    made = [str(submit_job(person=ada, prompt=str(number)).pk) for number in range(5)]
    first = program.get(JOBS, {"limit": 2}).json()
    submit_job(person=ada, prompt="came in between")
    second = program.get(first["next"]).json()
    third = program.get(second["next"]).json()
    pages = [[row["id"] for row in page["results"]] for page in (first, second, third)]
    assert pages == [made[4:2:-1], made[2:0:-1], made[:1]]
    assert (first["previous"], third["next"]) == (None, None)
    assert program.get(second["previous"]).json()["results"] == first["results"]


DEEP = base64.urlsafe_b64encode(b"[" * 20_000).decode()


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=W10", "cursor=%00", f"cursor={DEEP}"]
)
def test_a_bad_cursor_or_limit_is_refused(program: Client, query: str) -> None:
    response = program.get(f"{JOBS}?{query}")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, query.split("=", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("wish", "stored"),
    [
        ({"format": "jpeg"}, ("jpeg", 92)),
        ({"format": "webp", "quality": 75}, ("webp", 75)),
        ({"format": "png"}, ("png", None)),
    ],
)
def test_the_format_of_the_files_can_be_chosen(
    wish: dict[str, object], stored: tuple[str, int | None], program: Client, model: DiffusionModel
) -> None:
    response = program.post(JOBS, {"prompt": "a teal sun", **wish}, content_type="application/json")
    assert response.status_code == 201, response.json()
    job = Job.objects.get()
    assert (job.output_format, job.output_quality) == stored
    assert (response.json()["format"], response.json()["quality"]) == stored


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"format": "gif"}, "format"),
        ({"format": "png", "quality": 90}, "quality"),
        ({"quality": 90}, "quality"),
        ({"format": "jpeg", "quality": 74}, "quality"),
        ({"format": "webp", "quality": 101}, "quality"),
    ],
)
def test_a_format_or_quality_that_makes_no_sense_is_refused(
    wish: dict[str, object], field: str, program: Client, model: DiffusionModel
) -> None:
    response = program.post(JOBS, {"prompt": "a teal sun", **wish}, content_type="application/json")
    assert response.status_code == 422, response.json()
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Job.objects.exists()
