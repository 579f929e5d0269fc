"""Writing down what is drawn while the drawing goes on."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from typing import ParamSpec, Self

from django.conf import settings

from generation.publishing.publisher import publisher
from generation.queue import Claim, LeaseLostError, record_progress
from generation.worker.beside import OneThread

Given = ParamSpec("Given")

BACKLOG = 16
"""so much may wait to be written; then the drawing waits"""


class Scribe(OneThread):
    """Writes in the order it was told to, so that what watchers see never goes back.

    Hashing, signing and compressing a picture takes as long as a step or more, and needs no accelerator: it is done
    by the publisher's process, or with PUBLISHER=thread by a thread of this one.
    """

    def __init__(self) -> None:
        super().__init__("scribe")
        self._in_process = settings.PUBLISHER == "process"
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        if self._in_process:
            publisher.start()
        return super().__enter__()

    def write(self, task: Callable[Given, object], /, *args: Given.args, **kwargs: Given.kwargs) -> "Future[None]":
        """Have `task`, a function of a module, done after what was told before."""
        while self._waiting and (self._waiting[0].done() or len(self._waiting) >= BACKLOG):
            wait_for([self._waiting.popleft()])
        do = publisher.do if self._in_process else _do
        future: Future[None] = self._thread.submit(do, task, *args, **kwargs)
        self._waiting.append(future)
        return future

    def write_progress(self, claim: Claim, *, step: int) -> "Future[None]":
        """Tell watchers how many steps are done. A lost lease is not its business: the next look finds it."""
        return self.write(_progress, claim, step)


def _do(task: Callable[Given, object], /, *args: Given.args, **kwargs: Given.kwargs) -> None:
    task(*args, **kwargs)


def _progress(claim: Claim, step: int) -> None:
    with suppress(LeaseLostError):
        record_progress(claim=claim, step=step)
