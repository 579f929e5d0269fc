"""A job while it waits, forms and ends; without JavaScript too."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Person
from generation.models import Job
from tests.web import samples


def text(browser: Client, job: Job) -> str:
    return browser.get(f"/jobs/{job.pk}/").content.decode()


def test_a_waiting_job_tells_its_place_in_the_queue(as_ada: Client, ada: Person, bo: Person) -> None:
    first, second = samples.a_job(bo), samples.a_job(ada)
    assert "Number 2 in the queue" in text(as_ada, second)
    first.delete()
    assert "Next in the queue" in text(as_ada, second)


def test_a_running_job_tells_its_steps(as_ada: Client, ada: Person) -> None:
    job = samples.a_job(ada, status="running", lease_token=uuid4(), step=31, total_steps=80, count=4)
    page = text(as_ada, job)
    assert "step 31 of 80" in page
    assert '<progress max="80" value="31"' in page
    assert page.count('data-part="place-') == 4


def test_without_javascript_a_job_that_goes_on_is_looked_at_again(as_ada: Client, ada: Person) -> None:
    assert '<noscript><meta http-equiv="refresh"' in text(as_ada, samples.a_job(ada))


def test_a_job_that_goes_on_names_its_events(as_ada: Client, ada: Person) -> None:
    job = samples.a_job(ada)
    assert f'data-events="/api/v1/jobs/{job.pk}/events"' in text(as_ada, job)


def test_an_ended_job_is_not_watched_any_more(as_ada: Client, ada: Person) -> None:
    page = text(as_ada, samples.a_work(ada).job)
    assert "data-events" not in page
    assert "refresh" not in page


def test_a_finished_picture_hangs_in_its_place(as_ada: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    page = text(as_ada, work.job)
    assert f'href="/works/{work.pk}/"' in page
    assert "Made in 9.0 seconds." in page


def test_a_failed_job_says_why_and_that_nothing_is_lost(as_ada: Client, ada: Person) -> None:
    page = text(as_ada, samples.a_job(ada, status="failed", error_code="oom", error_detail="Too large for this GPU."))
    assert "Too large for this GPU." in page
    assert "Your words and choices are kept" in page
    assert "Try again" in page


def test_canceling_stops_a_waiting_job(as_ada: Client, ada: Person) -> None:
    job = samples.a_job(ada)
    assert as_ada.post(f"/jobs/{job.pk}/cancel/")["Location"] == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELED


def test_retrying_queues_a_failed_job_again(as_ada: Client, ada: Person) -> None:
    job = samples.a_job(ada, status="failed")
    as_ada.post(f"/jobs/{job.pk}/retry/")
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED


def test_what_cannot_be_canceled_is_said_on_the_page(as_ada: Client, ada: Person) -> None:
    job = samples.a_work(ada).job
    page = as_ada.post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
    assert 'class="notice error"' in page
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED


@pytest.mark.parametrize("way", ["", "cancel/", "retry/"])
def test_somebody_elses_job_is_not_found(as_bo: Client, ada: Person, way: str) -> None:
    job = samples.a_job(ada, status="failed" if way == "retry/" else "queued")
    before = job.status
    answer = as_bo.post(f"/jobs/{job.pk}/{way}") if way else as_bo.get(f"/jobs/{job.pk}/")
    assert answer.status_code == 404
    job.refresh_from_db()
    assert job.status == before


def test_strangers_are_asked_to_sign_in(client: Client, ada: Person) -> None:
    job = samples.a_job(ada)
    assert client.get(f"/jobs/{job.pk}/")["Location"] == f"/sign-in/?next=/jobs/{job.pk}/"
