"""`python -m bench.engine`: what the platform costs beside a bare diffusers loop, and what sharing a batch gains.

The starter model with its own settings, in rounds in which every contender has its turn, each second round in the
opposite order, so that a busy machine is busy for all of them. Ratios are of one round each, and their median is
told: of the time on the wall, and of the processor time that the drawing process took, which others cannot stretch.
The bare loop runs in a process of its own, in which nothing is set as Colophon sets it. Once with the torch threads
that a worker has by default, once with as many as there are cores. Part of `make bench`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.bare import Bare
from bench.queue import services

ROUNDS = int(os.environ.get("ROUNDS") or 5)
BATCH = 2
PICTURES = int(os.environ.get("PICTURES") or 24)
"""of the bare loop and of the whole path: jobs of one picture each that wait when the worker is woken; of a few only,
the time in which nothing is drawn any more while the last one is published is a tenth"""
PROMPT = "a teal sun over navy waves"
MIX = (3, 6, 4, 5)
"""steps of the jobs of the mixed arrivals; two wait at first, and one more comes with every second step"""


@dataclass(frozen=True, kw_only=True)
class Took:
    """Seconds that one contender took in one round: on the wall, and of processors."""

    wall: float
    drawing: float
    publisher: float
    services: float


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What is timed, and what is done before."""

    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


Round = dict[str, Took]


def main() -> None:
    """Print the figures for each number of threads, from a process of its own."""
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory(prefix="colophon-engine-") as folder, services(Path(folder)):
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            _measure()
        return
    asked = os.environ.get("TORCH_THREADS")
    for threads in [asked] if asked else ["0", str(os.cpu_count() or 1)]:
        environment = {**os.environ, "TORCH_THREADS": threads}
        subprocess.run([sys.executable, "-m", "bench.engine", "here"], env=environment, check=True)


def _measure() -> None:
    from django.conf import settings

    from accounts.models import Person
    from generation.engine.painter import is_safe, painter_for
    from generation.registry import sync_models

    model, person = sync_models()[0], Person.objects.create_user(username="bench")
    width, height, steps = model.default_width, model.default_height, model.default_steps
    painter = painter_for(model, width=width, height=height, slots=BATCH)
    assert is_safe(painter.loaded, painter.setup, width=width, height=height, guided=True)
    settings.JOBS_IN_FLIGHT_PER_PERSON = 0
    shown = f"{model.slug} {width}x{height}, {steps} steps, on {painter.reproducibility_class['device']}"
    print(
        f"engine         {shown}; {os.cpu_count()} cores, {painter.setup.threads} torch threads, batches of "
        f"{painter.slots}, published by a {settings.PUBLISHER} (niceness {settings.PUBLISHER_NICENESS})",
        flush=True,
    )
    contenders = _contenders(painter, model, person)
    for each in contenders.values():
        each.prepare()
        each.run()
    rounds = [_round(contenders, backwards=bool(number % 2)) for number in range(ROUNDS)]
    _report("whole path", rounds, "bare batch", "platform", "of the pictures per second of a bare loop (0.95 asked)")
    _costs(rounds)
    words = "of the pictures per second of a bare loop that has every core for itself"
    _report("", rounds, "bare on every core", "platform", words)
    _report("bare batch", rounds, "bare one", "bare two", f"times one at a time, diffusers alone, {BATCH} a batch")
    words = "times one at a time (1.3 asked where bare batches have 1.5)"
    _report("mixed arrivals", rounds, "one at a time", "shared", words)


def _contenders(painter: Any, model: Any, person: Any) -> dict[str, Contender]:  # noqa: ANN401 - their modules need Django
    def waiting() -> None:
        _submit(person, [model.default_steps] * PICTURES)

    bare = Bare(model.source, threads=painter.setup.threads)
    every_core = Bare(model.source, threads=os.cpu_count() or 1)
    return {
        "bare batch": Contender(run=lambda: _bare(bare, model, slots=BATCH, times=PICTURES // BATCH)),
        "platform": Contender(run=lambda: _drawn(slots=BATCH, pictures=PICTURES), prepare=waiting),
        "bare on every core": Contender(run=lambda: _bare(every_core, model, slots=BATCH, times=PICTURES // BATCH)),
        "bare one": Contender(run=lambda: _bare(bare, model, slots=1, times=BATCH)),
        "bare two": Contender(run=lambda: _bare(bare, model, slots=BATCH, times=1)),
        "one at a time": Contender(run=lambda: _mixed(person, slots=1)),
        "shared": Contender(run=lambda: _mixed(person, slots=BATCH)),
    }


def _round(contenders: dict[str, Contender], *, backwards: bool) -> Round:
    turns = list(contenders.items())
    return {name: _took(each) for name, each in (reversed(turns) if backwards else turns)}


def _took(contender: Contender) -> Took:
    contender.prepare()
    before, wall = _processors(), time.perf_counter()
    contender.run()
    wall = time.perf_counter() - wall
    drawing, publisher, beside = (after - earlier for after, earlier in zip(_processors(), before, strict=True))
    return Took(wall=wall, drawing=drawing, publisher=publisher, services=beside)


def _processors() -> tuple[float, float, float]:
    """Processor seconds so far: of what draws (this process, the bare ones), the publisher, PostgreSQL with Redis."""
    from generation.publishing.publisher import publisher

    taken: dict[int, float] = {}
    drawing = time.process_time()
    for process in psutil.Process().children(recursive=True):
        try:
            times, is_bare = process.cpu_times(), "bench.bare" in process.cmdline()
        except psutil.Error:
            continue
        taken[process.pid] = times.user + times.system
        if is_bare:
            drawing += taken.pop(process.pid)
    own = taken.pop(publisher.pid or 0, 0.0)
    return drawing, own, sum(taken.values())


def _report(name: str, rounds: list[Round], base: str, other: str, words: str) -> None:
    walls = sorted(took[base].wall / took[other].wall for took in rounds)
    cpus = sorted(took[base].drawing / took[other].drawing for took in rounds)
    print(
        f"{name:14} {statistics.median(walls):.3f} {words}; {walls[0]:.3f} to {walls[-1]:.3f}, {len(rounds)} rounds; "
        f"by the drawing process's processor time {statistics.median(cpus):.3f} ({cpus[0]:.3f} to {cpus[-1]:.3f})",
        flush=True,
    )


def _costs(rounds: list[Round]) -> None:
    def each(name: str, what: str) -> float:
        took = [float(getattr(each_round[name], what)) for each_round in rounds]
        return statistics.median(took) / PICTURES * 1000

    bare, whole = each("bare batch", "drawing"), each("platform", "drawing")
    walls = f"{each('bare batch', 'wall'):.0f} ms on the wall bare, {each('platform', 'wall'):.0f} ms the whole path"
    beside = f"{each('platform', 'publisher'):.1f} ms in the publisher, {each('platform', 'services'):.1f} ms in"
    print(
        f"  per picture    {walls}, {PICTURES} pictures in a row\n"
        f"  processor time {bare:.0f} ms bare, {whole:.0f} ms in the drawing process ({whole - bare:+.1f}), "
        f"beside it {beside} PostgreSQL and Redis",
        flush=True,
    )


def _bare(bare: Bare, model: Any, *, slots: int, times: int) -> None:  # noqa: ANN401 - a row, whose module needs Django
    words = [[f"{PROMPT} {number * slots + place}" for place in range(slots)] for number in range(times)]
    settings = {
        "num_inference_steps": model.default_steps,
        "guidance_scale": float(model.default_guidance_scale),
        "width": model.default_width,
        "height": model.default_height,
    }
    bare.draw(prompts=words, settings=settings)


def _submit(person: Any, steps: Any) -> None:  # noqa: ANN401 - a person, and numbers of steps
    from generation.services import submit_job

    for number, each in enumerate(steps):
        # Words of their own, as the bare loop's: what is remembered of the same words must not count.
        submit_job(person=person, prompt=f"{PROMPT} {number}", steps=each)


def _drawn(*, slots: int, pictures: int, stopping: Callable[[], bool] = lambda: False) -> None:
    """From rows in the queue to works in the storage: claim, draw, hash, sign, embed, store."""
    from django.conf import settings

    from generation.models import Job
    from generation.worker import run_waiting_jobs

    settings.BATCH_SLOTS = slots
    before = Job.objects.filter(status="succeeded").count()
    run_waiting_jobs(worker="bench", stopping=stopping)
    assert Job.objects.filter(status="succeeded").count() == before + pictures


def _mixed(person: Any, *, slots: int) -> None:  # noqa: ANN401 - their modules need Django
    """Jobs of different lengths that come one after the other; each is submitted within the time that is taken."""
    coming, asked = list(MIX), iter(range(1_000_000))
    _submit(person, [coming.pop(0) for _ in range(BATCH)])

    def stopping() -> bool:
        # Asked before each step.
        if coming and next(asked) % 2:
            _submit(person, [coming.pop(0)])
        return False

    _drawn(slots=slots, pictures=len(MIX), stopping=stopping)


if __name__ == "__main__":
    main()
