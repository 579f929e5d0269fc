"""Who is served next: classes, turns, ageing, loaded models, joining a batch."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from accounts.models import Person
from generation import queue
from generation.models import DiffusionModel, Job, Priority, Turn
from generation.queue import claim_jobs, turns
from generation.queue.simulation import AGED_CLAIM
from generation.services import cancel_job, submit_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(db: None) -> Person:
    return Person.objects.create_user(username="bob")


@pytest.fixture
def carol(db: None) -> Person:
    return Person.objects.create_user(username="carol")


@pytest.fixture
def other_model(model: DiffusionModel) -> DiffusionModel:
    return DiffusionModel.objects.create(slug="other", name="Other", source="other", max_side=128)


def ask(person: Person, *, priority: Priority = Priority.NORMAL, count: int = 1, **wish: object) -> Job:
    """A waiting job of 3 steps per picture."""
    job = submit_job(person=person, prompt="a sun", count=count, steps=3, width=64, height=64, **wish)  # type: ignore[arg-type]
    if priority != Priority.NORMAL:
        Job.objects.filter(pk=job.pk).update(priority=priority)
        turns.mend_turns()
    return job


def owners(claims: list[queue.Claim]) -> list[str]:
    return [claim.job.person.username for claim in claims]


def served_in_order(number: int, **wish: object) -> list[str]:
    """Whose jobs the next claims get, one after the other."""
    return [name for _ in range(number) for name in owners(claim_jobs(worker="w", limit=1, **wish))]  # type: ignore[arg-type]


def waits_since(person: Person, *, seconds: int) -> None:
    Turn.objects.filter(person=person).update(since=timezone.now() - timedelta(seconds=seconds))


def test_people_take_turns_however_many_jobs_one_has(alice: Person, bob: Person, model: DiffusionModel) -> None:
    for person in (alice, alice, alice, bob, bob):
        ask(person)
    assert served_in_order(6) == ["alice", "bob", "alice", "bob", "alice"]


def test_a_large_job_counts_as_much_as_it_takes(alice: Person, bob: Person, model: DiffusionModel) -> None:
    for person, count in ((alice, 3), (alice, 1), (bob, 1), (bob, 1), (bob, 1), (bob, 1)):
        ask(person, count=count)
    assert served_in_order(6) == ["alice", "bob", "bob", "bob", "alice", "bob"]


def test_who_comes_later_starts_level_with_those_who_wait(alice: Person, bob: Person, model: DiffusionModel) -> None:
    for _ in range(4):
        ask(alice)
    assert served_in_order(2) == ["alice", "alice"]
    ask(bob)
    ask(bob)
    assert served_in_order(4) == ["alice", "bob", "alice", "bob"]


def test_an_idle_month_is_no_credit(alice: Person, bob: Person, model: DiffusionModel) -> None:
    for _ in range(3):
        ask(alice)
    served_in_order(3)
    for person in (bob, bob, alice):
        ask(person)
    assert served_in_order(3) == ["bob", "alice", "bob"]


def test_a_better_class_is_served_first(alice: Person, bob: Person, carol: Person, model: DiffusionModel) -> None:
    ask(alice, priority=Priority.LOW)
    ask(bob)
    ask(carol, priority=Priority.HIGH)
    assert served_in_order(3) == ["carol", "bob", "alice"]


@override_settings(QUEUE_AGEING_SECONDS=60)
def test_every_fourth_claim_goes_to_whoever_has_waited_longest(
    alice: Person, bob: Person, model: DiffusionModel
) -> None:
    for _ in range(2 * AGED_CLAIM):
        ask(alice, priority=Priority.HIGH)
    ask(bob, priority=Priority.LOW)
    waits_since(bob, seconds=61)
    names = served_in_order(AGED_CLAIM)
    assert names.count("bob") == 1


@override_settings(QUEUE_AGEING_SECONDS=60)
def test_the_class_decides_while_nobody_has_waited_long(alice: Person, bob: Person, model: DiffusionModel) -> None:
    for _ in range(AGED_CLAIM):
        ask(alice, priority=Priority.HIGH)
    ask(bob, priority=Priority.LOW)
    waits_since(bob, seconds=50)
    assert served_in_order(AGED_CLAIM) == ["alice"] * AGED_CLAIM


def test_only_jobs_of_the_workers_models_are_claimed(
    alice: Person, bob: Person, model: DiffusionModel, other_model: DiffusionModel
) -> None:
    ask(alice)
    wanted = ask(bob, model="other")
    claims = claim_jobs(worker="w", limit=4, models=[other_model.pk])
    assert [claim.job.pk for claim in claims] == [wanted.pk]
    assert claim_jobs(worker="w", limit=1, models=[other_model.pk]) == []


@override_settings(QUEUE_MAX_PASSES=2, QUEUE_AGEING_SECONDS=3600)
def test_a_warm_worker_passes_somebody_only_so_often(
    alice: Person, bob: Person, model: DiffusionModel, other_model: DiffusionModel
) -> None:
    ask(alice, model="other")
    for _ in range(4):
        ask(bob)
    assert served_in_order(4, warm_model=model.pk) == ["bob", "bob", "alice", "bob"]


@override_settings(QUEUE_LOOK_AHEAD=1)
def test_a_warm_worker_looks_only_so_far_ahead(
    alice: Person, bob: Person, model: DiffusionModel, other_model: DiffusionModel
) -> None:
    ask(alice, model="other")
    ask(bob)
    assert served_in_order(1, warm_model=model.pk) == ["alice"]


def test_a_warm_model_is_no_reason_to_pass_a_better_class(
    alice: Person, bob: Person, model: DiffusionModel, other_model: DiffusionModel
) -> None:
    ask(alice, model="other", priority=Priority.HIGH)
    ask(bob)
    assert served_in_order(1, warm_model=model.pk) == ["alice"]


def test_jobs_that_may_share_the_batch_come_along_fairly(alice: Person, bob: Person, model: DiffusionModel) -> None:
    for person in (alice, alice, alice, bob):
        ask(person)
    other_size = submit_job(person=bob, prompt="a sun", steps=3, width=128, height=64)
    assert owners(claim_jobs(worker="w", limit=3)) == ["alice", "bob", "alice"]
    assert [claim.job.pk for claim in claim_jobs(worker="w", limit=1)] == [other_size.pk]


def test_jobs_without_a_sampling_key_come_alone(alice: Person, bob: Person, model: DiffusionModel) -> None:
    ask(alice)
    ask(bob)
    Job.objects.update(sampling_key="")
    assert owners(claim_jobs(worker="w", limit=4)) == ["alice"]


def test_a_running_batch_is_joined_by_jobs_of_its_key_only(alice: Person, bob: Person, model: DiffusionModel) -> None:
    key = ask(alice).sampling_key
    submit_job(person=bob, prompt="a sun", steps=3, width=128, height=64)
    ask(bob)
    joined = claim_jobs(worker="w", limit=4, sampling_key=key)
    assert [claim.job.sampling_key for claim in joined] == [key, key]
    assert claim_jobs(worker="w", limit=4, sampling_key=key) == []


@override_settings(QUEUE_MAX_PASSES=2, QUEUE_AGEING_SECONDS=3600)
def test_a_batch_that_never_ends_starves_no_other_key(alice: Person, bob: Person, model: DiffusionModel) -> None:
    submit_job(person=bob, prompt="a sun", steps=3, width=128, height=64)
    for _ in range(4):
        key = ask(alice).sampling_key
    joined = [len(claim_jobs(worker="w", limit=1, sampling_key=key)) for _ in range(4)]
    assert joined == [1, 1, 0, 0]
    assert served_in_order(1) == ["bob"]
    assert len(claim_jobs(worker="w", limit=1, sampling_key=key)) == 1


def test_what_was_not_drawn_is_not_counted_as_service(alice: Person, bob: Person, model: DiffusionModel) -> None:
    ask(alice, count=4)
    ask(alice)
    ask(bob)
    (claim,) = claim_jobs(worker="w", limit=1)
    queue.give_back(claim=claim)
    cancel_job(job=claim.job)
    assert Turn.objects.get(person=alice).served == 0
    assert served_in_order(2) == ["bob", "alice"]


def test_a_canceled_job_leaves_no_open_turn_behind(job: Job) -> None:
    cancel_job(job=job)
    assert claim_jobs(worker="w", limit=1) == []
    queue.recover_lost_jobs()
    assert not Turn.objects.get().waiting


def test_jobs_of_a_release_that_knew_no_turns_are_found(job: Job) -> None:
    Turn.objects.all().delete()
    queue.recover_lost_jobs()
    assert [claim.job.pk for claim in claim_jobs(worker="w", limit=1)] == [job.pk]


def test_a_claim_of_nothing_is_refused(job: Job) -> None:
    with pytest.raises(ValueError, match="at least one"):
        claim_jobs(worker="w", limit=0)
    job.refresh_from_db()
    assert job.status == "queued"


@override_settings(QUEUE_AGEING_SECONDS=0)
def test_nobody_waits_longer_than_the_bound(model: DiffusionModel) -> None:
    """Whoever has aged is served within AGED_CLAIM claims per open turn, whatever comes in above."""
    crowd = [Person.objects.create_user(username=f"p{number}") for number in range(4)]
    last = Person.objects.create_user(username="last")
    for person in crowd:
        ask(person, priority=Priority.HIGH)
    ask(last, priority=Priority.LOW)
    bound = AGED_CLAIM * Turn.objects.filter(waiting=True).count()
    served = list[str]()
    while "last" not in served and len(served) <= bound:
        (name,) = served_in_order(1)
        served.append(name)
        if name != "last":
            ask(Person.objects.get(username=name), priority=Priority.HIGH)
    assert len(served) <= bound
