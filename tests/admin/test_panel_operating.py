"""Operators see what is stuck, and try it again through the services."""

from datetime import timedelta

import pytest
from celery import Celery
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from api.identifiers import new_id
from colophon import dashboard
from generation.models import Job, Work
from minting.chains import ChainConfig
from minting.models import Alert, Mint


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
        f"/admin/minting/mint/{mint.pk}/cancel/",
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
    # An app of its own: the shared one keeps its connections to the Redis that runs.
    monkeypatch.setattr(dashboard, "current_app", Celery(broker="redis://127.0.0.1:1/0", set_as_current=False))
    answer = operator.get(reverse("admin-vitals"))
    assert answer.status_code == 200
    assert "Redis does not answer" in answer.content.decode()


def test_the_groups_see_their_own_rooms_only(curator: Client, operator: Client, mint: Mint) -> None:
    assert curator.get("/admin/generation/work/").status_code == 200
    assert curator.get("/admin/minting/transaction/").status_code == 403
    assert operator.get("/admin/minting/transaction/").status_code == 200
    assert operator.get("/admin/generation/work/").status_code == 403
    assert operator.get("/admin/accounts/person/").status_code == 403


def test_try_again_queues_a_failed_job(operator: Client, job: Job) -> None:
    changed(job, status="failed", error_code="out_of_memory", attempts=3)
    answer = operator.post(f"/admin/generation/job/{job.pk}/retry/", follow=True)
    assert "queued again" in answer.content.decode()
    again = Job.objects.get()
    assert (again.status, again.error_code) == ("queued", "")


def test_several_failed_jobs_are_tried_again_and_each_is_reported(operator: Client, job: Job) -> None:
    changed(job, status="failed")
    succeeded = Job.objects.get(pk=job.pk)
    succeeded.pk, succeeded.status = new_id(), "succeeded"
    succeeded.save(force_insert=True)

    chosen = {"action": "retry_selected", "_selected_action": [str(job.pk), str(succeeded.pk)]}
    answer = operator.post("/admin/generation/job/", chosen, follow=True)

    assert len(list(answer.context["messages"])) == 2
    assert Job.objects.get(pk=job.pk).status == "queued"
    assert Job.objects.get(pk=succeeded.pk).status == "succeeded"


def test_cancel_ends_a_waiting_job(operator: Client, job: Job) -> None:
    changed(job, status="queued")
    operator.post(f"/admin/generation/job/{job.pk}/cancel/")
    assert Job.objects.get().status == "canceled"


def test_canceling_what_has_ended_is_refused_with_a_sentence(operator: Client, job: Job) -> None:
    answer = operator.post(f"/admin/generation/job/{job.pk}/cancel/", follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert Job.objects.get().status == "succeeded"


def test_try_again_requests_a_failed_mint_anew(operator: Client, mint: Mint) -> None:
    operator.post(f"/admin/minting/mint/{mint.pk}/retry/")
    again = Mint.objects.get()
    # It keeps its transaction until that is final: a reorg could still make the token of it.
    assert (again.status, again.error_code, again.transaction) == ("requested", "", mint.transaction)


def test_an_open_alert_is_shown_until_it_is_resolved(operator: Client, mint: Mint) -> None:
    chain = mint.collection.chain
    alert = Alert.objects.create(kind="signer_low", chain=chain, subject="0x", detail="Send it some.")
    page = "/admin/minting/alert/?resolved_at__isempty=1"
    assert troubles(operator)[page] == 1
    assert list(operator.get(page).context["cl"].result_list) == [alert]
    Alert.objects.update(resolved_at=timezone.now())
    assert page not in troubles(operator)


def test_a_mint_is_canceled_after_asking(operator: Client, mint: Mint) -> None:
    Mint.objects.update(status="requested", transaction=None)
    assert operator.get(f"/admin/minting/mint/{mint.pk}/cancel/").status_code == 200
    assert Mint.objects.get().status == "requested"
    operator.post(f"/admin/minting/mint/{mint.pk}/cancel/")
    assert (Mint.objects.get().status, Mint.objects.get().error_code) == ("failed", "canceled")


def test_a_mint_of_a_hidden_work_cannot_be_tried_again(operator: Client, mint: Mint) -> None:
    Work.objects.filter(pk=mint.work_id).update(review_state="hidden")
    answer = operator.post(f"/admin/minting/mint/{mint.pk}/retry/", follow=True)
    assert "hidden" in answer.content.decode()
    assert Mint.objects.get().status == "failed"


def test_the_vitals_show_the_signers_balance(operator: Client) -> None:
    shown = operator.get(reverse("admin-vitals")).content.decode()
    assert "Signer on Test chain" in shown
    assert "0.0000 ETH" in shown
    assert "nearly empty" in shown


def test_the_vitals_say_so_when_the_chain_is_down(operator: Client, settings: Settings) -> None:
    settings.CHAINS = (ChainConfig(chain_id=5, name="Silent chain", rpc_urls=("http://127.0.0.1:1",)),)
    answer = operator.get(reverse("admin-vitals"))
    assert answer.status_code == 200
    assert "No RPC address of Silent chain answers" in answer.content.decode()


def test_the_vitals_are_for_operators(curator: Client) -> None:
    assert curator.get(reverse("admin-vitals")).status_code == 403
