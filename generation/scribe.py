"""Writing down what a batch has drawn while it goes on drawing."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import connection

from generation.queue import Claim, LeaseLostError, record_progress

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Scribe:
    """One thread that writes in the order it was told to, so that what watchers see never goes back.

    Hashing, signing and compressing a picture takes as long as a step or more, and needs no accelerator.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scribe")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Each thread has a connection of its own, which nobody else closes.
        self._thread.submit(_close_connection)
        self._thread.shutdown(wait=True)

    def write(self, task: Callable[Given, Made], /, *args: Given.args, **kwargs: Given.kwargs) -> "Future[Made]":
        """Have `task` done after what was told before."""
        return self._thread.submit(task, *args, **kwargs)

    def write_progress(self, claim: Claim, *, step: int) -> "Future[None]":
        """Tell watchers how many steps are done. A lost lease is not its business: the next look finds it."""
        return self._thread.submit(_progress, claim, step)


def _progress(claim: Claim, step: int) -> None:
    with suppress(LeaseLostError):
        record_progress(claim=claim, step=step)


def _close_connection() -> None:
    # `connection` means that of the thread which reads its attributes.
    connection.close()
