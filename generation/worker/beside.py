"""A thread beside the drawing one."""

from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from django.db import connection


class OneThread:
    """One thread with a database connection of its own, which it closes at the end: nobody else does."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.submit(_close_connection)
        self._thread.shutdown(wait=True)


def _close_connection() -> None:
    # `connection` means that of the thread which reads its attributes.
    connection.close()
