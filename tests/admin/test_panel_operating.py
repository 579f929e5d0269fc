"""Operators see what is stuck, and try it again through the services."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api.identifiers import new_id
from generation.models import Job
from minting.models import Mint


def changed(job: Job, **fields: object) -> Job:
    """The job as if something had happened to it."""
    Job.objects.filter(pk=job.pk).update(**fields)
    return Job.objects.get(pk=job.pk)


def troubles(operator: Client) -> dict[str, int]:
    """What the first page calls stuck, by the list that it leads to."""
    page = operator.get(reverse("admin:index"))
    assert page.status_code == 200
    return {trouble.page: trouble.count for trouble in page.context["troubles"]}


def test_nothing_is_stuck_in_a_healthy_house(operator: Client, job: Job) -> None:
    assert troubles(operator) == {}
    assert "nothing has failed" in operator.get(reverse("admin:index")).content.decode()


def test_a_job_that_waits_too_long_is_shown(operator: Client, job: Job) -> None:
    changed(job, status="queued", queued_at=timezone.now() - timedelta(minutes=11))
    page = "/admin/generation/job/?stuck=waiting"
    assert troubles(operator) == {page: 1}
    assert list(operator.get(page).context["cl"].result_list) == [job]


def test_a_job_that_waits_a_little_is_not(operator: Client, job: Job) -> None:
    changed(job, status="queued", queued_at=timezone.now() - timedelta(minutes=9))
    assert troubles(operator) == {}


def test_a_job_whose_worker_is_gone_is_shown(operator: Client, job: Job) -> None:
    long_ago = timezone.now() - timedelta(seconds=1)
    changed(job, status="running", lease_token=new_id(), lease_expires_at=long_ago)
    page = "/admin/generation/job/?stuck=lost"
    assert troubles(operator) == {page: 1}
    assert list(operator.get(page).context["cl"].result_list) == [job]


def test_failed_mints_and_unhappy_transactions_are_shown(operator: Client, mint: Mint) -> None:
    assert troubles(operator) == {
        "/admin/minting/mint/?stuck=failed": 1,
        "/admin/minting/transaction/?stuck=error": 1,
    }
    assert list(operator.get("/admin/minting/mint/?stuck=failed").context["cl"].result_list) == [mint]
    assert len(operator.get("/admin/minting/transaction/?stuck=error").context["cl"].result_list) == 1


def test_a_mint_that_is_not_final_for_long_is_shown(operator: Client, mint: Mint) -> None:
    Mint.objects.update(status="submitted", created_at=timezone.now() - timedelta(minutes=11))
    assert "/admin/minting/mint/?stuck=open" in troubles(operator)


def test_a_link_never_retries_by_itself(operator: Client, job: Job, mint: Mint) -> None:
    changed(job, status="failed")
    assert operator.get(f"/admin/generation/job/{job.pk}/retry/").status_code == 200
    assert operator.get(f"/admin/minting/mint/{mint.pk}/retry/").status_code == 200
    assert Job.objects.get().status == "failed"
    assert Mint.objects.get().status == "failed"


@pytest.mark.parametrize("who", ["plain_staff", "curator"])
def test_who_does_not_operate_cannot_retry_or_cancel(
    request: pytest.FixtureRequest, job: Job, mint: Mint, who: str
) -> None:
    client: Client = request.getfixturevalue(who)
    changed(job, status="failed")
    for address in (
        f"/admin/generation/job/{job.pk}/retry/",
        f"/admin/generation/job/{job.pk}/cancel/",
        f"/admin/minting/mint/{mint.pk}/retry/",
    ):
        assert client.post(address).status_code == 403
    assert (
        client.post("/admin/generation/job/", {"action": "retry_selected", "_selected_action": job.pk}).status_code
        == 403
    )
    assert Job.objects.get().status == "failed"
    assert Mint.objects.get().status == "failed"


def test_the_vitals_answer_without_any_worker(operator: Client) -> None:
    answer = operator.get(reverse("admin-vitals"))
    assert answer.status_code == 200
    assert "none answered" in answer.content.decode()


def test_the_vitals_say_so_when_redis_is_down(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    answer = operator.get(reverse("admin-vitals"))
    assert answer.status_code == 200


def test_the_groups_see_their_own_rooms_only(curator: Client, operator: Client, mint: Mint) -> None:
    assert curator.get("/admin/generation/work/").status_code == 200
    assert curator.get("/admin/minting/transaction/").status_code == 403
    assert operator.get("/admin/minting/transaction/").status_code == 200
    assert operator.get("/admin/generation/work/").status_code == 403
    assert operator.get("/admin/accounts/person/").status_code == 403
