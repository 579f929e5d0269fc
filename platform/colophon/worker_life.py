"""What every Celery worker does beside its tasks: it says that it lives, and its children die with it."""

import ctypes
import logging
import os
import signal
import sys
from datetime import timedelta
from threading import Event, Thread
from typing import Any

from celery.signals import worker_process_init, worker_ready, worker_shutting_down
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from colophon.models import WorkerSeen

logger = logging.getLogger(__name__)
SECONDS = 5.0
FORGET_AFTER = timedelta(days=1)
PR_SET_PDEATHSIG = 1
_stopping = Event()


@worker_ready.connect
def start_saying_so(sender: Any, **_: Any) -> None:  # noqa: ANN401 - Celery's consumer is untyped
    """Begin the thread that keeps this worker's row fresh."""
    queues = [queue.name for queue in sender.task_consumer.queues]
    Thread(target=_keep_saying_so, kwargs={"name": sender.hostname, "queues": queues}, daemon=True).start()


def _keep_saying_so(*, name: str, queues: list[str]) -> None:
    while not _stopping.is_set():
        try:
            say_so(name=name, queue=",".join(sorted(queues)))
        except (DatabaseError, InterfaceError) as error:
            # The row grows old and /readyz says so; the worker goes on, the database may come back.
            logger.warning("cannot write that worker %s lives: %s", name, error)
            connection.close()
        _stopping.wait(SECONDS)


def say_so(*, name: str, queue: str) -> None:
    """Write that a worker lives now, and forget those that were silent for a day."""
    now = timezone.now()
    WorkerSeen.objects.update_or_create(name=name, defaults={"queue": queue, "seen_at": now})
    WorkerSeen.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


@worker_shutting_down.connect
def stop_saying_so(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments are untyped
    """The worker ends: its row may grow old."""
    _stopping.set()


@worker_process_init.connect
def die_with_the_worker(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments are untyped
    """A pool process of a killed worker would paint on without a lease: let the kernel end it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() == 1:
            os._exit(1)
