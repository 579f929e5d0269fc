"""The claims to come, played through in memory by the same rules as `generation.queue.claiming`. Pure: no database.

What it leaves out, and by which it errs: jobs that come later, jobs that end early (canceled, failed), the time a
worker takes to load another model, and that a warm worker may pass somebody.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

AGED_CLAIM = 4
"""every so many claims one goes to whoever has waited longest"""


@dataclass(frozen=True, kw_only=True)
class WaitingJob:
    """What order and times depend on. `pictures` are those still to be made, of `steps` each."""

    id: UUID
    model: UUID
    key: str
    width: int
    height: int
    pictures: int
    steps: int


@dataclass(kw_only=True)
class Line:
    """A person's waiting jobs of one class, oldest first, and where that person stands."""

    id: int
    priority: int
    served: int
    since: datetime
    jobs: deque[WaitingJob]


@dataclass(kw_only=True)
class Drawer:
    """A worker: when each of its slots is free, and what it draws. `models` None: all.

    How many slots there are depends on what it draws; `slots` is what it is set to where nothing else is known.
    """

    name: str
    device: str
    models: frozenset[UUID] | None
    lanes: list[datetime]
    slots: int = 1
    key: str = ""
    told: bool = True
    """whether the times are known: false once it has something in hand that was never measured"""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """When a job's turn comes: 1 is next, with the times if they can be told, else None."""

    place: int
    start_at: datetime | None = None
    finish_at: datetime | None = None


StepSeconds = Callable[[Drawer, WaitingJob], float | None]
"""seconds of one step of all slots of a worker together; None when it was never measured"""
SlotsFor = Callable[[Drawer, WaitingJob], int]
"""how many pictures of this kind a worker draws at once"""


@dataclass(kw_only=True)
class _Turns:
    """The lines in the order of turns; entries of lines that moved meanwhile are dropped when they come up."""

    by_class: list[tuple[int, int, datetime, int]] = field(default_factory=list)
    by_age: list[tuple[datetime, int]] = field(default_factory=list)

    def put(self, line: Line) -> None:
        heapq.heappush(self.by_class, (line.priority, line.served, line.since, line.id))
        heapq.heappush(self.by_age, (line.since, line.id))


def simulate(
    *,
    lines: Iterable[Line],
    drawers: Sequence[Drawer],
    step_seconds: StepSeconds,
    slots_for: SlotsFor,
    claims: int,
    ageing: timedelta,
) -> Mapping[UUID, Estimate]:
    """Estimates of all jobs that these workers will draw. `claims`: how many were made so far.

    Changes the lines and drawers that it is given.
    """
    waiting = {line.id: line for line in lines if line.jobs}
    turns, estimates = _Turns(), dict[UUID, Estimate]()
    for line in waiting.values():
        turns.put(line)
    free = [(min(drawer.lanes), number) for number, drawer in enumerate(drawers)]
    heapq.heapify(free)
    while free and waiting:
        at, number = heapq.heappop(free)
        drawer = drawers[number]
        claims += 1
        aged_before = at - ageing if claims % AGED_CLAIM == 0 else None
        found = _next(turns, waiting, models=drawer.models, aged_before=aged_before)
        if found is None:
            # Nothing that waits is for this worker, and nothing more will come.
            continue
        line, job = found
        start, finish = _draw(drawer, job, at=at, seconds=step_seconds(drawer, job), slots=slots_for(drawer, job))
        told = drawer.told
        estimates[job.id] = Estimate(
            place=len(estimates) + 1, start_at=start if told else None, finish_at=finish if told else None
        )
        # A microsecond each: of two that are served at one moment, the first is the one that waits longer afterwards.
        _serve(turns, waiting, line, job, at=start + timedelta(microseconds=len(estimates)))
        heapq.heappush(free, (min(drawer.lanes), number))
    return estimates


def _draw(
    drawer: Drawer, job: WaitingJob, *, at: datetime, seconds: float | None, slots: int
) -> tuple[datetime, datetime]:
    """Fill the worker's slots with the job's pictures; when the first begins and the last ends."""
    if seconds is None:
        drawer.told = False
    took = timedelta(seconds=(seconds or 0.0) * job.steps)
    # Only jobs of one key share a batch; another key waits until all slots are free.
    shares = bool(job.key) and job.key == drawer.key
    drawer.key = job.key
    start = at if shares else max(drawer.lanes)
    if not shares:
        drawer.lanes = [start] * slots
    finish = start
    for _ in range(job.pictures):
        lane = min(range(len(drawer.lanes)), key=drawer.lanes.__getitem__)
        drawer.lanes[lane] = max(drawer.lanes[lane], start) + took
        finish = max(finish, drawer.lanes[lane])
    return start, finish


def _serve(turns: _Turns, waiting: dict[int, Line], line: Line, job: WaitingJob, *, at: datetime) -> None:
    line.jobs.remove(job)
    line.served += job.pictures * job.steps
    line.since = max(line.since, at)
    if line.jobs:
        turns.put(line)
    else:
        del waiting[line.id]


def _next(
    turns: _Turns, waiting: Mapping[int, Line], *, models: frozenset[UUID] | None, aged_before: datetime | None
) -> tuple[Line, WaitingJob] | None:
    """The line that is due among those with a job of these models, and its oldest such job."""
    if aged_before is not None:
        found = _first(turns.by_age, waiting, models=models, is_current=lambda entry, line: entry[0] == line.since)
        if found is not None and found[0].since < aged_before:
            return found
    return _first(
        turns.by_class,
        waiting,
        models=models,
        is_current=lambda entry, line: entry[:3] == (line.priority, line.served, line.since),
    )


def _first(
    heap: list[tuple[object, ...]] | list[tuple[datetime, int]] | list[tuple[int, int, datetime, int]],
    waiting: Mapping[int, Line],
    *,
    models: frozenset[UUID] | None,
    is_current: Callable[[tuple[object, ...], Line], bool],
) -> tuple[Line, WaitingJob] | None:
    """The first line of a heap that still stands there and suits. The entry stays: serving the line outdates it."""
    entries: list[tuple[object, ...]] = heap  # type: ignore[assignment] # one code for both heaps
    passed: list[tuple[object, ...]] = []
    found = None
    while entries and found is None:
        line = waiting.get(entries[0][-1])  # type: ignore[call-overload] # the last part is the line's id
        if line is None or not is_current(entries[0], line):
            heapq.heappop(entries)
            continue
        job = next((job for job in line.jobs if models is None or job.model in models), None)
        if job is None:
            passed.append(heapq.heappop(entries))
        else:
            found = line, job
    for entry in passed:
        heapq.heappush(entries, entry)
    return found
