"""Law 1: Postgres is the truth; a Celery message is only a wake-up call.

Real Celery workers, killed and robbed of their messages; each test ends with exactly the pictures asked for.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from accounts.models import Person
from devstack.ports import wait_until
from generation import registry
from generation.models import DiffusionModel, Job
from generation.notices import wake_painters
from generation.queue import recover_lost_jobs
from generation.services import submit_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 3
Worker = subprocess.Popen[bytes]


def environment(**changes: str) -> dict[str, str]:
    """This process's, with the test database in place of the real one."""
    database = connection.settings_dict
    address = f"postgresql://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        **os.environ,
        "DATABASE_URL": address,
        "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "BATCH_SLOTS": "2",
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        **changes,
    }


@pytest.fixture
def alice() -> Person:
    return Person.objects.create_user(username="alice")


@pytest.fixture
def model(settings: Settings) -> DiffusionModel:
    """The tiny pipeline of real diffusers classes."""
    folder = registry.ensure_tiny_model()
    settings.GENERATION_MODELS = [{"slug": "tiny", "source": str(folder), "max_side": 256}]
    return registry.sync_models()[0]


@pytest.fixture
def start_worker() -> Iterator[Callable[..., Worker]]:
    """Starts GPU workers, each with its children in a process group; none is left at the end."""
    workers: list[Worker] = []

    def start(*options: str, queues: str = "generation") -> Worker:
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "colophon",
            "worker",
            "-Q",
            queues,
            "-P",
            "prefork",
            "-c",
            "1",
        ]
        log = (settings.COLOPHON_HOME / f"worker-{len(workers)}.log").open("ab")
        worker = subprocess.Popen(
            [*command, *options], env=environment(), stdout=log, stderr=log, cwd=ROOT, start_new_session=True
        )
        log.close()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        kill(worker)


def kill(worker: Worker) -> None:
    """SIGKILL to the worker and its children: nothing of it can clean up."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def slow_job(person: Person, count: int = 2) -> Job:
    """Takes some seconds, so that there is time to kill its worker."""
    return submit_job(person=person, prompt="a teal sun over navy waves", seed=1, steps=100, count=count)


def wait_for(job: Job, condition: Callable[[Job], bool], *, what: str) -> None:
    def now() -> bool:
        job.refresh_from_db()
        return condition(job)

    wait_until(now, what=what, seconds=120)


def assert_one_set(job: Job) -> None:
    job.refresh_from_db()
    assert (job.status, job.error_detail) == ("succeeded", "")
    works = list(job.works.order_by("index"))
    assert [(work.index, work.seed) for work in works] == [(n, job.seed + n) for n in range(job.count)]


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    alice: Person, model: DiffusionModel, start_worker: Callable[..., Worker]
) -> None:
    job = slow_job(alice, count=6)
    worker = start_worker()
    wait_for(job, lambda job: 2 <= job.works.count() <= 4, what="some pictures are there and others are being drawn")
    kill(worker)
    kept = list(job.works.order_by("index"))
    assert 2 <= len(kept) < 6

    wait_until(lambda: recover_lost_jobs() == 1, what="the lease has run out", seconds=4 * LEASE_SECONDS)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("queued", 1)
    start_worker()
    wait_for(job, lambda job: job.status == "succeeded", what="another worker has finished")
    assert_one_set(job)
    assert list(job.works.order_by("index"))[: len(kept)] == kept
    assert job.attempts == 2


def test_a_killed_painter_process_is_replaced(
    alice: Person, model: DiffusionModel, start_worker: Callable[..., Worker]
) -> None:
    job = slow_job(alice)
    worker = start_worker("-B", "-s", str(settings.COLOPHON_HOME / "beat-a"), queues="generation,chain")
    wait_for(job, lambda job: job.step > 0, what="the job is being drawn")
    painter = int(job.leased_by.rsplit(":", 1)[1])
    assert painter in {child.pid for child in psutil.Process(worker.pid).children()}
    os.kill(painter, signal.SIGKILL)
    # Only the clock recovers it now, and only the worker's own new process draws it.
    wait_for(job, lambda job: job.status == "succeeded", what="the new process has finished")
    assert_one_set(job)
    assert job.attempts == 2


def test_flushing_redis_loses_nothing(
    alice: Person, model: DiffusionModel, start_worker: Callable[..., Worker]
) -> None:
    jobs = [slow_job(alice, count=1) for _ in range(3)]
    server = redis.Redis.from_url(settings.REDIS_URL)
    server.flushall()
    start_worker("-B", "-s", str(settings.COLOPHON_HOME / "beat-b"), queues="generation,chain")
    wait_for(jobs[0], lambda job: job.step > 0, what="the first job is being drawn")
    server.flushall()
    wait_for(jobs[2], lambda job: job.status == "succeeded", what="all jobs are done")
    # The worker is idle and its queue was wiped: the next submission must still reach it.
    server.flushall()
    late = slow_job(alice, count=1)
    wait_for(late, lambda job: job.status == "succeeded", what="a job submitted after the flush is done")
    for job in [*jobs, late]:
        assert_one_set(job)


def test_a_job_submitted_while_redis_is_away_is_drawn_later(
    alice: Person, model: DiffusionModel, start_worker: Callable[..., Worker]
) -> None:
    program = (
        "import time, django; django.setup();"
        "from accounts.models import Person; from generation.services import submit_job;"
        "person = Person.objects.get(); started = time.monotonic();"
        "submit_job(person=person, prompt='a teal sun', seed=1);"
        "print(time.monotonic() - started)"
    )
    nobody_listens = environment(REDIS_URL="redis://127.0.0.1:1/0")
    nobody_listens["DJANGO_SETTINGS_MODULE"] = "colophon.settings"
    result = subprocess.run(
        [sys.executable, "-c", program], env=nobody_listens, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "no worker was woken" in result.stderr
    assert float(result.stdout) < 3, "whoever submits must not wait for Redis"
    job = Job.objects.get()
    assert job.status == "queued"
    start_worker("-B", "-s", str(settings.COLOPHON_HOME / "beat-c"), queues="generation,chain")
    wait_for(job, lambda job: job.status == "succeeded", what="the clock has woken a worker")
    assert_one_set(job)


@pytest.mark.parametrize("tell", [os.kill, os.killpg], ids=["the worker", "its whole process group"])
def test_a_worker_told_to_stop_gives_its_job_back_at_once(
    alice: Person,
    model: DiffusionModel,
    start_worker: Callable[..., Worker],
    tell: Callable[[int, signal.Signals], None],
) -> None:
    job = slow_job(alice, count=8)
    worker = start_worker()
    wait_for(job, lambda job: job.step > 0, what="the job is being drawn")
    tell(worker.pid, signal.SIGTERM)
    worker.wait(20)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.lease_token) == ("queued", 0, None)


def test_a_painter_process_told_to_stop_is_replaced(
    alice: Person, model: DiffusionModel, start_worker: Callable[..., Worker]
) -> None:
    job = slow_job(alice)
    start_worker("-B", "-s", str(settings.COLOPHON_HOME / "beat-d"), queues="generation,chain")
    wait_for(job, lambda job: job.step > 0, what="the job is being drawn")
    os.kill(int(job.leased_by.rsplit(":", 1)[1]), signal.SIGTERM)
    wait_for(job, lambda job: job.status == "succeeded", what="the new process has finished")
    assert_one_set(job)
    assert job.attempts == 1


def test_a_message_delivered_twice_draws_once(
    alice: Person, model: DiffusionModel, start_worker: Callable[..., Worker]
) -> None:
    job = slow_job(alice, count=1)
    for _ in range(5):
        wake_painters()
    start_worker()
    start_worker()
    wait_for(job, lambda job: job.status == "succeeded", what="the job is done")
    later = slow_job(alice, count=1)
    wait_for(later, lambda job: job.status == "succeeded", what="the next job is done")
    assert_one_set(job)
    assert (job.attempts, later.attempts) == (1, 1)
