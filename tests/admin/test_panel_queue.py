"""Operators see the queue and its workers, move and park jobs with a reason, and open quotas."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Person
from generation import queue
from generation.models import Allowance, DiffusionModel, Job, Priority, Turn, Worker
from generation.services import retry_job, submit_job


@pytest.fixture
def waiting(maker: Person) -> Job:
    DiffusionModel.objects.create(slug="tiny", name="Tiny", source="tiny", is_default=True)
    return submit_job(person=maker, prompt="a teal sun over navy waves")


def address(job: Job, action: str) -> str:
    return f"/admin/generation/job/{job.pk}/{action}/"


def test_a_job_is_moved_to_another_class_with_a_reason(operator: Client, waiting: Job) -> None:
    answer = operator.post(address(waiting, "change_class"), {"priority": "1", "reason": "for the exhibition"})
    assert answer.status_code == 302
    waiting.refresh_from_db()
    assert (waiting.priority, waiting.revision) == (Priority.HIGH, 2)
    assert Turn.objects.get(priority=Priority.HIGH).waiting
    assert "for the exhibition" in LogEntry.objects.get().change_message


@pytest.mark.parametrize("action", ["change_class", "park"])
def test_without_a_reason_nothing_is_done(operator: Client, waiting: Job, action: str) -> None:
    page = operator.post(address(waiting, action), {"priority": "1", "reason": " "}, follow=True)
    assert "Give a reason" in page.content.decode()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.priority) == ("queued", Priority.NORMAL)


@pytest.mark.parametrize("action", ["change_class", "park"])
def test_a_link_changes_nothing(operator: Client, waiting: Job, action: str) -> None:
    assert operator.get(address(waiting, action)).status_code == 200
    waiting.refresh_from_db()
    assert (waiting.status, waiting.priority) == ("queued", Priority.NORMAL)


@pytest.mark.parametrize("action", ["change_class", "park"])
def test_who_does_not_operate_can_do_neither(curator: Client, waiting: Job, action: str) -> None:
    assert curator.post(address(waiting, action), {"priority": "1", "reason": "x"}).status_code == 403
    waiting.refresh_from_db()
    assert (waiting.status, waiting.priority) == ("queued", Priority.NORMAL)


def test_a_parked_job_waits_no_more_until_it_is_tried_again(operator: Client, waiting: Job) -> None:
    operator.post(address(waiting, "park"), {"reason": "its maker asked for it"})
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error_code, waiting.charged_pictures) == ("failed", "parked", 0)
    assert "its maker asked for it" in waiting.error_detail
    assert queue.claim_jobs(worker="w", limit=1) == []
    assert list(operator.get("/admin/generation/job/?stuck=parked").context["cl"].result_list) == [waiting]
    assert retry_job(job=waiting).parked_at is None
    assert len(queue.claim_jobs(worker="w", limit=1)) == 1


@override_settings(JOB_MAX_ATTEMPTS=2)
def test_a_poison_job_is_parked_with_the_workers_it_stopped(operator: Client, waiting: Job) -> None:
    for worker in ("atelier:1", "atelier:2"):
        queue.claim_jobs(worker=worker, limit=1)
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        queue.recover_lost_jobs()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error_code) == ("failed", "worker_lost")
    assert [lost["worker"] for lost in waiting.lost_workers] == ["atelier:1", "atelier:2"]
    assert list(operator.get("/admin/generation/job/?stuck=parked").context["cl"].result_list) == [waiting]
    page = operator.get(f"/admin/generation/job/{waiting.pk}/change/").content.decode()
    assert "atelier:1 at step 0" in page
    assert "/admin/generation/job/?stuck=parked" in operator.get("/admin/").content.decode()


def test_the_queue_and_the_workers_are_shown(operator: Client, waiting: Job) -> None:
    Worker.objects.create(name="atelier:1", host="atelier", device="a fast card")
    Worker.objects.create(name="cellar:1", host="cellar", last_seen_at=timezone.now() - timedelta(minutes=1))
    page = operator.get("/admin/generation/worker/").content.decode()
    assert "a fast card" in page
    assert "silent" in page
    assert "mira" in operator.get("/admin/generation/turn/").content.decode()


def test_operators_open_quotas_and_classes(operator: Client, maker: Person) -> None:
    form = {"person": str(maker.pk), "key": "", "pictures_per_day": "9", "best_priority": "1", "note": "a guest"}
    assert operator.post("/admin/generation/allowance/add/", form).status_code == 302
    found = Allowance.objects.get()
    assert (found.person, found.pictures_per_day, found.best_priority) == (maker, 9, Priority.HIGH)


def test_an_allowance_belongs_to_somebody(operator: Client) -> None:
    page = operator.post("/admin/generation/allowance/add/", {"person": "", "key": "", "pictures_per_day": "9"})
    assert "belongs to one person or to one key" in page.content.decode()
    assert not Allowance.objects.exists()
