"""The page of a work: run it again, check one step, and what came out."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from curation.services import CURATORS
from generation import registry
from generation.models import DiffusionModel, Job, Rerun, RerunRecord, Trajectory, Work
from generation.services import submit_job
from generation.worker import run_waiting_jobs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def work(ada: Person, tmp_path: Path, settings: Settings) -> Work:
    settings.MEDIA_ROOT = tmp_path
    folder = registry.ensure_tiny_model()
    tiny = DiffusionModel.objects.create(
        slug="tiny", name="Tiny", source=str(folder), default_steps=2, default_width=64, default_height=64,
        is_default=True, pipeline_class="StableDiffusionPipeline",
    )  # fmt: skip
    registry.refresh_hash(tiny, folder)
    submit_job(person=ada, prompt="a sun", seed=1)
    run_waiting_jobs(worker="first", stopping=lambda: False)
    return Work.objects.get()


def text_of(client: Client, work: Work) -> str:
    return client.get(f"/works/{work.pk}/").content.decode()


def test_a_work_that_nobody_ran_again_says_so(client: Client, as_ada: Client, as_bo: Client, work: Work) -> None:
    for browser in (client, as_bo):
        page = text_of(browser, work)
        assert "Nobody has run this recipe again yet" in page
        assert "Run it again" not in page
    assert "Run it again" in text_of(as_ada, work)
    assert "Check one step" in text_of(as_ada, work)


def test_asking_leads_back_to_the_page_which_tells_it(as_ada: Client, client: Client, work: Work) -> None:
    answer = as_ada.post(f"/works/{work.pk}/reproduce/")
    assert answer["Location"] == f"/works/{work.pk}/#again"
    job = Job.objects.get(purpose="reproduce")
    page = text_of(as_ada, work)
    assert "The recipe is being run again: waiting for a worker." in page
    assert f'data-events="/api/v1/jobs/{job.pk}/events"' in page
    assert "data-events" not in text_of(client, work)
    run_waiting_jobs(worker="second", stopping=lambda: False)
    page = text_of(client, work)
    assert "The recipe was run again and gave the same pixels, every one. Run on another machine, in the same" in page


def test_one_step_is_checked(as_ada: Client, work: Work) -> None:
    as_ada.post(f"/works/{work.pk}/audit/")
    run_waiting_jobs(worker="second", stopping=lambda: False)
    assert "gave exactly what had been committed to" in text_of(as_ada, work)


def test_it_can_be_stopped(as_ada: Client, work: Work) -> None:
    as_ada.post(f"/works/{work.pk}/reproduce/")
    as_ada.post(f"/works/{work.pk}/stop-reruns/")
    assert Job.objects.get(purpose="reproduce").status == "canceled"
    assert "was canceled before it came to an end" in text_of(as_ada, work)


def test_a_stranger_asks_in_vain(as_bo: Client, client: Client, work: Work) -> None:
    answer = as_bo.post(f"/works/{work.pk}/reproduce/")
    assert answer["Location"] == f"/works/{work.pk}/", "the refusal stands at the top of the page"
    assert "Only its maker and curators" in text_of(as_bo, work)
    assert client.post(f"/works/{work.pk}/reproduce/")["Location"].startswith("/sign-in/")
    assert not Rerun.objects.exists()


def test_a_link_asks_for_nothing(as_ada: Client, work: Work) -> None:
    assert as_ada.get(f"/works/{work.pk}/reproduce/").status_code == 302
    assert not Rerun.objects.exists()


def test_why_it_could_not_be_run_is_said(as_ada: Client, client: Client, work: Work) -> None:
    as_ada.post(f"/works/{work.pk}/reproduce/")
    DiffusionModel.objects.update(source="/nowhere/at/all")
    run_waiting_jobs(worker="second", stopping=lambda: False)
    assert "Nothing was signed." in text_of(as_ada, work)
    assert "Nothing was signed." not in text_of(client, work)
    assert not RerunRecord.objects.exists()


def test_without_latents_only_the_whole_is_offered(as_ada: Client, work: Work) -> None:
    Trajectory.objects.update(path="")
    page = text_of(as_ada, work)
    assert "Run it again" in page
    assert "Check one step" not in page


def test_the_job_leads_to_its_work_and_the_studio_names_it(as_ada: Client, work: Work) -> None:
    as_ada.post(f"/works/{work.pk}/reproduce/")
    job = Job.objects.get(purpose="reproduce")
    assert as_ada.get(f"/jobs/{job.pk}/")["Location"] == f"/works/{work.pk}/#again"
    assert "a work run again: a sun" in as_ada.get("/studio/").content.decode()


def test_a_curator_asks_in_the_panel(work: Work) -> None:
    curator = Person.objects.create_user(username="cora", password="a long enough password", is_staff=True)
    # The groups that migrations make are gone in a test with transactions of its own.
    curators, _ = Group.objects.get_or_create(name=CURATORS)
    curators.permissions.add(Permission.objects.get(codename="view_work"))
    curator.groups.add(curators)
    panel = Client()
    panel.force_login(curator)
    page = f"/admin/generation/work/{work.pk}/change/"
    offered = panel.get(page)
    assert offered.status_code == 200, offered.content[:300]
    assert "Check one step" in offered.content.decode()
    action = f"/admin/generation/work/{work.pk}/check_one_step/"
    assert not Rerun.objects.exists()
    panel.post(action)
    rerun = Rerun.objects.get()
    assert (rerun.kind, rerun.asked_by) == ("audit", curator)
    run_waiting_jobs(worker="second", stopping=lambda: False)
    shown = panel.get(page).content.decode()
    assert "cora" in shown
    assert "second" in shown
