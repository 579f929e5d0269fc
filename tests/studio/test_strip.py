"""What the queue's strip says of time, and in which order."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Person
from generation.models import Job
from generation.studio.strip import about, standings
from tests.web import samples


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-4, "a moment"), (4, "about 5 seconds"), (23, "about 25 seconds"), (57, "about 55 seconds"),
        (59, "about 1 minute"), (200, "about 3 minutes"), (3590, "about 1 hour"), (7300, "about 2 hours"),
    ],
)  # fmt: skip
def test_a_time_is_told_as_one_would_say_it(seconds: int, words: str) -> None:
    assert about(timedelta(seconds=seconds)) == words


def test_without_a_worker_no_time_is_promised(ada: Person) -> None:
    samples.a_job(ada)
    [standing] = standings(ada)
    assert (standing.place, standing.when) == (1, "no worker is running now; it is kept until one comes")


def test_a_running_job_names_its_latest_preview(ada: Person) -> None:
    job = samples.a_job(ada, status="running", lease_token=uuid4())
    assert standings(ada)[0].preview == ""
    Job.objects.update(preview_index=1, preview_step=4)
    assert standings(ada)[0].preview == f"/api/v1/jobs/{job.pk}/preview?index=1&step=4"


def test_what_was_sent_a_moment_ago_has_its_place_at_once(ada: Person) -> None:
    first = samples.a_job(ada)
    assert [each.place for each in standings(ada)] == [1]
    second = samples.a_job(ada)
    assert [(each.job, each.place) for each in standings(ada)] == [(first, 1), (second, 2)]
    assert Job.objects.count() == 2
