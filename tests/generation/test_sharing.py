"""Jobs of several people in one running batch: each keeps its own lease, cancellation, deadline and errors."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Person
from devstack.ports import wait_until
from generation import queue
from generation.engine import batch, painter, previewing
from generation.models import DiffusionModel, Job, Work
from generation.publishing.pictures import publish_picture
from generation.queue import recover_lost_jobs
from generation.services import cancel_job, submit_job
from generation.worker import run_waiting_jobs, sharing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _two_slots(settings: Settings) -> None:
    settings.BATCH_SLOTS = 2


@pytest.fixture
def bob() -> Person:
    return Person.objects.create_user(username="bob")


@pytest.fixture
def batch_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures there were at each step."""
    sizes, step = list[int](), batch.Batch.step

    def counted(self: batch.Batch) -> list[batch.Picture]:
        sizes.append(len(self.pictures))
        return step(self)

    monkeypatch.setattr(batch.Batch, "step", counted)
    return sizes


def run(stopping: Callable[[], bool] = lambda: False) -> int:
    return run_waiting_jobs(worker="w", stopping=stopping)


def before_step(step: int, act: Callable[[], object]) -> Callable[[], bool]:
    """A `stopping` that acts once, before that step of the batch, counted from 0; the worker asks it once before."""
    calls = iter(range(1_000_000))

    def stopping() -> bool:
        if next(calls) == step + 1:
            act()
        return False

    return stopping


def state(job: Job) -> tuple[str, str, int]:
    job.refresh_from_db()
    return job.status, job.error_code, job.works.count()


def pixels(job: Job) -> list[bytes]:
    return [bytes(value or b"") for value in job.works.order_by("index").values_list("render_hash", flat=True)]


def drawn_alone(job: Job) -> list[bytes]:
    """The pixels (as drawn, before the watermark) of another job with the same wishes, with nobody beside it."""
    twin = submit_job(
        person=job.person, prompt=job.prompt, seed=job.seed, steps=job.steps, count=job.count, width=64, height=64
    )
    assert run() == 1
    return pixels(twin)


def test_jobs_of_two_people_share_the_batch(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int]
) -> None:
    hers = submit_job(person=alice, prompt="a sun", seed=1, steps=4)
    his = submit_job(person=bob, prompt="a moon", seed=2, steps=6)
    assert run() == 2
    assert (state(hers), state(his)) == (("succeeded", "", 1), ("succeeded", "", 1))
    assert batch_sizes == [2, 2, 2, 2, 1, 1]
    assert pixels(hers) == drawn_alone(hers)
    assert pixels(his) == drawn_alone(his)
    assert {work.recipe["reproducibility_class"]["slots"] for work in Work.objects.all()} == {2}


def test_a_job_that_comes_later_joins_the_running_batch(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twenty tiny steps may take less time than nobody is looked for.
    monkeypatch.setattr(sharing, "JOIN_SECONDS", 0)
    first = submit_job(person=alice, prompt="a sun", seed=1, steps=30)
    late: list[Job] = []
    run(before_step(10, lambda: late.append(submit_job(person=bob, prompt="a moon", seed=2, steps=3))))
    assert (state(first), state(late[0])) == (("succeeded", "", 1), ("succeeded", "", 1))
    assert batch_sizes.count(2) == 3
    assert late[0].finished_at is not None
    assert first.finished_at is not None
    assert late[0].finished_at < first.finished_at


def test_the_next_job_is_claimed_while_the_one_before_it_takes_its_last_step(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int]
) -> None:
    jobs = [submit_job(person=person, prompt="a sun", steps=4) for person in (alice, bob, alice)]

    def the_third_is_taken() -> None:
        # No slot is free yet: it is asked before pictures join.
        wait_until(lambda: state(jobs[2])[0] == "running", what="it is claimed", seconds=20)

    run(before_step(4, the_third_is_taken))
    assert [state(job) for job in jobs] == [("succeeded", "", 1)] * 3
    assert batch_sizes == [2] * 4 + [1] * 4


def test_a_job_that_is_drawn_does_not_hold_up_the_next(
    alice: Person, model: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [submit_job(person=alice, prompt="a sun", steps=3, width=width) for width in (64, 128)]
    going_on, waited = threading.Event(), list[bool]()

    def slowly(**given: object) -> Work:
        waited.append(going_on.wait(20))
        return publish_picture(**given)  # type: ignore[arg-type]

    def look() -> bool:
        if state(jobs[1])[0] == "running":
            going_on.set()
        return False

    monkeypatch.setattr("generation.worker.sharing.publish_picture", slowly)
    run(look)
    assert waited == [True, True]
    assert [state(job) for job in jobs] == [("succeeded", "", 1)] * 2


def test_another_size_waits_for_its_own_batch(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int]
) -> None:
    submit_job(person=alice, prompt="a sun", steps=3)
    submit_job(person=bob, prompt="a sun", steps=3, width=128)
    assert run() == 2
    assert batch_sizes == [1] * 6


def test_a_job_without_a_key_is_drawn_by_itself(alice: Person, model: DiffusionModel, batch_sizes: list[int]) -> None:
    for seed in (1, 2):
        submit_job(person=alice, prompt="a sun", seed=seed, steps=3)
    Job.objects.update(sampling_key="")
    assert run() == 2
    assert batch_sizes == [1] * 6


def test_canceling_one_job_stops_it_within_one_step_and_no_other(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int]
) -> None:
    hers = submit_job(person=alice, prompt="a sun", seed=1, steps=20)
    his = submit_job(person=bob, prompt="a moon", seed=2, steps=10)
    run(before_step(5, lambda: cancel_job(job=hers)))
    assert (state(hers), state(his)) == (("canceled", "", 0), ("succeeded", "", 1))
    # It is heard of while a step is taken, or at the latest while the next one is.
    assert batch_sizes in ([2] * 5 + [1] * 5, [2] * 6 + [1] * 4)
    assert pixels(his) == drawn_alone(his)


def test_a_deadline_ends_one_job_within_one_step_and_no_other(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = submit_job(person=alice, prompt="a sun", steps=20, cancel_after=timedelta(hours=1))
    his = submit_job(person=bob, prompt="a moon", steps=10)

    later = timezone.now() + timedelta(hours=2)

    run(before_step(5, lambda: monkeypatch.setattr("generation.worker.stops.now", lambda: later)))
    assert (state(hers), state(his)) == (("canceled", "deadline_exceeded", 0), ("succeeded", "", 1))
    assert "deadline" in hers.error_detail
    assert batch_sizes == [2] * 5 + [1] * 5


def test_losing_one_lease_drops_that_job_only(alice: Person, bob: Person, model: DiffusionModel) -> None:
    hers = submit_job(person=alice, prompt="a sun", steps=20)
    his = submit_job(person=bob, prompt="a moon", steps=10)

    def lose() -> None:
        Job.objects.filter(pk=hers.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        recover_lost_jobs()
        assert queue.claim_next_job(worker="another") is not None

    run(before_step(5, lose))
    assert (state(hers), state(his)) == (("running", "", 0), ("succeeded", "", 1))
    assert hers.leased_by == "another"


def test_a_worker_that_shuts_down_gives_all_its_jobs_back(alice: Person, bob: Person, model: DiffusionModel) -> None:
    jobs = [submit_job(person=person, prompt="a sun", steps=20) for person in (alice, bob)]
    calls = iter(range(1_000_000))
    run(lambda: next(calls) > 5)
    for job in jobs:
        assert state(job) == ("queued", "", 0)
        assert (job.attempts, job.lease_token) == (0, None)


def test_a_job_that_cannot_be_drawn_fails_alone(
    alice: Person, bob: Person, model: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = submit_job(person=alice, prompt="a bomb", steps=20)
    his = submit_job(person=bob, prompt="a moon", seed=2, steps=10)
    add = batch.Batch.add

    def no_memory(self: batch.Batch, drawing: object) -> batch.Picture:
        picture = add(self, drawing)  # type: ignore[arg-type]
        if picture.drawing.prompt == "a bomb":
            picture.interrupt(MemoryError())
            self.pictures.remove(picture)
        return picture

    with monkeypatch.context() as patch:
        patch.setattr(batch.Batch, "add", no_memory)
        run()
    assert (state(hers), state(his)) == (("failed", "out_of_memory", 0), ("succeeded", "", 1))
    assert pixels(his) == drawn_alone(his)


def test_a_picture_that_cannot_be_stored_fails_its_job_alone(
    alice: Person, bob: Person, model: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = submit_job(person=alice, prompt="a sun", steps=2)
    his = submit_job(person=bob, prompt="a moon", steps=12)
    save, saved = default_storage._save, list[str]()  # type: ignore[attr-defined]

    def full_at_first(name: str, content: object) -> str:
        saved.append(name)
        if len(saved) == 1:
            raise OSError(28, "No space left on device")
        return str(save(name, content))

    monkeypatch.setattr(default_storage, "_save", full_at_first)
    run()
    assert (state(hers), state(his)) == (("failed", "storage_full", 0), ("succeeded", "", 1))


def test_weights_that_changed_meanwhile_are_not_mixed(
    alice: Person, bob: Person, model: DiffusionModel, batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submit_job(person=alice, prompt="a sun", steps=4)
    second = submit_job(person=bob, prompt="a moon", steps=4)
    monkeypatch.setattr(painter.Painter, "is_current", lambda _self, _model: False)
    assert run() == 2
    assert batch_sizes == [1] * 8
    assert (state(first), state(second)) == (("succeeded", "", 1), ("succeeded", "", 1))


@pytest.fixture
def previews_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("generation.worker.pacing.PREVIEW_SECONDS", 0.0)
    monkeypatch.setattr("generation.worker.pacing.PREVIEW_SHARE", 1.0)
    previewing._previewers.clear()
    yield
    previewing._previewers.clear()


@pytest.mark.parametrize("cheap", [0.0, 100.0], ids=["by a linear map", "by the decoder"])
def test_a_picture_is_seen_forming_and_its_pixels_stay_the_same(
    alice: Person,
    model: DiffusionModel,
    previews_at_once: None,
    monkeypatch: pytest.MonkeyPatch,
    cheap: float,
) -> None:
    monkeypatch.setattr(previewing, "CHEAP_SECONDS", cheap)
    job = submit_job(person=alice, prompt="a sun", seed=3, steps=12)
    seen: list[tuple[int | None, int | None]] = []

    def look() -> bool:
        seen.append(Job.objects.values_list("preview_index", "preview_step").get(pk=job.pk))
        return False

    run(look)
    shown = [step for index, step in seen if index == 0 and step is not None]
    assert shown
    assert all(0 < step < 12 for step in shown)
    monkeypatch.setattr("generation.worker.pacing.PREVIEW_SECONDS", 1000.0)
    assert pixels(job) == drawn_alone(job)
