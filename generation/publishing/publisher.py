"""The worker's publisher: a process of its own, so that drawing never waits for PNG, marks, signatures and storage.

It is started with the worker and ends with it, whatever ends it: its pipe is closed then. It is given one order at a
time and never loses one: when it dies, another is started and given the same order again.
"""

import logging
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import ParamSpec

from django.db import connection

logger = logging.getLogger(__name__)
Given = ParamSpec("Given")

TRIES = 3
"""how often an order is given before it is taken to be what kills publishers"""


class PublisherLostError(Exception):
    """Publishers died of the same order, one after the other, or cannot be started."""


class Publisher:
    """At most one process. Orders are given by one thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._owner = 0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it unless it runs; it takes some seconds to be ready, and takes orders meanwhile."""
        if self._pipe is not None and self._owner == os.getpid():
            return
        # Forked with the pipe of somebody else: that one is not ours to use.
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "generation.publishing.process",
                    str(theirs.fileno()), str(connection.settings_dict["NAME"]),
                ],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._pipe, self._owner = Connection(ours.detach()), os.getpid()

    def do(self, task: Callable[Given, object], /, *args: Given.args, **kwargs: Given.kwargs) -> None:
        """Have a function of a module carried out there; what it raises is raised here.

        It may be carried out twice, when the process dies just after. Raises PublisherLostError.
        """
        order = pickle.dumps((task, args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        for _ in range(TRIES):
            self.start()
            try:
                error = self._ask(order)
            except (EOFError, OSError) as fault:
                logger.warning("the publisher has ended (%r), another one is started", fault)
                self.stop()
                continue
            if error is not None:
                raise error
            return
        raise PublisherLostError(f"{TRIES} publishers ended while they carried out {task.__name__}")

    def stop(self) -> None:
        """End the process. What it is at is not finished: nobody waits for it any more."""
        if self._pipe is not None and self._owner == os.getpid():
            self._pipe.close()
            if self._process is not None:
                self._process.kill()
                self._process.wait()
        self._process = self._pipe = None

    def _ask(self, order: bytes) -> Exception | None:
        assert self._pipe is not None
        self._pipe.send_bytes(order)
        # From a process that we started, over a pipe that nobody else has.
        answer: Exception | None = pickle.loads(self._pipe.recv_bytes())  # noqa: S301
        return answer


publisher = Publisher()
"""this process's own"""
