"""Pipelines whose pictures cannot join a running batch: seen forming, and stopped, all the same."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Person
from generation.engine import previewing
from generation.engine.watching import watching
from generation.models import DiffusionModel, Job, Work
from generation.services import cancel_job, submit_job
from generation.worker import run_waiting_jobs
from generation.worker.pacing import next_shown
from tests.generation.tiny_models import save_flux, save_sd3

pytestmark = pytest.mark.django_db(transaction=True)
SAVERS = {"sd3": save_sd3, "flux": save_flux}


@pytest.fixture(scope="module", params=SAVERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = str(request.param)
    return SAVERS[name](tmp_path_factory.mktemp(name))


@pytest.fixture
def transformer(db: None, folder: Path, settings: Settings) -> DiffusionModel:
    """A model without a UNet, drawn two pictures at a time."""
    settings.BATCH_SLOTS = 2
    return DiffusionModel.objects.create(
        slug="flow", name="Flow", source=str(folder), default_steps=6, default_width=64, default_height=64,
        max_side=128, size_multiple=16, is_default=True,
    )  # fmt: skip


@pytest.fixture
def previews_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("generation.worker.pacing.PREVIEW_SECONDS", 0.0)
    monkeypatch.setattr("generation.worker.pacing.PREVIEW_SHARE", 1000.0)
    previewing._previewers.clear()
    yield
    previewing._previewers.clear()


def run(stopping: Callable[[], bool] = lambda: False) -> int:
    return run_waiting_jobs(worker="w", stopping=stopping)


class Steps:
    """A `stopping` that acts once, after that step of the job, and counts; it is asked twice before the first."""

    def __init__(self, at: int, act: Callable[[], object]) -> None:
        self._at, self._act = at, act
        self.count = -2

    def __call__(self) -> bool:
        self.count += 1
        if self.count == self._at:
            self._act()
        return False


def pixels(job: Job) -> list[bytes]:
    return [bytes(value or b"") for value in job.works.order_by("index").values_list("render_hash", flat=True)]


def test_each_picture_is_seen_forming_in_turn_and_its_pixels_stay_the_same(
    alice: Person, transformer: DiffusionModel, previews_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "CHEAP_SECONDS", 100.0)
    job = submit_job(person=alice, prompt="a sun", seed=3, count=2)
    seen: set[tuple[int | None, int | None]] = set()

    def look() -> bool:
        seen.add(Job.objects.values_list("preview_index", "preview_step").get(pk=job.pk))
        return False

    run(look)
    job.refresh_from_db()
    assert (job.status, job.error_detail) == ("succeeded", "")
    assert {index for index, _ in seen} == {None, 0, 1}
    assert all(0 < step < 6 for _, step in seen if step is not None)
    monkeypatch.setattr("generation.worker.pacing.PREVIEW_SECONDS", 1000.0)
    twin = submit_job(person=alice, prompt="a sun", seed=3, count=2)
    run()
    assert pixels(twin) == pixels(job)


def test_canceling_stops_it_within_one_step(alice: Person, transformer: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=20)
    steps = Steps(4, lambda: cancel_job(job=job))
    run(steps)
    job.refresh_from_db()
    assert (job.status, job.lease_token) == ("canceled", None)
    # It is heard of while a step is taken, or at the latest while the next one is.
    assert steps.count in {5, 6}
    assert not Work.objects.exists()


def test_a_deadline_ends_it_within_one_step(
    alice: Person, transformer: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=20, cancel_after=timedelta(hours=1))
    later = timezone.now() + timedelta(hours=2)
    steps = Steps(4, lambda: monkeypatch.setattr("generation.worker.stops.now", lambda: later))
    run(steps)
    job.refresh_from_db()
    assert (job.status, job.error_code, steps.count) == ("canceled", "deadline_exceeded", 5)
    assert not Work.objects.exists()


def test_pictures_of_rounds_that_were_drawn_are_kept(alice: Person, transformer: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=6, count=4)
    run(Steps(9, lambda: cancel_job(job=job)))
    job.refresh_from_db()
    assert job.status == "canceled"
    assert sorted(work.index for work in job.works.all()) == [0, 1]


def test_a_full_disk_fails_it_with_the_reason(
    alice: Person, transformer: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    job = submit_job(person=alice, prompt="a sun", steps=2)
    monkeypatch.setattr(default_storage, "_save", full)
    run()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "storage_full")
    assert not Work.objects.exists()


def test_a_flow_is_shown_as_the_picture_that_it_leads_to() -> None:
    scheduler: Any = FlowMatchEulerDiscreteScheduler()  # type: ignore[no-untyped-call]  # diffusers has no types
    scheduler.set_timesteps(4)
    picture, noise, told = torch.rand(1, 4, 2, 2), torch.randn(1, 4, 2, 2), list[torch.Tensor | None]()
    with watching(scheduler, told.append):
        for place in range(2):
            sigma = scheduler.sigmas[place]
            scheduler.step(noise - picture, scheduler.timesteps[place], (1 - sigma) * picture + sigma * noise)
    assert [torch.allclose(target, picture, atol=1e-5) for target in told if target is not None] == [True, True]
    assert "step" not in vars(scheduler)


def test_each_picture_has_its_turn_to_be_shown() -> None:
    assert [next_shown({0, 2, 5}, last=last) for last in (-1, 0, 2, 5)] == [0, 2, 5, 0]
