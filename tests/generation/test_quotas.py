"""Quotas of people and keys, and who may ask for which class."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Person
from api.models import ApiKey, Scope
from api.services import create_key
from generation import queue
from generation.errors import PictureStepsUsedUp, PicturesUsedUp, PriorityNotAllowed, TooManyJobs
from generation.models import Allowance, DiffusionModel, Job, Priority
from generation.services import cancel_job, retry_job, submit_job

pytestmark = pytest.mark.django_db

Asking = Callable[..., Job]


@pytest.fixture
def ask(alice: Person, model: DiffusionModel) -> Asking:
    return lambda count=1, **more: submit_job(person=alice, prompt="a sun", count=count, steps=3, **more)


@pytest.fixture
def key(alice: Person) -> ApiKey:
    return create_key(person=alice, scopes=[Scope.READ, Scope.GENERATE])[0]


@override_settings(PICTURES_PER_DAY_PER_PERSON=5)
def test_a_person_may_ask_for_so_many_pictures_a_day(ask: Asking) -> None:
    ask(3)
    with pytest.raises(PicturesUsedUp, match="5 pictures a day; 2 are left and this asks for 3"):
        ask(3)
    assert Job.objects.count() == 1
    ask(2)


@override_settings(PICTURE_STEPS_PER_DAY_PER_PERSON=9)
def test_a_person_may_ask_for_so_many_picture_steps_a_day(ask: Asking) -> None:
    ask(2)
    with pytest.raises(PictureStepsUsedUp, match="3 are left and this asks for 6"):
        ask(2)
    ask(1)


@override_settings(PICTURES_PER_DAY_PER_PERSON=3)
def test_pictures_of_a_canceled_job_are_given_back(ask: Asking) -> None:
    cancel_job(job=ask(3))
    assert ask(3).charged_pictures == 3


@override_settings(PICTURES_PER_DAY_PER_PERSON=3)
def test_pictures_of_a_failed_job_are_given_back(ask: Asking) -> None:
    ask(3)
    (claim,) = queue.claim_jobs(worker="w", limit=1)
    queue.settle(claim=claim, status=Job.Status.FAILED, error_code="x", error_detail="y")
    assert ask(3).charged_pictures == 3


@override_settings(PICTURES_PER_DAY_PER_PERSON=3)
def test_a_retry_counts_too(ask: Asking) -> None:
    job = ask(2)
    cancel_job(job=job)
    ask(2)
    with pytest.raises(PicturesUsedUp):
        retry_job(job=job)
    job.refresh_from_db()
    assert job.status == "canceled"


@override_settings(PICTURES_PER_DAY_PER_PERSON=2)
def test_a_new_day_begins_with_the_whole_quota(ask: Asking) -> None:
    job = ask(2)
    yesterday = timezone.now() - timedelta(days=1)
    Job.objects.filter(pk=job.pk).update(charged_at=yesterday)
    ask(2)


@override_settings(PICTURES_PER_DAY_PER_KEY=2, JOBS_IN_FLIGHT_PER_KEY=2)
def test_a_key_has_quotas_of_its_own(ask: Asking, key: ApiKey) -> None:
    ask(2, key=key)
    with pytest.raises(PicturesUsedUp, match="This key may ask for 2 pictures a day; 0 are left"):
        ask(1, key=key)
    ask(4)


@override_settings(JOBS_IN_FLIGHT_PER_KEY=1)
def test_a_key_has_only_so_many_unfinished_jobs(ask: Asking, key: ApiKey) -> None:
    job = ask(key=key)
    with pytest.raises(TooManyJobs, match="This key has 1 unfinished"):
        ask(key=key)
    cancel_job(job=job)
    ask(key=key)


@override_settings(PICTURES_PER_DAY_PER_PERSON=1, JOBS_IN_FLIGHT_PER_PERSON=1)
def test_an_allowance_of_a_person_goes_before_the_settings(alice: Person, ask: Asking) -> None:
    Allowance.objects.create(person=alice, pictures_per_day=4, jobs_in_flight=0)
    ask(2)
    ask(2)
    with pytest.raises(PicturesUsedUp):
        ask(1)


@override_settings(PICTURES_PER_DAY_PER_KEY=1)
def test_an_allowance_of_a_key_goes_before_the_settings(ask: Asking, key: ApiKey) -> None:
    Allowance.objects.create(key=key, pictures_per_day=0)
    ask(3, key=key)


def test_the_class_high_must_be_opened_by_an_operator(alice: Person, ask: Asking) -> None:
    with pytest.raises(PriorityNotAllowed):
        ask(priority="high")
    assert not Job.objects.exists()
    Allowance.objects.create(person=alice, best_priority=Priority.HIGH)
    assert ask(priority="high").priority == Priority.HIGH
    assert ask().priority == Priority.NORMAL


def test_what_is_set_for_a_key_decides_for_that_key(alice: Person, ask: Asking, key: ApiKey) -> None:
    Allowance.objects.create(person=alice, best_priority=Priority.HIGH)
    Allowance.objects.create(key=key, best_priority=Priority.LOW)
    assert ask(key=key).priority == Priority.LOW
    with pytest.raises(PriorityNotAllowed):
        ask(key=key, priority="normal")
    assert ask(priority="high").priority == Priority.HIGH


@override_settings(PICTURES_PER_DAY_PER_PERSON=2)
def test_the_api_says_how_much_is_left_and_when_more_comes(alice: Person, model: DiffusionModel) -> None:
    _, text = create_key(person=alice, scopes=[Scope.GENERATE])
    program = Client(headers={"Authorization": f"Bearer {text}"})
    answer = program.post("/api/v1/jobs", {"prompt": "a sun", "count": 3}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (429, "daily_pictures_used_up")
    assert answer.json()["quota"] == {"name": "pictures-per-day", "limit": 2, "left": 2, "asked": 3}
    assert answer["RateLimit-Policy"] == '"pictures-per-day";q=2;w=86400'
    assert answer["RateLimit"] == f'"pictures-per-day";r=2;t={answer["Retry-After"]}'
    assert 0 < int(answer["Retry-After"]) <= 86_400
    assert not Job.objects.exists()


def test_the_api_takes_a_class_and_shows_it(alice: Person, model: DiffusionModel) -> None:
    _, text = create_key(person=alice, scopes=[Scope.GENERATE])
    program = Client(headers={"Authorization": f"Bearer {text}"})
    answers = [
        program.post("/api/v1/jobs", {"prompt": "a sun", "priority": name}, content_type="application/json")
        for name in ("low", "high", "urgent")
    ]
    assert [answer.status_code for answer in answers] == [201, 403, 422]
    assert answers[0].json()["priority"] == "low"
    assert Job.objects.get().priority == Priority.LOW
    assert Job.objects.get().key is not None
