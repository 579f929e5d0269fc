"""Places and times: by the rules of the claims, and told only when they can be told."""

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from api.services import create_key
from generation import queue
from generation.models import DiffusionModel, Job, StepTime, Worker
from generation.queue import claim_jobs
from generation.queue.forecast import forecast
from generation.queue.simulation import Drawer, Line, WaitingJob, simulate
from generation.queue.speeds import note_measured
from generation.services import submit_job

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MODEL = UUID(int=1)


def waiting_job(*, pictures: int = 1, steps: int = 10, key: str = "k", model: UUID = MODEL) -> WaitingJob:
    return WaitingJob(id=uuid4(), model=model, key=key, width=64, height=64, pictures=pictures, steps=steps)


def line(number: int, *jobs: WaitingJob, priority: int = 2, waited: int = 0) -> Line:
    since = NOON - timedelta(seconds=waited)
    return Line(id=number, priority=priority, served=0, since=since, jobs=deque(jobs))


def drawer(*, slots: int = 1, models: frozenset[UUID] | None = None) -> Drawer:
    return Drawer(name="w", device="cpu", models=models, lanes=[NOON] * slots, slots=slots)


def as_set(drawer: Drawer, _job: WaitingJob) -> int:
    return drawer.slots


def times(lines: list[Line], drawers: list[Drawer], *, seconds: float | None = 1.0) -> list[tuple[int, float | None]]:
    """Place, and seconds until the last picture, of each job in the order of lines."""
    wanted = [job.id for each in lines for job in each.jobs]
    found = simulate(
        lines=lines, drawers=drawers, step_seconds=lambda *_: seconds, slots_for=as_set, claims=0,
        ageing=timedelta(hours=1),
    )  # fmt: skip
    return [
        (found[job].place, (at - NOON).total_seconds() if (at := found[job].finish_at) else None) for job in wanted
    ]


def test_one_worker_draws_in_the_order_of_turns() -> None:
    lines = [line(1, waiting_job(), waiting_job()), line(2, waiting_job())]
    assert times(lines, [drawer()]) == [(1, 10), (3, 30), (2, 20)]


def test_two_workers_take_half_the_time() -> None:
    lines = [line(1, waiting_job(), waiting_job()), line(2, waiting_job())]
    assert times(lines, [drawer(), drawer()]) == [(1, 10), (3, 20), (2, 10)]


def test_pictures_of_a_key_share_the_slots() -> None:
    lines = [line(1, waiting_job(pictures=3)), line(2, waiting_job()), line(3, waiting_job(key="other"))]
    assert times(lines, [drawer(slots=2)]) == [(1, 20), (2, 20), (3, 30)]


def test_a_worker_draws_only_its_models() -> None:
    other = UUID(int=2)
    lines = [line(1, waiting_job(model=other)), line(2, waiting_job())]
    found = simulate(
        lines=lines,
        drawers=[drawer(models=frozenset({MODEL}))],
        step_seconds=lambda *_: 1.0,
        slots_for=as_set,
        claims=0,
        ageing=timedelta(hours=1),
    )
    assert [estimate.place for estimate in found.values()] == [1]


def test_whoever_waited_long_is_foreseen_at_every_fourth_claim() -> None:
    lines = [line(1, *(waiting_job() for _ in range(5)), priority=1), line(2, waiting_job(), priority=3, waited=4000)]
    assert [place for place, _ in times(lines, [drawer()])] == [1, 2, 3, 5, 6, 4]


def test_behind_what_was_never_timed_nothing_is_promised() -> None:
    assert times([line(1, waiting_job())], [drawer()], seconds=None) == [(1, None)]


@pytest.fixture
def ten_steps_a_second(model: DiffusionModel) -> Worker:
    StepTime.objects.create(device="cpu", model=model, width=64, height=64, slots=1, seconds=0.1, jobs=5)
    return Worker.objects.create(name="w", host="h", device="cpu")


@pytest.mark.django_db
def test_a_waiting_job_is_told_its_time(job: Job, ten_steps_a_second: Worker) -> None:
    standing = forecast().standing(job)
    assert standing is not None
    assert (standing.place, standing.ahead, standing.workers, standing.reason) == (1, 0, 1, None)
    assert standing.estimated_start_at is not None
    assert standing.estimated_finish_at is not None
    assert standing.estimated_finish_at - standing.estimated_start_at == timedelta(seconds=0.3)


@pytest.mark.django_db
def test_without_workers_there_is_a_place_and_no_time(job: Job) -> None:
    standing = forecast().standing(job)
    assert standing is not None
    assert (standing.place, standing.estimated_finish_at, standing.reason) == (1, None, "no_workers")


@pytest.mark.django_db
def test_silent_and_stopped_workers_are_not_counted_on(job: Job, ten_steps_a_second: Worker) -> None:
    Worker.objects.create(name="stopped", host="h", activity=Worker.Activity.STOPPED)
    Worker.objects.update(last_seen_at=timezone.now() - timedelta(minutes=1))
    assert forecast().workers == 0


@pytest.mark.django_db
def test_a_job_that_no_worker_will_take_is_told_so(job: Job, ten_steps_a_second: Worker) -> None:
    Worker.objects.update(declares=["another"])
    standing = forecast().standing(job)
    assert standing is not None
    assert (standing.place, standing.reason) == (None, "no_worker_for_model")


@pytest.mark.django_db
def test_a_size_that_was_never_timed_is_reckoned_by_its_pixels(
    alice: Person, model: DiffusionModel, ten_steps_a_second: Worker
) -> None:
    job = submit_job(person=alice, prompt="a sun", width=128, height=64, steps=10)
    standing = forecast().standing(job)
    assert standing is not None
    assert standing.estimated_finish_at is not None
    assert standing.estimated_start_at is not None
    assert standing.estimated_finish_at - standing.estimated_start_at == timedelta(seconds=2)


@pytest.mark.django_db
def test_what_a_worker_has_in_hand_is_reckoned_with(alice: Person, job: Job, ten_steps_a_second: Worker) -> None:
    (claim,) = claim_jobs(worker="w", limit=1)
    queue.record_progress(claim=claim, step=2)
    behind = submit_job(person=alice, prompt="behind", steps=10)
    now = timezone.now()
    found = forecast()
    running, waiting = found.standing(Job.objects.get(pk=job.pk)), found.standing(behind)
    assert running is not None
    assert running.estimated_finish_at is not None
    assert abs(running.estimated_finish_at - now - timedelta(seconds=0.1)) < timedelta(seconds=0.5)
    assert waiting is not None
    assert waiting.estimated_start_at == running.estimated_finish_at


@pytest.mark.django_db
def test_the_api_tells_place_and_times(alice: Person, job: Job, ten_steps_a_second: Worker) -> None:
    _, text = create_key(person=alice, scopes=["read"])
    program = Client(headers={"Authorization": f"Bearer {text}"})
    shown = program.get(f"/api/v1/jobs/{job.pk}").json()["queue"]
    assert {name: shown[name] for name in ("place", "ahead", "workers", "reason")} == {
        "place": 1,
        "ahead": 0,
        "workers": 1,
        "reason": None,
    }
    assert shown["estimated_finish_at"] > shown["estimated_start_at"]


@pytest.mark.django_db
def test_steps_are_timed_when_a_job_succeeds(alice: Person, model: DiffusionModel) -> None:
    worker = Worker.objects.create(name="w", host="h", device="cpu", loaded_model=model)
    for seconds in (6, 3):
        submit_job(person=alice, prompt="a sun", steps=3, seed=seconds)
        (claim,) = claim_jobs(worker="w", limit=1)
        Job.objects.filter(pk=claim.job.pk).update(claimed_at=timezone.now() - timedelta(seconds=seconds))
        queue.settle(claim=claim, status=Job.Status.SUCCEEDED)
    timed = StepTime.objects.get()
    assert (timed.device, timed.jobs) == (worker.device, 2)
    assert timed.seconds == pytest.approx(1.5, abs=0.1)


@pytest.mark.django_db
def test_the_slots_that_were_measured_for_a_size_are_reckoned_with(
    alice: Person, model: DiffusionModel, ten_steps_a_second: Worker
) -> None:
    note_measured(model=model, device="cpu", width=64, height=64, slots=4, seconds=0.2)
    four = submit_job(person=alice, prompt="a sun", steps=10, count=4)
    assert seconds_of(four) == 2.0
    # Of another size nothing was measured: one at a time, by its pixels.
    other = submit_job(person=alice, prompt="a sun", steps=10, count=2, width=128)
    assert seconds_of(other) == 4.0


@pytest.mark.django_db
def test_what_a_running_job_has_in_hand_takes_its_own_slots(
    alice: Person, model: DiffusionModel, ten_steps_a_second: Worker
) -> None:
    note_measured(model=model, device="cpu", width=64, height=64, slots=2, seconds=0.1)
    submit_job(person=alice, prompt="a sun", steps=10, count=2)
    (claim,) = claim_jobs(worker="w", limit=1)
    standing = forecast().standing(claim.job)
    assert standing is not None
    assert standing.estimated_finish_at is not None
    assert standing.estimated_finish_at - timezone.now() == pytest.approx(
        timedelta(seconds=1), abs=timedelta(seconds=0.5)
    )


@pytest.mark.django_db
def test_what_jobs_have_taught_of_these_slots_is_not_measured_away(model: DiffusionModel) -> None:
    StepTime.objects.create(device="cpu", model=model, width=64, height=64, slots=4, seconds=0.3, jobs=5)
    note_measured(model=model, device="cpu", width=64, height=64, slots=4, seconds=0.2)
    assert StepTime.objects.get().seconds == 0.3


def seconds_of(job: Job) -> float:
    """What the job is told that it takes, from its turn to its last picture."""
    standing = forecast().standing(job)
    assert standing is not None
    assert standing.estimated_start_at is not None
    assert standing.estimated_finish_at is not None
    return (standing.estimated_finish_at - standing.estimated_start_at).total_seconds()


@pytest.mark.django_db
def test_a_job_that_failed_teaches_nothing(job: Job) -> None:
    Worker.objects.create(name="w", host="h", device="cpu")
    (claim,) = claim_jobs(worker="w", limit=1)
    queue.settle(claim=claim, status=Job.Status.FAILED, error_code="x", error_detail="y")
    assert not StepTime.objects.exists()


@pytest.mark.django_db
def test_claims_come_in_the_order_that_was_foretold(model: DiffusionModel) -> None:
    draw = random.Random(3)
    people = [Person.objects.create_user(username=f"p{number}") for number in range(5)]
    for _ in range(30):
        person, count = draw.choice(people), draw.randint(1, 3)
        submit_job(person=person, prompt="a sun", steps=draw.randint(1, 9), count=count)
    foretold = forecast().estimates
    order = sorted(foretold, key=lambda pk: foretold[pk].place)
    assert [claim_jobs(worker="w", limit=1)[0].job.pk for _ in range(30)] == order


def test_times_are_honest_when_steps_vary_by_a_fifth() -> None:
    """The stated bound: half of the estimates are within 5 % of the time to the picture, nine of ten within 15 %."""
    draw = random.Random(5)
    sizes = [(draw.randint(1, 4), draw.randint(10, 40)) for _ in range(300)]

    def day() -> list[Line]:
        return [
            line(person, *(waiting_job(pictures=p, steps=s) for p, s in sizes[person::20])) for person in range(20)
        ]

    estimated = times(day(), [drawer(), drawer()])
    spread = simulate_with_spread(day(), draw)
    errors = sorted(
        abs(told - happened) / happened
        for (_, told), happened in zip(estimated, spread, strict=True)
        if told is not None
    )
    assert errors[len(errors) // 2] < 0.05
    assert errors[len(errors) * 9 // 10] < 0.15


def simulate_with_spread(lines: list[Line], draw: random.Random) -> list[float]:
    """Seconds to each job's last picture when the real seconds per step scatter by up to 20 % around the average."""
    wanted = [job.id for each in lines for job in each.jobs]
    found = simulate(
        lines=lines,
        drawers=[drawer(), drawer()],
        step_seconds=lambda *_: draw.uniform(0.8, 1.2),
        slots_for=as_set,
        claims=0,
        ageing=timedelta(hours=1),
    )
    return [(found[job].finish_at - NOON).total_seconds() for job in wanted]  # type: ignore[operator] # all were timed
