"""Re-runs over the API: asked for by the maker, run by a worker, read by anybody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from generation import registry
from generation.models import DiffusionModel, Job, Rerun, Work
from generation.services import submit_job
from generation.worker import run_waiting_jobs
from provenance.digests import to_hex

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model(db: None, tmp_path: Path, settings: Settings) -> DiffusionModel:
    settings.MEDIA_ROOT = tmp_path
    folder = registry.ensure_tiny_model()
    tiny = DiffusionModel.objects.create(
        slug="tiny", name="Tiny", source=str(folder), default_steps=2, default_width=64, default_height=64,
        is_default=True, pipeline_class="StableDiffusionPipeline",
    )  # fmt: skip
    registry.refresh_hash(tiny, folder)
    return tiny


@pytest.fixture
def work(ada: Person, model: DiffusionModel) -> Work:
    submit_job(person=ada, prompt="a sun", seed=1)
    run_waiting_jobs(worker="first", stopping=lambda: False)
    return Work.objects.get()


def address(work: Work) -> str:
    return f"/api/v1/works/{work.pk}/reruns"


def test_a_rerun_is_asked_for_run_and_read_by_anybody(program: Client, client: Client, work: Work) -> None:
    response = program.post(address(work), {"kind": "reproduce"}, content_type="application/json")
    body = response.json()
    assert (response.status_code, body["status"], body["record"]) == (201, "queued", None)
    assert response["Location"] == body["urls"]["get"] == f"http://testserver{address(work)}/{body['id']}"
    assert program.get(body["urls"]["job"]).json()["purpose"] == "reproduce"
    run_waiting_jobs(worker="second", stopping=lambda: False)
    found = client.get(f"{address(work)}/{body['id']}").json()
    assert (found["status"], found["record"]["result"], found["error"]) == ("succeeded", "bit-exact", None)
    assert found["record"]["document"]["primary_type"] == "Reexecution"
    assert client.get(address(work)).json()["results"] == [found]


def test_an_audit_takes_a_nonce_of_the_callers(program: Client, work: Work) -> None:
    wish = {"kind": "audit", "nonce": "0x" + "5e" * 32}
    assert program.post(address(work), wish, content_type="application/json").status_code == 201
    run_waiting_jobs(worker="second", stopping=lambda: False)
    (found,) = program.get(address(work)).json()["results"]
    assert found["record"]["document"]["message"]["nonce"] == wish["nonce"]
    assert found["record"]["opened"]


@pytest.mark.parametrize("wish", [{}, {"kind": "repaint"}, {"kind": "audit", "nonce": "0x12"}])
def test_what_cannot_be_meant_is_refused(program: Client, work: Work, wish: dict[str, str]) -> None:
    assert program.post(address(work), wish, content_type="application/json").status_code == 422
    assert not Rerun.objects.exists()


def test_the_same_key_makes_one(program: Client, work: Work) -> None:
    headers = {"Idempotency-Key": "once"}
    wish = {"kind": "reproduce"}
    first = program.post(address(work), wish, content_type="application/json", headers=headers)
    again = program.post(address(work), wish, content_type="application/json", headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    refused = program.post(address(work), wish, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "rerun_under_way")
    assert Rerun.objects.count() == 1


def test_only_the_maker_may_ask(work: Work, bob: Person, client_with: Callable[..., Client], client: Client) -> None:
    answer = client_with(bob).post(address(work), {"kind": "reproduce"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert client.post(address(work), {"kind": "reproduce"}, content_type="application/json").status_code == 401
    assert not Rerun.objects.exists()


def test_hidden_works_show_no_reruns(client: Client, work: Work) -> None:
    Work.objects.update(review_state="hidden")
    assert client.get(address(work)).status_code == 404


def test_a_work_tells_its_trajectory_and_where_reruns_are(client: Client, work: Work) -> None:
    body = client.get(f"/api/v1/works/{work.pk}").json()
    assert body["trajectory"]["message"]["root"] == to_hex(bytes(work.trajectory.root))
    assert body["urls"]["reruns"] == f"http://testserver{address(work)}"


def test_a_canceled_job_ends_the_rerun(program: Client, work: Work) -> None:
    body = program.post(address(work), {"kind": "reproduce"}, content_type="application/json").json()
    assert program.post(f"{body['urls']['job']}/cancel").json()["status"] == "canceled"
    assert program.get(body["urls"]["get"]).json()["status"] == "canceled"
    assert Job.objects.get(purpose="reproduce").charged_pictures == 0
