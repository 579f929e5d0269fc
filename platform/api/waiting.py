"""`Prefer: wait=N` (RFC 7240): hold the answer until the object has ended, for at most N seconds.

A waiting request holds a thread, so only a few may wait at once; the others are answered straight away, without
`Preference-Applied`, which RFC 7240 §2 allows.
"""

import re
import threading
import time
from collections.abc import Callable

from django.db import connection

LONGEST_SECONDS = 60
DEFAULT_SECONDS = 60
MOST_WAITING = 16
POLL_SECONDS = 0.25

_WAIT = re.compile(r"wait(?:=\"?(\d{1,6})\"?)?")
_places = threading.BoundedSemaphore(MOST_WAITING)


def asked_seconds(prefer: str | None) -> int | None:
    """How long `Prefer` asks to wait, at most 60 s; None when it asks nothing we know (RFC 7240: ignore it)."""
    for preference in (prefer or "").split(","):
        match = _WAIT.fullmatch(preference.strip().partition(";")[0].lower())
        if match:
            return min(LONGEST_SECONDS, int(match[1]) if match[1] else DEFAULT_SECONDS)
    return None


def wait_until_ended(has_ended: Callable[[], bool], *, seconds: int) -> bool:
    """Wait until `has_ended()` or until the time is over. False when there was no free place to wait in."""
    if not _places.acquire(blocking=False):
        return False
    try:
        deadline = time.monotonic() + seconds
        while not has_ended() and time.monotonic() < deadline:
            release_connection()
            time.sleep(POLL_SECONDS)
        return True
    finally:
        _places.release()


def release_connection() -> None:
    """Give this thread's database connection back (to the pool, if there is one) while nothing is asked."""
    if not connection.in_atomic_block:
        connection.close()
