"""Varying and enlarging from the studio, and the family of a work on its page."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person
from generation.derived import VARIATION_STRENGTHS, vary_work
from generation.lineage import record_parents
from generation.models import DiffusionModel, Job, Work
from tests.web import samples


@pytest.fixture
def work(ada: Person) -> Work:
    """A work whose model can be told to begin from a picture."""
    made = samples.a_work(ada)
    DiffusionModel.objects.update(pipeline_class="StableDiffusionPipeline", max_side=2048, size_multiple=8)
    return made


def made_from(parent: Work, person: Person, *, strength: str = "subtle", number: int = 1) -> Work:
    """A variation, as the engine would leave it."""
    child = samples.a_work(person, number=number)
    job = vary_work(person=person, work=parent, strength=strength)
    Job.objects.filter(pk=job.pk).update(status="succeeded")
    Work.objects.filter(pk=child.pk).update(job=job)
    child.refresh_from_db()
    record_parents(child)
    return child


@pytest.mark.parametrize("strength", ["subtle", "strong"])
def test_a_work_is_varied_by_its_button(as_ada: Client, work: Work, strength: str) -> None:
    answer = as_ada.post(f"/studio/vary/{strength}/", {"only": str(work.pk), "back": "/studio/"})
    job = Job.objects.in_flight().get()
    assert answer["Location"] == "/studio/"
    assert (job.init_work, job.strength, job.prompt) == (work, VARIATION_STRENGTHS[strength], work.prompt)
    assert f'id="tile-{job.pk}-0"' in as_ada.get("/studio/").content.decode()


def test_a_work_is_enlarged_by_its_button(as_ada: Client, work: Work) -> None:
    as_ada.post("/studio/upscale/", {"only": str(work.pk)})
    job = Job.objects.in_flight().get()
    assert (job.init_work, job.width, job.height) == (work, 2 * work.width, 2 * work.height)


def test_of_several_all_or_none_are_varied(as_ada: Client, work: Work, ada: Person, settings: Settings) -> None:
    settings.JOBS_IN_FLIGHT_PER_PERSON = 1
    second = samples.a_work(ada, number=1)
    page = as_ada.post("/studio/vary/subtle/", {"work": [str(work.pk), str(second.pk)]}, follow=True)
    assert 'class="notice error"' in page.content.decode()
    assert not Job.objects.in_flight().exists()


def test_what_one_cannot_see_is_not_varied(as_bo: Client, work: Work) -> None:
    Work.objects.update(review_state="hidden")
    page = as_bo.post("/studio/vary/subtle/", {"only": str(work.pk)}, follow=True)
    assert "not yours to see. Nothing was queued." in page.content.decode()
    assert not Job.objects.in_flight().exists()


@pytest.mark.parametrize(("strength", "up", "down"), [
    ("subtle", "A subtle variation of", "Varied subtly"), ("strong", "A strong variation of", "Varied strongly"),
])  # fmt: skip
def test_a_works_page_shows_its_family(
    client: Client, ada: Person, work: Work, strength: str, up: str, down: str
) -> None:
    child = made_from(work, ada, strength=strength)
    of_child, of_parent = (client.get(f"/works/{each.pk}/").content.decode() for each in (child, work))
    assert up in of_child
    assert f'href="/works/{work.pk}/"' in of_child
    assert down in of_parent
    assert f'href="/works/{child.pk}/"' in of_parent


def test_a_hidden_relative_is_shown_to_nobody_else(client: Client, as_ada: Client, ada: Person, work: Work) -> None:
    child = made_from(work, ada)
    Work.objects.filter(pk=child.pk).update(review_state="hidden")
    assert str(child.pk) not in client.get(f"/works/{work.pk}/").content.decode()
    assert str(child.pk) in as_ada.get(f"/works/{work.pk}/").content.decode()


def test_a_work_is_marked_on_its_page(as_bo: Client, work: Work) -> None:
    address = f"/works/{work.pk}/"
    assert as_bo.post("/studio/favourites/add/", {"only": str(work.pk), "back": address})["Location"] == address
    assert "No longer a favourite" in as_bo.get(address).content.decode()


def test_a_work_without_relatives_has_no_family(client: Client, work: Work) -> None:
    assert "Its family" not in client.get(f"/works/{work.pk}/").content.decode()
