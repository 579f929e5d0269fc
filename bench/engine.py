"""`python -m bench.engine`: what the platform costs beside a bare diffusers loop, and what sharing a batch gains.

The starter model with its own settings, in rounds in which every contender has its turn, each second round in the
opposite order, so that a busy machine is busy for all of them. Ratios are of one round each, and their median is
told: of the time on the wall, and of the processor time that this process took, which others cannot stretch. Part of
`make bench`.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.queue import services

ROUNDS = 5
BATCH = 2
PROMPT = "a teal sun over navy waves"
MIX = (3, 6, 4, 5)
"""steps of the jobs of the mixed arrivals; two wait at first, and one more comes with every second step"""


@dataclass(frozen=True, kw_only=True)
class Took:
    """Seconds that one contender took in one round."""

    wall: float
    cpu: float


Round = dict[str, Took]


def main() -> None:
    """Print both figures."""
    with tempfile.TemporaryDirectory(prefix="colophon-engine-") as folder, services(Path(folder)):
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _measure()


def _measure() -> None:
    from accounts.models import Person
    from generation.engine.painter import is_safe, painter_for
    from generation.registry import sync_models

    model, person = sync_models()[0], Person.objects.create_user(username="bench")
    width, height, steps = model.default_width, model.default_height, model.default_steps
    painter = painter_for(model, width=width, height=height, slots=BATCH)
    assert is_safe(painter.loaded, painter.setup, width=width, height=height, guided=True)
    shown = f"{model.slug} {width}x{height}, {steps} steps, on {painter.reproducibility_class['device']}"
    print(f"engine         {shown}, {painter.setup.threads} threads, batches of {painter.slots}", flush=True)
    contenders: dict[str, Callable[[], object]] = {
        "bare batch": lambda: _bare(painter, model, slots=BATCH),
        "platform": lambda: _whole_path(person, slots=BATCH, mix=[steps] * BATCH),
        "bare one": lambda: _bare_one_by_one(painter, model),
        "one at a time": lambda: _whole_path(person, slots=1, mix=MIX),
        "shared": lambda: _whole_path(person, slots=BATCH, mix=MIX),
    }
    for run in contenders.values():
        run()
    rounds = [_round(contenders, backwards=bool(number % 2)) for number in range(ROUNDS)]
    _report("whole path", rounds, "bare batch", "platform", "of the pictures per second of a bare loop (0.95 asked)")
    _report("bare batch", rounds, "bare one", "bare batch", f"times one at a time, diffusers alone, {BATCH} a batch")
    words = "times one at a time (1.3 asked where bare batches have 1.5)"
    _report("mixed arrivals", rounds, "one at a time", "shared", words)


def _round(contenders: dict[str, Callable[[], object]], *, backwards: bool) -> Round:
    turns = list(contenders.items())
    return {name: _took(run) for name, run in (reversed(turns) if backwards else turns)}


def _took(run: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Took(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


def _report(name: str, rounds: list[Round], base: str, other: str, words: str) -> None:
    walls = sorted(took[base].wall / took[other].wall for took in rounds)
    cpus = sorted(took[base].cpu / took[other].cpu for took in rounds)
    print(
        f"{name:14} {statistics.median(walls):.2f} {words}; {walls[0]:.2f} to {walls[-1]:.2f}, {len(rounds)} rounds; "
        f"by processor time {statistics.median(cpus):.2f} ({cpus[0]:.2f} to {cpus[-1]:.2f})",
        flush=True,
    )


def _bare(painter: Any, model: Any, *, slots: int) -> None:  # noqa: ANN401 - their modules need Django
    """What anybody would write: one call of the diffusers pipeline for a batch."""
    import torch

    images = painter.loaded.pipeline(
        prompt=[PROMPT] * slots,
        num_inference_steps=model.default_steps,
        guidance_scale=float(model.default_guidance_scale),
        width=model.default_width,
        height=model.default_height,
        generator=[torch.Generator("cpu").manual_seed(seed) for seed in range(slots)],
    ).images
    assert len(images) == slots


def _bare_one_by_one(painter: Any, model: Any) -> None:  # noqa: ANN401 - their modules need Django
    for _ in range(BATCH):
        _bare(painter, model, slots=1)


def _whole_path(person: Any, *, slots: int, mix: Any) -> None:  # noqa: ANN401 - a person, and numbers of steps
    """From rows in the queue to works in the storage: claim, draw, hash, sign, embed, store."""
    from django.conf import settings

    from generation.models import Job
    from generation.services import submit_job
    from generation.worker import run_waiting_jobs

    settings.BATCH_SLOTS, settings.JOBS_IN_FLIGHT_PER_PERSON = slots, 100
    coming = list(mix)

    def arrive() -> None:
        submit_job(person=person, prompt=PROMPT, steps=coming.pop(0))

    for _ in range(BATCH):
        arrive()
    asked = iter(range(1_000_000))

    def stopping() -> bool:
        # Asked before each step.
        if coming and next(asked) % 2:
            arrive()
        return False

    before = Job.objects.filter(status="succeeded").count()
    run_waiting_jobs(worker="bench", stopping=stopping)
    assert Job.objects.filter(status="succeeded").count() == before + len(mix)


if __name__ == "__main__":
    main()
