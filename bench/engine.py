"""`python -m bench.engine`: what the platform costs beside a bare diffusers loop, and what sharing a batch gains.

The starter model, in rounds in which every contender has its turn, so that a busy machine is busy for all of them;
the ratios are of one round each, and their median is told. Part of `make bench`.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.queue import services

ROUNDS = 3
STEPS = 6
BATCH = 2
MIX = (3, 6, 4, 5)
"""steps of the jobs of the mixed arrivals; two wait at first, and one more comes with every second step"""


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
    width, height = model.default_width, model.default_height
    painter = painter_for(model, width=width, height=height, slots=BATCH)
    assert is_safe(painter.loaded, painter.setup, width=width, height=height, guided=True)
    shown = f"{model.slug} {width}x{height} on {painter.reproducibility_class['device']}"
    print(f"engine         {shown}, {painter.setup.threads} threads, batches of {painter.slots}", flush=True)
    contenders: dict[str, Callable[[], object]] = {
        "bare batch": lambda: _bare(painter, slots=BATCH),
        "platform": lambda: _whole_path(person, slots=BATCH, mix=[STEPS] * BATCH),
        "bare one": lambda: _bare_one_by_one(painter),
        "one at a time": lambda: _whole_path(person, slots=1, mix=MIX),
        "shared": lambda: _whole_path(person, slots=BATCH, mix=MIX),
    }
    for run in contenders.values():
        run()
    rounds = [{name: _seconds(run) for name, run in contenders.items()} for _ in range(ROUNDS)]
    _report(
        "whole path",
        rounds,
        "bare batch",
        "platform",
        "of the pictures per second of a bare diffusers loop (at least 0.95)",
    )
    _report(
        "bare batch", rounds, "bare one", "bare batch", f"times one at a time, diffusers alone, batches of {BATCH}"
    )
    _report(
        "mixed arrivals",
        rounds,
        "one at a time",
        "shared",
        "times one at a time (at least 1.3 where bare batches have 1.5)",
    )


def _bare_one_by_one(painter: Any) -> None:  # noqa: ANN401 - a painter, whose module needs Django
    for _ in range(BATCH):
        _bare(painter, slots=1)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _report(name: str, rounds: list[dict[str, float]], base: str, other: str, words: str) -> None:
    ratios = sorted(times[base] / times[other] for times in rounds)
    median = statistics.median(ratios)
    print(f"{name:14} {median:.2f} {words}; {ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} rounds", flush=True)


def _bare(painter: Any, *, slots: int) -> None:  # noqa: ANN401 - a painter, whose module needs Django
    """What anybody would write: one call of the diffusers pipeline for a batch."""
    import torch

    images = painter.loaded.pipeline(
        prompt=["a teal sun over navy waves"] * slots,
        num_inference_steps=STEPS,
        guidance_scale=2.0,
        width=256,
        height=256,
        generator=[torch.Generator("cpu").manual_seed(seed) for seed in range(slots)],
    ).images
    assert len(images) == slots


def _whole_path(person: Any, *, slots: int, mix: Any) -> None:  # noqa: ANN401 - a person, and numbers of steps
    """From rows in the queue to works in the storage: claim, draw, hash, sign, embed, store."""
    from django.conf import settings

    from generation.models import Job
    from generation.services import submit_job
    from generation.worker import run_waiting_jobs

    settings.BATCH_SLOTS, settings.JOBS_IN_FLIGHT_PER_PERSON = slots, 100
    coming = list(mix)

    def arrive() -> None:
        submit_job(person=person, prompt="a teal sun over navy waves", steps=coming.pop(0), width=256, height=256)

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
