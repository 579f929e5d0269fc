"""Who sees which works, and who is told about changes."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group

from accounts.models import Person
from generation import queue
from generation.models import DiffusionModel, Job, Work
from generation.querysets import CURATORS_GROUP
from generation.services import cancel_job, submit_job
from generation.storage import store_bytes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def works(alice: Person, model: DiffusionModel) -> dict[str, Work]:
    """One work of alice's in each review state."""
    job = submit_job(person=alice, prompt="a sun", count=4)
    return {state: make_work(job, index, state) for index, state in enumerate(Work.Review.values)}


def make_work(job: Job, index: int, state: str) -> Work:
    digest = hashlib.sha256(f"{job.pk}/{index}".encode()).digest()
    file = store_bytes(data=digest, media_type="image/png")
    return Work.objects.create(
        job=job,
        index=index,
        person=job.person,
        model=job.model,
        prompt=job.prompt,
        seed=index,
        width=64,
        height=64,
        file=file,
        recipe_file=file,
        preview_path="",
        thumbhash="",
        content_hash=digest,
        pixel_hash=digest,
        recipe_hash=digest,
        recipe={},
        attestation={},
        review_state=state,
    )


def states(queryset: "object") -> set[str]:
    return {work.review_state for work in queryset}  # type: ignore[attr-defined]  # any iterable of works


@pytest.mark.django_db
def test_the_gallery_shows_pending_and_approved_works_the_newest_first(works: dict[str, Work]) -> None:
    assert list(Work.objects.gallery()) == [works["approved"], works["pending"]]


@pytest.mark.django_db
def test_hidden_and_rejected_works_are_for_their_maker_and_curators_only(
    alice: Person, works: dict[str, Work]
) -> None:
    bob, curator = (Person.objects.create_user(username=name) for name in ("bob", "curator"))
    group, _ = Group.objects.get_or_create(name=CURATORS_GROUP)
    curator.groups.add(group)
    everything = set(Work.Review.values)
    assert states(Work.objects.visible_to(None)) == {"pending", "approved"}
    assert states(Work.objects.visible_to(AnonymousUser())) == {"pending", "approved"}
    assert states(Work.objects.visible_to(bob)) == {"pending", "approved"}
    assert states(Work.objects.visible_to(alice)) == everything
    assert states(Work.objects.visible_to(curator)) == everything


@pytest.mark.django_db(transaction=True)
def test_watchers_are_told_each_new_revision(job: Job) -> None:
    with (
        redis.Redis.from_url(settings.REDIS_URL) as client,
        client.pubsub(ignore_subscribe_messages=True) as listener,
    ):
        listener.subscribe(f"job:{job.pk}")
        listener.get_message(timeout=5)  # the confirmation
        claim = queue.claim_next_job(worker="w")
        assert claim is not None
        queue.record_progress(claim=claim, step=1)
        cancel_job(job=job)
        queue.settle(claim=claim, status=Job.Status.CANCELED)
        told = [json.loads((listener.get_message(timeout=5) or {})["data"]) for _ in range(4)]
    assert told == [2, 3, 4, 5]


def test_celery_loads_every_task_without_torch() -> None:
    program = (
        "import sys; from colophon.celery import app; app.loader.import_default_modules();"
        "assert 'generation.run_waiting_jobs' in app.tasks;"
        "sys.exit('torch was imported' if 'torch' in sys.modules else 0)"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
