"""`python -m bench.rerun`: what an audit and a re-run cost beside making the picture. Part of `make bench`.

`python -m bench.rerun classes` measures how far honest classes and dishonest pictures are apart (minutes): the tables
of docs/REPRODUCE.md, from which the thresholds of generation.reruns.judging were taken.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.queue import services

ROUNDS = 4


def main() -> None:
    """Print the costs, or with `classes` the tables."""
    if sys.argv[1:] == ["classes"]:
        from bench.rerun_classes import main as measure_classes

        measure_classes()
        return
    with tempfile.TemporaryDirectory(prefix="colophon-rerun-") as folder, services(Path(folder)):
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _measure()


def _measure() -> None:
    from accounts.models import Person
    from generation.models import Rerun, Trajectory, Work
    from generation.registry import sync_models
    from generation.reruns.asking import ask_for_rerun
    from generation.services import submit_job

    model, person = sync_models()[0], Person.objects.create_user(username="bench")
    _seconds(lambda: submit_job(person=person, prompt="a teal sun over navy waves"))  # loads the model
    times: dict[str, list[float]] = {"drawn": [], "audit": [], "reproduce": []}
    for _ in range(ROUNDS):
        times["drawn"].append(_seconds(lambda: submit_job(person=person, prompt="a teal sun over navy waves")))
        work = Work.objects.latest("created_at")
        for kind in (Rerun.Kind.AUDIT, Rerun.Kind.REPRODUCE):
            times[kind].append(_seconds(lambda: ask_for_rerun(person=person, work=work, kind=kind)))  # noqa: B023 - called at once
    drawn = statistics.median(times["drawn"])
    shape = f"{model.slug} {model.default_width}x{model.default_height}, {model.default_steps} steps"
    print(f"rerun          {shape}: {drawn:.2f} s to make a picture, from the queue to the work")
    for name, most in (("audit", "one step of it; at most 0.25"), ("reproduce", "all of it")):
        shares = sorted(taken / made for taken, made in zip(times[name], times["drawn"], strict=True))
        print(
            f"  {name:16} {statistics.median(shares):.2f} of that ({most}), {shares[0]:.2f} to {shares[-1]:.2f} "
            f"in {ROUNDS} rounds"
        )
    _report_commitment(Trajectory.objects.latest("created_at"))


def _report_commitment(trajectory: Any) -> None:  # noqa: ANN401 - a row, whose module needs Django
    from generation.reruns.committing import commit_to
    from generation.reruns.latents import kept_latents, packed

    latents, work = kept_latents(trajectory) or [], trajectory.work
    raw = sum(map(len, latents))
    commit = _thread_milliseconds(
        lambda: commit_to(latents, attestation=work.attestation, render_hash=bytes(work.render_hash))
    )
    pack = _thread_milliseconds(lambda: packed(latents))
    print(
        f"  committing       {commit:.1f} ms to hash and sign {len(latents)} leaves, {pack:.1f} ms to pack "
        f"{raw // 1024} kB of latents into {trajectory.size // 1024} ({trajectory.size / raw:.2f})"
    )


def _seconds(ask: Callable[[], object]) -> float:
    """From the moment it is asked for until the worker has nothing left to do."""
    from generation.worker import run_waiting_jobs

    began = time.perf_counter()
    ask()
    assert run_waiting_jobs(worker="bench", stopping=lambda: False) == 1
    return time.perf_counter() - began


def _thread_milliseconds(act: Callable[[], object], times: int = 20) -> float:
    taken = []
    for _ in range(times):
        # This thread's own time: other work on the machine must not count.
        started = time.thread_time()
        act()
        taken.append((time.thread_time() - started) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
