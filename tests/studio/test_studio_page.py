"""The studio's page, as the server gives it: everything is readable and done without JavaScript."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Person
from generation.models import Allowance, Job, Priority
from generation.studio.models import Favourite
from tests.web import samples

STUDIO = "/studio/"


def text(browser: Client, **query: str) -> str:
    return browser.get(STUDIO, query).content.decode()


def test_strangers_are_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get(STUDIO)["Location"] == "/sign-in/?next=/studio/"


def test_an_empty_studio_offers_words_to_begin_with(as_ada: Client) -> None:
    samples.a_model()
    page = text(as_ada)
    assert "Your pictures appear here as they form" in page
    assert "?prompt=three%20yellow%20stars" in page
    assert "three yellow stars on a navy background</textarea>" in text(
        as_ada, prompt="three yellow stars on a navy background"
    )


def test_it_shows_ones_own_pictures_only(as_ada: Client, ada: Person, bo: Person) -> None:
    mine, other = samples.a_work(ada), samples.a_work(bo, number=1)
    page = text(as_ada)
    assert f'data-work="{mine.pk}"' in page
    assert str(other.pk) not in page


def test_a_waiting_job_has_its_places_and_its_line_in_the_queue(as_ada: Client, ada: Person, bo: Person) -> None:
    samples.a_job(bo)
    job = samples.a_job(ada, count=2)
    page = text(as_ada)
    assert "Number 2 in the queue" in page
    assert [f'id="tile-{job.pk}-{index}"' in page for index in range(3)] == [True, True, False]


def test_a_running_job_tells_its_steps_and_keeps_what_is_ready_in_place(as_ada: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    Job.objects.filter(pk=work.job_id).update(
        status="running", lease_token=uuid4(), count=2, step=21, total_steps=40, finished_at=None
    )
    page = text(as_ada)
    assert "step 21 of 40" in page
    assert '<progress max="40" value="21"' in page
    assert page.index(f'id="tile-{work.job_id}-1"') < page.index(f'id="tile-{work.job_id}-0"')
    assert page.count(f'data-work="{work.pk}"') == 1


def test_a_failed_job_says_why_until_it_is_dismissed(as_ada: Client, ada: Person) -> None:
    job = samples.a_job(ada, status="failed", error_code="oom", error_detail="Too large for this GPU.")
    Job.objects.update(finished_at=job.created_at)
    assert "Too large for this GPU. Your words and choices are kept." in text(as_ada)
    assert as_ada.post(f"/studio/jobs/{job.pk}/dismiss/")["Location"] == STUDIO
    assert "Too large" not in text(as_ada)


def test_jobs_are_canceled_and_retried_in_place(as_ada: Client, ada: Person) -> None:
    job = samples.a_job(ada)
    answer = as_ada.post(f"/studio/jobs/{job.pk}/cancel/", {"back": "/studio/?q=sun"})
    job.refresh_from_db()
    assert (answer["Location"], job.status) == ("/studio/?q=sun", "canceled")
    as_ada.post(f"/studio/jobs/{job.pk}/retry/")
    job.refresh_from_db()
    assert job.status == "queued"


@pytest.mark.parametrize("way", ["cancel", "retry", "dismiss"])
def test_somebody_elses_job_is_not_found(as_bo: Client, ada: Person, way: str) -> None:
    job = samples.a_job(ada, status="queued" if way == "cancel" else "failed")
    assert as_bo.post(f"/studio/jobs/{job.pk}/{way}/").status_code == 404
    before = job.status
    job.refresh_from_db()
    assert (job.status, job.dismissed_at) == (before, None)


def test_sending_the_prompt_line_stays_in_the_studio_with_the_words(as_ada: Client, ada: Person) -> None:
    samples.a_model()
    answer = as_ada.post("/jobs/", {"prompt": "a lighthouse in fog", "shape": "portrait", "seed": "7"})
    job = Job.objects.get()
    assert answer["Location"] == f"/studio/?after={job.pk}"
    assert (job.width, job.height) == (224, 296)
    page = as_ada.get(answer["Location"]).content.decode()
    assert "a lighthouse in fog</textarea>" in page
    assert '<option value="portrait" selected>' in page
    assert 'name="seed" value="7"' not in page


def test_the_format_of_the_files_is_chosen_in_the_line_and_stays_when_it_is_used_again(
    as_ada: Client, ada: Person
) -> None:
    samples.a_model()
    answer = as_ada.post("/jobs/", {"prompt": "a lighthouse in fog", "format": "webp", "quality": "80"})
    job = Job.objects.get()
    assert (job.output_format, job.output_quality) == ("webp", 80)
    page = as_ada.get(answer["Location"]).content.decode()
    assert '<option value="webp" selected>' in page
    assert 'name="quality" value="80"' in page
    assert '<details class="fold" open' in page


def test_a_deadline_is_set_in_the_line(as_ada: Client, ada: Person) -> None:
    samples.a_model()
    before = timezone.now()
    as_ada.post("/jobs/", {"prompt": "a lighthouse in fog", "cancel_after": "300"})
    as_ada.post("/jobs/", {"prompt": "a lighthouse in fog"})
    with_one, without = Job.objects.order_by("created_at")
    assert with_one.deadline_at is not None
    assert timedelta(minutes=5) <= with_one.deadline_at - before < timedelta(minutes=6)
    assert without.deadline_at is None


def test_a_quality_of_png_is_refused_beside_its_field(as_ada: Client, ada: Person) -> None:
    samples.a_model()
    answer = as_ada.post("/jobs/", {"prompt": "a lighthouse in fog", "quality": "80"})
    assert answer.status_code == 422
    assert "PNG keeps every pixel and has no quality" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_full_queue_is_told_above_the_line_and_loses_no_word(
    as_ada: Client, ada: Person, settings: Settings
) -> None:
    settings.JOBS_IN_FLIGHT_PER_PERSON = 1
    samples.a_job(ada)
    answer = as_ada.post("/jobs/", {"prompt": "a lighthouse in fog"})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert answer["HX-Retarget"] == "#make"
    assert answer["HX-Push-Url"] == "false", "the address of the studio stays"
    assert "as many as one person may have at once" in page
    assert "a lighthouse in fog</textarea>" in page
    assert Job.objects.count() == 1


def test_without_a_model_the_page_says_so(as_ada: Client) -> None:
    answer = as_ada.post("/jobs/", {"prompt": "a lighthouse in fog"})
    assert answer.status_code == 422
    assert "No model is set up on this site yet" in answer.content.decode()


def test_a_picture_can_be_edited_without_its_seed_or_made_again_with_it(as_ada: Client, ada: Person) -> None:
    work = samples.a_work(ada, number=5)
    assert "Basalt</textarea>" in text(as_ada, edit=str(work.pk))
    assert 'value="4216"' not in text(as_ada, edit=str(work.pk))
    assert 'name="seed" value="4216"' in text(as_ada, again=str(work.pk))


def test_only_the_part_that_htmx_swaps_is_sent_to_it(as_ada: Client, ada: Person) -> None:
    samples.a_work(ada)
    part = as_ada.get(STUDIO, headers={"HX-Request": "true", "HX-Target": "div#sheet"}).content.decode()
    assert part.startswith('<div id="sheet">')
    assert "<html" not in part


def test_the_selection_stands_in_the_address(as_ada: Client, ada: Person) -> None:
    chosen, other = samples.a_work(ada), samples.a_work(ada, number=1)
    page = text(as_ada, selected=f"{chosen.pk}")
    assert re.search(f'value="{chosen.pk}"[^>]* checked', page)
    assert not re.search(f'value="{other.pk}"[^>]* checked', page)


def test_the_page_asks_the_database_the_same_however_many_pictures_there_are(
    as_ada: Client, ada: Person, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        Favourite.objects.create(person=ada, work=samples.a_work(ada, number=number))
    with django_assert_max_num_queries(19):  # type: ignore[operator]  # pytest-django's fixture is untyped
        as_ada.get(STUDIO)


def test_only_who_may_be_served_earlier_is_asked_for_the_class(as_ada: Client, ada: Person) -> None:
    samples.a_model()
    assert 'name="priority"' not in text(as_ada)
    as_ada.post("/jobs/", {"prompt": "a sun", "priority": "high"})
    Allowance.objects.create(person=ada, best_priority=Priority.HIGH)
    page = text(as_ada)
    assert re.findall(r'<option value="(|high|normal|low)"', page[page.index('name="priority"') :])[:3] == [
        "", "high", "low",
    ]  # fmt: skip
    as_ada.post("/jobs/", {"prompt": "a sun", "priority": "high"})
    assert list(Job.objects.order_by("created_at").values_list("priority", flat=True)) == [
        Priority.NORMAL, Priority.HIGH,
    ]  # fmt: skip
