"""How often watchers are shown something: often enough to be followed, and never at the cost of the drawing."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

PROGRESS_SECONDS = 0.25
"""at most this often is progress written, all jobs of a batch together"""
PREVIEW_SECONDS = 0.5
"""at most this often is a preview of one job made"""
PREVIEW_SHARE = 0.01
"""at most this share of the time goes into previews, all jobs together"""


class PreviewPace:
    """When a worker may make the next preview."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def is_due(self, *, shown_at: float) -> bool:
        """Whether a job of which a preview was made at `shown_at` (monotonic seconds) may have another now."""
        now = time.monotonic()
        return now >= self._free_at and now - shown_at >= PREVIEW_SECONDS

    @contextmanager
    def making(self) -> Iterator[None]:
        """The block makes a preview; the time that it takes is earned back before the next."""
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self._free_at = ended + (ended - began) / PREVIEW_SHARE


def next_shown(forming: Collection[int], *, last: int) -> int:
    """Of the pictures that form, by index, the one to show after the `last`: each has its turn."""
    return min((index for index in forming if index > last), default=min(forming))
