"""Previews over the API: of a picture that forms, for its owner only."""

import io
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from generation.job_previews import keep_preview
from generation.models import Job
from generation.queue import Claim, claim_next_job
from provenance import credentials

JOBS = "/api/v1/jobs"


@pytest.fixture
def claim(job: Job) -> Claim:
    """The job, being drawn, with a preview of its first picture after two steps."""
    claim = claim_next_job(worker="w")
    assert claim is not None
    keep_preview(claim=claim, index=0, step=2, image=Image.new("RGB", (64, 32), "teal"))
    return claim


def test_a_preview_is_a_small_picture_that_says_it_is_ai_made(program: Client, claim: Claim) -> None:
    address = program.get(f"{JOBS}/{claim.job.pk}").json()["urls"]["preview"]
    assert address.endswith(f"{JOBS}/{claim.job.pk}/preview?index=0&step=2")
    response = program.get(address, headers={"Accept": "image/webp"})
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["Cache-Control"] == "private, max-age=60"
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (64, 32)
        assert credentials.TRAINED_ALGORITHMIC_MEDIA.encode() in image.info["xmp"]


def test_a_new_preview_is_a_change_that_watchers_see(program: Client, claim: Claim) -> None:
    before = Job.objects.get().revision
    keep_preview(claim=claim, index=1, step=3, image=Image.new("RGB", (8, 8)))
    assert Job.objects.get().revision == before + 1
    assert program.get(f"{JOBS}/{claim.job.pk}").json()["urls"]["preview"].endswith("?index=1&step=3")
    assert program.get(f"{JOBS}/{claim.job.pk}/preview?index=0").status_code == 200


def test_nobody_else_sees_a_preview(
    bob: Person, claim: Claim, client_with: Callable[..., Client], client: Client
) -> None:
    address = f"{JOBS}/{claim.job.pk}/preview"
    assert client_with(bob).get(address).json()["code"] == "job_not_found"
    assert client.get(address).status_code == 401


def test_what_is_not_being_drawn_has_no_preview(program: Client, claim: Claim) -> None:
    Job.objects.update(status="succeeded", lease_token=None)
    assert program.get(f"{JOBS}/{claim.job.pk}").json()["urls"]["preview"] is None
    response = program.get(f"{JOBS}/{claim.job.pk}/preview")
    assert (response.status_code, response.json()["code"]) == (404, "no_preview")


def test_a_preview_that_redis_lost_is_not_there(program: Client, claim: Claim) -> None:
    cache.clear()
    assert program.get(f"{JOBS}/{claim.job.pk}/preview").json()["code"] == "no_preview"


def test_a_redis_that_is_away_costs_the_preview_only(program: Client, job: Job, settings: Settings) -> None:
    claim = claim_next_job(worker="w")
    assert claim is not None
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    keep_preview(claim=claim, index=0, step=2, image=Image.new("RGB", (8, 8)))
    assert Job.objects.get().preview_step is None
    assert program.get(f"{JOBS}/{job.pk}/preview").json()["code"] == "no_preview"


def test_a_worker_that_lost_its_lease_shows_nothing(program: Client, claim: Claim) -> None:
    late = Claim(job=claim.job, token=uuid4())
    keep_preview(claim=late, index=5, step=9, image=Image.new("RGB", (8, 8)))
    assert Job.objects.get().preview_index == 0


@pytest.mark.parametrize("index", ["-1", "x", "1000", "٣"])
def test_an_index_that_cannot_be_one_is_told(program: Client, claim: Claim, index: str) -> None:
    response = program.get(f"{JOBS}/{claim.job.pk}/preview", {"index": index})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "index"
