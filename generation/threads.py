"""How many CPU threads a worker draws with."""

import os


def drawing_threads(asked: int) -> int:
    """`asked`; for 0 as many as this process may use cores, but one, which publishes, claims and keeps the database.

    On two cores, one thread and that core make more pictures than two threads that wait for each other do
    (docs/performance.md).
    """
    return asked or max(1, _cores() - 1)


def _cores() -> int:
    """How many cores this process may use; macOS cannot tell, so there it is how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
