"""A process of its own publishes what a worker draws; it may die at any time, and so may the worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings as configured
from django.db import connection
from pytest_django import Settings

from accounts.models import Person
from devstack.ports import wait_until
from generation.errors import StorageFull
from generation.models import DiffusionModel, Job, Work
from generation.publishing import publisher
from generation.publishing.pictures import publish_picture
from generation.publishing.publisher import Publisher, PublisherLostError
from generation.queue import LeaseLostError
from generation.services import submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture(autouse=True)
def _in_a_process(settings: Settings) -> None:
    settings.PUBLISHER = "process"
    settings.BATCH_SLOTS = 2


@pytest.fixture(scope="module", autouse=True)
def _ended() -> Iterator[None]:
    yield
    publisher.publisher.stop()


@pytest.fixture
def own() -> Iterator[Publisher]:
    """A publisher of the test's own."""
    one = Publisher()
    yield one
    one.stop()


def run(stopping: Callable[[], bool] = lambda: False) -> int:
    return run_waiting_jobs(worker="w", stopping=stopping)


def die_once(marker: str) -> None:
    """An order that ends its process, the first time."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(kind: str) -> None:
    """An order that fails."""
    raise {"lease": LeaseLostError(), "room": StorageFull("no room"), "odd": OddError(1, name="x")}[kind]


class OddError(Exception):
    """One that cannot be sent."""

    def __init__(self, number: int, *, name: str) -> None:
        super().__init__(f"{name} {number}")


def note_modules(path: str) -> None:
    """Write which of these the process has loaded, and how nice it is."""
    loaded = sorted({"torch", "diffusers"} & set(sys.modules))
    Path(path).write_text(f"{loaded} {os.nice(0) - int(Path(path).read_text())}")


def test_a_job_is_published_by_another_process(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", seed=7, count=3)
    run()
    job.refresh_from_db()
    assert (job.status, job.error_detail, job.step, job.lease_token) == ("succeeded", "", 9, None)
    works = list(job.works.order_by("index"))
    assert [work.seed for work in works] == [7, 8, 9]
    assert read_bytes(works[0].file).startswith(b"\x89PNG")
    assert publisher.publisher.pid not in {None, os.getpid()}


def test_it_loads_no_torch_and_gives_way_to_the_drawing(own: Publisher, tmp_path: Path) -> None:
    found = tmp_path / "found"
    found.write_text(str(os.nice(0)))
    own.do(note_modules, str(found))
    assert found.read_text() == f"[] {configured.PUBLISHER_NICENESS}"


def test_an_order_is_given_again_when_the_process_dies(own: Publisher, tmp_path: Path) -> None:
    own.start()
    first = own.pid
    own.do(die_once, str(tmp_path / "marker"))
    assert own.pid not in {None, first}


def test_what_kills_every_publisher_is_given_up(own: Publisher) -> None:
    with pytest.raises(PublisherLostError, match="carried out die"):
        own.do(die)


@pytest.mark.parametrize(
    ("kind", "expected"), [("lease", LeaseLostError), ("room", StorageFull), ("odd", RuntimeError)]
)
def test_errors_come_back(own: Publisher, kind: str, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught:
        own.do(refuse, kind)
    assert getattr(caught.value, "code", None) == ("storage_full" if kind == "room" else None)
    own.do(len, "it goes on")


def test_a_publisher_that_is_killed_loses_no_picture_and_makes_none_twice(
    alice: Person, model: DiffusionModel
) -> None:
    job = submit_job(person=alice, prompt="a sun", seed=7, count=6)
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        # One after the first picture, one after the third: whatever kills three in a row is given up, as it should.
        try:
            while len(killed) < 2 and not over.wait(0.002):
                pid = publisher.publisher.pid
                if pid is not None and pid not in killed and Work.objects.count() >= 1 + 2 * len(killed):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
        finally:
            connection.close()

    killer = threading.Thread(target=kill)
    killer.start()
    run()
    over.set()
    killer.join()
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("succeeded", 1)
    assert sorted(job.works.values_list("index", flat=True)) == [0, 1, 2, 3, 4, 5]
    assert killed


def test_a_picture_whose_publisher_died_after_it_was_published_is_not_published_again(
    alice: Person, model: DiffusionModel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLISHER = "thread"
    job = submit_job(person=alice, prompt="a sun", count=2)

    def twice(**given: object) -> None:
        first = publish_picture(**given)  # type: ignore[arg-type]
        assert publish_picture(**given) == first  # type: ignore[arg-type]

    monkeypatch.setattr("generation.worker.sharing.publish_picture", twice)
    run()
    job.refresh_from_db()
    assert (job.status, job.works.count()) == ("succeeded", 2)


WORKER = """
import django; django.setup()
from django.db import connection
import sys; connection.settings_dict["NAME"] = sys.argv[1]
from generation.publishing.publisher import publisher
publisher.start(); print(publisher.pid, flush=True)
import time; time.sleep(600)
"""


def test_it_ends_with_its_worker() -> None:
    database = str(configured.DATABASES["default"]["NAME"])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, database], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    child = psutil.Process(int(worker.stdout.readline()))
    worker.kill()
    worker.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="it ends")


def test_the_drawing_waits_when_too_much_is_to_be_written(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from generation.worker.scribe import Scribe

    settings.PUBLISHER = "thread"
    monkeypatch.setattr("generation.worker.scribe.BACKLOG", 3)
    with Scribe() as scribe:
        began = time.monotonic()
        for _ in range(5):
            scribe.write(time.sleep, 0.2)
        assert time.monotonic() - began > 0.3


def test_a_job_that_ends_while_it_is_in_print_is_reported(
    alice: Person, model: DiffusionModel, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PUBLISHER = "thread"

    def full(**_: object) -> None:
        raise StorageFull("There is no room left.")

    monkeypatch.setattr("generation.worker.sharing.publish_picture", full)
    jobs = [submit_job(person=alice, prompt="a sun") for _ in range(2)]
    run()
    states = Job.objects.filter(pk__in=[job.pk for job in jobs]).values_list("status", "error_code")
    assert list(states) == [("failed", "storage_full")] * 2
