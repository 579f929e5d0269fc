"""Who may ask for a re-run, and how it waits, is charged, canceled and done once."""

import pytest
from django.contrib.auth.models import Group
from pytest_django import Settings

from accounts.models import Person
from api.errors import Forbidden
from generation.errors import TooManyJobs
from generation.models import Job, Rerun, RerunRecord, Work
from generation.reruns.asking import RerunUnderWay, ask_for_rerun
from generation.services import cancel_job
from tests.generation.reruns.asking import CHECK, REPRODUCE, asked, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_the_maker_and_curators_may_ask(work: Work, django_user_model: type[Person]) -> None:
    stranger = Person.objects.create_user(username="mallory", password="a long enough password")
    with pytest.raises(Forbidden):
        ask_for_rerun(person=stranger, work=work, kind=REPRODUCE)
    assert not Rerun.objects.exists()
    stranger.groups.add(Group.objects.get_or_create(name="Curators")[0])
    rerun = ask_for_rerun(person=stranger, work=work, kind=REPRODUCE)
    assert (rerun.asked_by, rerun.job and rerun.job.person) == (stranger, stranger)


def test_one_that_is_under_way_is_not_queued_twice(work: Work) -> None:
    ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    with pytest.raises(RerunUnderWay):
        ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    assert Rerun.objects.count() == 1


def test_quotas_hold_and_a_record_is_charged(work: Work, settings: Settings) -> None:
    asked(work, REPRODUCE)
    assert list(Job.objects.order_by("created_at").values_list("charged_pictures", flat=True)) == [1, 1]
    settings.PICTURES_PER_DAY_PER_PERSON = 2
    with pytest.raises(Exception, match="0 are left"):
        ask_for_rerun(person=work.person, work=work, kind=CHECK)
    settings.PICTURES_PER_DAY_PER_PERSON, settings.JOBS_IN_FLIGHT_PER_PERSON = 0, 1
    ask_for_rerun(person=work.person, work=work, kind=CHECK)
    with pytest.raises(TooManyJobs):
        ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)


def test_a_waiting_one_is_canceled_and_given_back(work: Work) -> None:
    rerun = ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    assert rerun.job is not None
    job = cancel_job(job=rerun.job)
    assert (job.status, job.charged_pictures) == ("canceled", 0)
    assert run() == 0


def test_a_running_one_stops_at_the_next_step_without_a_record(work: Work) -> None:
    ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    calls = iter(range(1000))

    def stopping() -> bool:
        if next(calls) == 2:
            cancel_job(job=Job.objects.get(purpose="reproduce"))
        return False

    run(stopping=stopping)
    assert Job.objects.get(purpose="reproduce").status == "canceled"
    assert not RerunRecord.objects.exists()


def test_a_job_that_is_claimed_again_after_its_record_makes_no_second(work: Work) -> None:
    asked(work, REPRODUCE)
    job = Job.objects.filter(purpose="reproduce")
    job.update(status="queued", finished_at=None)
    run()
    assert job.get().status == "succeeded"
    assert RerunRecord.objects.count() == 1
