"""Workers describe themselves, and draw only what they declare."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from accounts.models import Person
from generation.models import DiffusionModel, Job, Worker
from generation.queue import claim_jobs, workers
from generation.services import submit_job

pytestmark = pytest.mark.django_db


def alive() -> list[str]:
    return [worker.name for worker in Worker.objects.alive(now=timezone.now())]


@override_settings(WORKER_MODELS=["tiny"])
def test_a_worker_says_what_it_draws_and_with_what() -> None:
    workers.say_alive(name="atelier:1")
    worker = Worker.objects.get()
    assert (worker.name, worker.declares, worker.activity) == ("atelier:1", ["tiny"], "idle")
    assert worker.device
    assert alive() == ["atelier:1"]


def test_a_worker_with_a_job_in_hand_says_so(job: Job) -> None:
    claim_jobs(worker="atelier:1", limit=1)
    assert workers.say_alive(name="atelier:1").activity == "drawing"


def test_a_worker_that_says_goodbye_is_not_counted_on() -> None:
    workers.say_alive(name="atelier:1")
    workers.say_goodbye(name="atelier:1")
    assert alive() == []


def test_workers_that_were_silent_for_a_day_are_forgotten() -> None:
    Worker.objects.create(name="old", host="h", last_seen_at=timezone.now() - timedelta(days=2))
    workers.say_alive(name="atelier:1")
    assert list(Worker.objects.values_list("name", flat=True)) == ["atelier:1"]


def test_a_machine_claims_only_the_models_it_declares(alice: Person, model: DiffusionModel) -> None:
    DiffusionModel.objects.create(slug="other", name="Other", source="other", max_side=128)
    submit_job(person=alice, prompt="a sun")
    wanted = submit_job(person=alice, prompt="a sun", model="other", width=64, height=64)
    with override_settings(WORKER_MODELS=["other"]):
        claims = claim_jobs(worker="w", limit=4)
    assert [claim.job.pk for claim in claims] == [wanted.pk]
