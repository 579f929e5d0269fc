"""Celery's side of generation: thin shells. Messages carry nothing; jobs are claimed from Postgres (law 1)."""

import mmap
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from celery import shared_task
from celery.signals import worker_process_shutdown, worker_ready, worker_shutting_down
from django.db import DatabaseError, InterfaceError, close_old_connections

from generation import comparing, deadlines, queue, worker
from generation.ipfs import pinning
from generation.notices import RUN_WAITING_JOBS, wake_painters
from generation.publishing import timestamping
from generation.publishing.publisher import publisher
from generation.queue import workers
from generation.reruns import latents

# One byte shared by the worker's main process and its forked child: 1 once the worker was asked to stop. A warm
# shutdown tells only the main process, and would wait until the queue is empty.
_stopping = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def _tell_the_child(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    _stopping[0] = 1


@worker_ready.connect
def _look_for_work(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    """A worker that just started need not wait for the clock."""
    wake_painters()


@worker_process_shutdown.connect
def _say_goodbye(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    """Nobody should count on this process any more. When the database is away, its row grows old instead."""
    publisher.stop()
    close_old_connections()
    with suppress(DatabaseError, InterfaceError):
        workers.say_goodbye(name=_name())


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@shared_task(name=RUN_WAITING_JOBS)
def run_waiting_jobs() -> int:
    """Draw until nothing waits. Delivered twice, the second finds nothing to claim."""
    close_old_connections()
    with _gentle_stop() as stopping:
        name = _name()
        workers.keep_saying_so(name=name)
        taken = worker.run_waiting_jobs(worker=name, stopping=stopping)
        if not stopping():
            worker.warm_up()
        return taken


@shared_task(name="generation.recover_lost_jobs")
def recover_lost_jobs() -> int:
    """Take back the jobs of dead workers."""
    return queue.recover_lost_jobs()


@shared_task(name=comparing.COMPARE_WORKS)
def compare_works() -> int:
    """Compare new works with those before them."""
    return comparing.compare_waiting_works()


@shared_task(name="generation.pin_files")
def pin_files() -> int:
    """Give the IPFS node what is due."""
    return pinning.pin_waiting_files()


@shared_task(name="generation.ask_for_stamps")
def ask_for_stamps() -> int:
    """Ask for the time-stamps that are due."""
    return timestamping.ask_for_stamps()


@shared_task(name="generation.cancel_overdue_jobs")
def cancel_overdue_jobs() -> int:
    """Cancel the waiting jobs whose deadline has passed."""
    return deadlines.cancel_overdue_jobs()


@shared_task(name="generation.drop_old_latents")
def drop_old_latents() -> int:
    """Remove the latents of works that are kept no longer."""
    return latents.drop_old_latents()


@contextmanager
def _gentle_stop() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether to stop. SIGTERM to this process ends it after the block, not in it.

    So the job in hand is given back, not lost. Sent to this child alone, it is no shutdown of the worker, which then
    forks another child.
    """
    told = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield lambda: told or bool(_stopping[0])
    finally:
        signal.signal(signal.SIGTERM, before)
    if told:
        os.kill(os.getpid(), signal.SIGTERM)
