"""Where waiting jobs stand and when their pictures will be there: the state of the queue, played through.

Times are told only when every job ahead can be timed, from what steps took on this kind of worker before. Otherwise
they are None and `reason` says why: a guess would be worse than nothing.
"""

import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from redis.exceptions import RedisError

from generation.models import DiffusionModel, Job, StepTime, Turn, Worker
from generation.queue.simulation import Drawer, Estimate, Line, WaitingJob, simulate

NO_WORKERS, NOT_MEASURED, NO_WORKER_FOR_MODEL = "no_workers", "not_measured", "no_worker_for_model"
UNTOLD = (NO_WORKERS, NO_WORKER_FOR_MODEL, NOT_MEASURED)
"""why there is no estimate"""
FEW = 200
"""as many waiting jobs are played through for every question; more of them every KEPT_SECONDS"""
KEPT_SECONDS = 2
UNTURNED = 2**62
"""ids of lines without a turn begin here; no turn has such an id"""
_FIELDS = ("pk", "person", "priority", "model", "sampling_key", "width", "height", "steps", "count", "step")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a job that has not ended stands. `place` 1 is next; None for one that runs or that nobody will take."""

    place: int | None
    ahead: int | None
    workers: int
    estimated_start_at: datetime | None
    estimated_finish_at: datetime | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The queue played through from one moment on."""

    waiting: int
    workers: int
    estimates: Mapping[UUID, Estimate]

    def standing(self, job: Job) -> Standing | None:
        """None once the job has ended."""
        if job.status == Job.Status.RUNNING:
            return self._of_running(job)
        if job.status != Job.Status.QUEUED:
            return None
        found = self.estimates.get(job.pk)
        if found is None:
            reason = NO_WORKER_FOR_MODEL if self.workers else NO_WORKERS
            return Standing(
                place=None, ahead=None, workers=self.workers, estimated_start_at=None, estimated_finish_at=None,
                reason=reason,
            )  # fmt: skip
        untold = None if found.finish_at else (NOT_MEASURED if self.workers else NO_WORKERS)
        return Standing(
            place=found.place, ahead=found.place - 1, workers=self.workers, estimated_start_at=found.start_at,
            estimated_finish_at=found.finish_at, reason=untold,
        )  # fmt: skip

    def _of_running(self, job: Job) -> Standing:
        found = self.estimates.get(job.pk)
        finish = found.finish_at if found else None
        return Standing(
            place=None, ahead=0, workers=self.workers, estimated_start_at=job.started_at, estimated_finish_at=finish,
            reason=None if finish else NOT_MEASURED,
        )  # fmt: skip


def forecast() -> Forecast:
    """The queue as it stands now; with more than FEW jobs waiting, as it stood at most KEPT_SECONDS ago."""
    try:
        kept: Forecast | None = cache.get("queue:forecast")
    except RedisError:
        kept = None
    return kept or _made_and_kept()


def forecast_for(job: Job) -> Forecast:
    """One that knows this job: a job that came after the kept one was made is asked for anew."""
    found = forecast()
    return _made_and_kept() if job.status == Job.Status.QUEUED and job.pk not in found.estimates else found


_recent: tuple[float, Forecast] | None = None


def recent_forecast() -> Forecast:
    """As `forecast`, at most a second old: for many watchers that ask each second."""
    global _recent  # noqa: PLW0603 - what one process remembers, for a second
    if _recent is None or time.monotonic() - _recent[0] > 1:
        _recent = time.monotonic(), forecast()
    return _recent[1]


def queue_place(job: Job) -> int | None:
    """How many claims it takes until this job has its turn: 1 is next. None once it is not waiting."""
    standing = forecast_for(job).standing(job)
    return standing.place if standing else None


def _made_and_kept() -> Forecast:
    made = _make()
    if made.waiting > FEW:
        try:
            cache.set("queue:forecast", made, timeout=KEPT_SECONDS)
        except RedisError:
            return made
    return made


def _make() -> Forecast:
    now = timezone.now()
    speeds = _Speeds()
    drawers = [_drawer(worker, now=now) for worker in Worker.objects.alive(now=now).select_related("loaded_model")]
    running = _place_running({drawer.name: drawer for drawer in drawers}, speeds, now=now)
    lines = _lines(now=now)
    waiting = sum(len(line.jobs) for line in lines)
    workers = len(drawers)
    # Without workers the order can still be told.
    order_only = Drawer(name="", device="", models=None, lanes=[now], told=False)
    estimates = simulate(
        lines=lines,
        drawers=drawers or [order_only],
        step_seconds=speeds.seconds,
        slots_for=speeds.slots,
        claims=_claims_so_far(),
        ageing=timedelta(seconds=settings.QUEUE_AGEING_SECONDS),
    )
    return Forecast(waiting=waiting, workers=workers, estimates={**running, **estimates})


def _drawer(worker: Worker, *, now: datetime) -> Drawer:
    models = None
    if worker.declares:
        models = frozenset(DiffusionModel.objects.filter(slug__in=worker.declares).values_list("pk", flat=True))
    return Drawer(name=worker.name, device=worker.device, models=models, lanes=[now], slots=max(1, worker.slots))


def _lines(*, now: datetime) -> list[Line]:
    """Everybody's waiting jobs."""
    jobs: dict[tuple[UUID, int], deque[WaitingJob]] = {}
    for row in Job.objects.waiting().values_list(*_FIELDS, named=True):
        jobs.setdefault((row.person, row.priority), deque()).append(_still_to_draw(row))
    lines = [
        Line(id=turn.pk, priority=turn.priority, served=turn.served, since=turn.since, jobs=mine)
        for turn in Turn.objects.filter(waiting=True)
        if (mine := jobs.pop((turn.person_id, turn.priority), None))
    ]
    # Jobs of people whose turn was not opened yet: beat does that within seconds.
    lines += [
        Line(id=UNTURNED + number, priority=priority, served=0, since=now, jobs=mine)
        for number, ((_, priority), mine) in enumerate(jobs.items())
    ]
    return lines


def _still_to_draw(row: Any) -> WaitingJob:  # noqa: ANN401 - a named tuple of _FIELDS
    pictures = max(1, row.count - row.step // max(1, row.steps))
    return WaitingJob(
        id=row.pk, model=row.model, key=row.sampling_key, width=row.width, height=row.height, pictures=pictures,
        steps=row.steps,
    )  # fmt: skip


def _place_running(drawers: Mapping[str, Drawer], speeds: "_Speeds", *, now: datetime) -> dict[UUID, Estimate]:
    """Fill the workers' slots with what they have in hand; when that ends."""
    found, begun = {}, set[str]()
    rows = Job.objects.running().order_by("claimed_at").values_list(*_FIELDS, "leased_by", "total_steps", named=True)
    for row in rows:
        drawer = drawers.get(row.leased_by)
        if drawer is None:
            continue
        job = _still_to_draw(row)
        seconds = speeds.seconds(drawer, job)
        if drawer.name not in begun:
            # All that it has in hand share one batch.
            begun.add(drawer.name)
            drawer.key, drawer.lanes = row.sampling_key, [now] * speeds.slots(drawer, job)
        if seconds is None:
            drawer.told = False
            continue
        rest = max(1, row.total_steps - row.step)
        rounds = [min(rest - done, row.steps) for done in range(0, rest, row.steps)]
        finish = now
        for steps in rounds:
            lane = min(range(len(drawer.lanes)), key=drawer.lanes.__getitem__)
            drawer.lanes[lane] += timedelta(seconds=seconds * steps)
            finish = max(finish, drawer.lanes[lane])
        found[row.pk] = Estimate(place=0, start_at=None, finish_at=finish)
    return found


class _Speeds:
    """What was measured, by device and model; a size that was never drawn is reckoned from the nearest by pixels."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, UUID], list[StepTime]] = {}
        self._slots: dict[tuple[str, UUID, int, int], int] = {}
        # The newest last: it says how many slots there are now.
        for known in StepTime.objects.order_by("measured_at"):
            self._known.setdefault((known.device, known.model_id), []).append(known)
            self._slots[known.device, known.model_id, known.width, known.height] = known.slots

    def slots(self, drawer: Drawer, job: WaitingJob) -> int:
        """As many as such pictures were drawn with last, or measured to be best with; else as the worker is set."""
        return self._slots.get((drawer.device, job.model, job.width, job.height), drawer.slots)

    def seconds(self, drawer: Drawer, job: WaitingJob) -> float | None:
        """Seconds of one step of all slots together, or None when this model was never drawn on such a device."""
        known = self._known.get((drawer.device, job.model))
        if not known:
            return None
        slots, pixels = self.slots(drawer, job), job.width * job.height

        def distance(kind: StepTime) -> tuple[bool, float, bool]:
            other_size = (kind.width, kind.height) != (job.width, job.height)
            return other_size, abs(math.log(kind.width * kind.height / pixels)), kind.slots != slots

        nearest = min(known, key=distance)
        return nearest.seconds * (pixels / (nearest.width * nearest.height)) * (slots / nearest.slots)


def _claims_so_far() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM generation_claims")
        (number,) = cursor.fetchone()
    return int(number)
