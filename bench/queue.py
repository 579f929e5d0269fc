"""`python -m bench.queue`: what a claim costs and how fair it is, against a first-come queue. Part of `make bench`.

A database of its own, as `make up` starts it. 10,000 jobs wait, of 200 people of whom a few have most: the n-th has a
share of 1/n. Jobs have 1 to 4 pictures of 10 to 40 steps. Jain's index of what each was given, in picture-steps, is 1
when all got the same and 1/200 when one got everything; it is taken while everybody still waits.
"""

import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from devstack import postgres, redis_server
from devstack.ports import free_port, wait_until

JOBS, PEOPLE = 10_000, 200
CLAIMS = 1_000
"""of each kind of queue; nobody has fewer jobs than this gives each"""
SIZES = (10, 1_000, JOBS)
PROBES = 150
WORKERS = 4


def main() -> None:
    """Print what a claim takes with few and many jobs waiting, then both kinds of queue side by side."""
    with tempfile.TemporaryDirectory(prefix="colophon-queue-") as folder, services(Path(folder)):
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for jobs in SIZES:
            _seed(jobs)
            cpu = time.process_time()
            times = [_timed(_claim_and_refill) for _ in range(PROBES)]
            cpu = (time.process_time() - cpu) / PROBES * 1000
            print(
                f"claim          p50 {statistics.median(times):.1f} ms, p99 {_slowest(times):.1f} ms with {jobs:,} "
                f"jobs waiting; {cpu:.1f} ms of processor time in the worker, putting the job back included",
                flush=True,
            )
        _seed(JOBS)
        _execute("CREATE INDEX first_come ON generation_job (queued_at, id) WHERE status = 'queued'")
        _report("first come", [_timed(_first_come) for _ in range(CLAIMS)])
        _execute("DROP INDEX first_come")
        _seed(JOBS)
        _report("fair", [_timed(_fair) for _ in range(CLAIMS)])
        _seed(JOBS)
        _report(f"{WORKERS} at once", _by_several_workers())


def _report(name: str, times: list[float]) -> None:
    index, without = _fairness()
    print(
        f"queue, {name:10} Jain {index:.3f}, {without} of {PEOPLE} people got nothing; p50 "
        f"{statistics.median(times):.1f} ms, p99 {_slowest(times):.1f} ms of {CLAIMS:,} claims",
        flush=True,
    )


def _slowest(times: list[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


@contextmanager
def services(folder: Path) -> Iterator[None]:
    """PostgreSQL and Redis of this run's own, named in the environment."""
    database, broker = free_port(), free_port()
    postgres.prepare(folder / "postgres")
    processes = [
        subprocess.Popen(
            postgres.command(folder / "postgres", port=database),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=postgres.runs_as(),
        ),
        subprocess.Popen(redis_server.command(folder, port=broker), stdout=subprocess.DEVNULL),
    ]  # fmt: skip
    try:
        wait_until(lambda: postgres.answers(port=database), what="PostgreSQL answers")
        wait_until(lambda: redis_server.answers(port=broker), what="Redis answers")
        os.environ |= {
            "DATABASE_URL": postgres.url(port=database, database="postgres"),
            "REDIS_URL": redis_server.url(port=broker),
            "COLOPHON_HOME": str(folder / "home"),
            "DJANGO_SETTINGS_MODULE": "colophon.settings",
        }
        yield
    finally:
        # SIGINT: PostgreSQL would wait for our own connection to end otherwise.
        for process in processes:
            process.send_signal(signal.SIGINT)
            process.wait()


def _seed(jobs: int) -> None:
    """So many waiting jobs, in the order they came, and nothing else; the same ones in each run."""
    from django.utils import timezone

    from accounts.models import Person
    from generation.models import DiffusionModel, Job
    from generation.queue.turns import mend_turns

    _execute("TRUNCATE accounts_person, generation_diffusionmodel CASCADE")
    people = Person.objects.bulk_create([Person(username=f"p{number}") for number in range(PEOPLE)])
    model = DiffusionModel.objects.create(slug="bench", name="Bench", source="bench")
    draw, now = random.Random(7), timezone.now()
    rows = []
    for place, person in enumerate(_askers(people, jobs, draw)):
        steps, count = draw.randint(10, 40), draw.randint(1, 4)
        rows.append(
            Job(
                person=person, model=model, prompt="bench", seed=place, steps=steps, guidance_scale=2, width=256,
                height=256, count=count, total_steps=steps * count, sampling_key=f"key {draw.randint(1, 3)}",
                queued_at=now - timedelta(seconds=jobs - place),
            )
        )  # fmt: skip
    Job.objects.bulk_create(rows, batch_size=1_000)
    mend_turns()
    _execute("ANALYZE")


def _askers(people: list[Any], jobs: int, draw: random.Random) -> list[Any]:
    """Who asks, one after the other: everybody for ten, as far as they go, then by shares of 1/n."""
    sure = (people * 10)[: jobs // 2]
    shares = [1 / (place + 1) for place in range(len(people))]
    askers = [*sure, *draw.choices(people, weights=shares, k=jobs - len(sure))]
    draw.shuffle(askers)
    return askers


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    rest = act()
    took = time.perf_counter() - started
    if callable(rest):
        rest()
    return took * 1000


def _fair() -> None:
    from generation.queue import claim_jobs

    (_claim,) = claim_jobs(worker="bench", limit=1)


def _claim_and_refill() -> Callable[[], None]:
    """A claim, and what puts its job back, which is not timed."""
    from generation.queue import claim_jobs, give_back

    (claim,) = claim_jobs(worker="bench", limit=1)
    return lambda: give_back(claim=claim)


def _first_come() -> None:
    """A queue without turns: the oldest row that nobody has locked, written as a claim writes it."""
    from django.db import transaction
    from django.utils import timezone

    from generation.models import Job
    from generation.queue.claiming import lease_one

    with transaction.atomic():
        job = Job.objects.waiting().select_for_update(skip_locked=True)[0]
        lease_one(job, drawn=job.works.count(), worker="bench", now=timezone.now())


def _fairness() -> tuple[float, int]:
    """Jain's index of what each person was given, and how many were given nothing."""
    from generation.models import Job

    given: Counter[Any] = Counter()
    for person, steps, pictures in Job.objects.running().values_list("person_id", "steps", "count"):
        given[person] += steps * pictures
    total = sum(given.values())
    return total**2 / (PEOPLE * sum(share**2 for share in given.values())), PEOPLE - len(given)


def _by_several_workers() -> list[float]:
    """Milliseconds of each claim of several processes that claim at once."""
    from django.db import connections

    connections.close_all()
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        return [took for times in pool.map(_claim_many, [CLAIMS // WORKERS] * WORKERS) for took in times]


def _claim_many(claims: int) -> list[float]:
    return [_timed(_fair) for _ in range(claims)]


def _execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


if __name__ == "__main__":
    main()
