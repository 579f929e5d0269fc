"""All hashes in this process's memory: an exact search of a million takes five milliseconds of one core.

Measured at 1,000,000 rows on one loaded core: PostgreSQL by `bit_count(bits # …)` 419 ms (99 MB), by a band table
96 ms (1,213 MB, and only up to 31 bits), four columns of numpy here 4.4 ms of the thread's own time, p99 5.3 (40 MB);
where ten others want the core, ten times as long by the clock. So the truth stays in a narrow table, every process
that asks keeps a copy, and the table itself is asked only when the copy would grow too large. Bands would not help
here: candidates are asked for up to 80 of 256 bits, where nearly every band has to be opened.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
"""rows committed by others are seen after at most so long"""
OVERLAP = 5_000
"""ids that are read once more each time: an id is drawn when its row is written, and the row is seen when its
transaction commits, maybe after later ones; one transaction draws nineteen"""
CLOSED_SECONDS = 300.0
"""how long an index that would grow too large is not tried again"""
CHUNK = 1 << 16
"""rows compared at a time: they stay in the processor's cache"""


class IndexTooLarge(RuntimeError):
    """There are more hashes than LOOK_ALIKE_ROWS_IN_MEMORY; the database has to be asked."""


@dataclass(frozen=True, kw_only=True)
class Near:
    """A row of `PerceptualHash` and its distance in bits."""

    row: int
    distance: int


@dataclass(kw_only=True)
class HashIndex:
    """The rows of one kind: whole pictures, or their crops. Safe to be asked by several threads."""

    crops: bool
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    _words: NDArray[np.uint64] = field(default_factory=lambda: np.empty((4, 0), np.uint64))
    _count: int = 0
    _read_at: float = float("-inf")
    _highest: int = 0
    _closed_until: float = float("-inf")

    def near(self, bits: bytes, *, within: int, fresh: bool = False) -> list[Near]:
        """Every row at most `within` bits away, the nearest first; `fresh`: also what was committed just now.

        Raises IndexTooLarge.
        """
        with self._lock:
            if time.monotonic() < self._closed_until:
                raise IndexTooLarge("there were too many hashes a while ago")
            if fresh or time.monotonic() - self._read_at >= FRESH_SECONDS:
                self._refresh()
            rows, words, count = self._rows, self._words, self._count
        # What lies before `count` is never written again, so the search needs no lock.
        asked = np.frombuffer(bits, ">u8").astype(np.uint64)
        found: list[Near] = []
        for start in range(0, count, CHUNK):
            stop = min(start + CHUNK, count)
            distances = np.zeros(stop - start, np.uint16)
            for column, word in zip(words, asked, strict=True):
                distances += np.bitwise_count(column[start:stop] ^ word)
            found += [
                Near(row=int(rows[start + place]), distance=int(distances[place]))
                for place in np.flatnonzero(distances <= within)
            ]
        return sorted(found, key=lambda each: (each.distance, each.row))

    def forget(self) -> None:
        """Read everything anew at the next question."""
        with self._lock:
            self._empty()
            self._closed_until = float("-inf")

    def _empty(self) -> None:
        self._rows, self._words = np.empty(0, np.int64), np.empty((4, 0), np.uint64)
        self._count, self._read_at, self._highest = 0, float("-inf"), 0

    def _refresh(self) -> None:
        now = time.monotonic()
        known = self._rows[max(0, self._count - 2 * OVERLAP) : self._count]
        try:
            recent = self._read_after(max(0, self._highest - OVERLAP))
            self._append(recent[~np.isin(recent["row"], known)])
        except IndexTooLarge as error:
            logger.warning("look-alikes, %s: the database is asked, there are %s", self._kind, error)
            self._empty()
            self._closed_until = now + CLOSED_SECONDS
            raise
        self._highest = max(self._highest, int(recent["row"][-1]) if len(recent) else 0)
        self._read_at = now

    def _read_after(self, row: int) -> NDArray[np.void]:
        limit = settings.LOOK_ALIKE_ROWS_IN_MEMORY
        if self._count == 0:
            self._refuse_more_than(limit)
        # Binary COPY: a million rows take a second, and become columns without a Python object for each.
        question = (
            "COPY (SELECT id, bits FROM generation_perceptualhash "  # noqa: S608 - two numbers, and one of two texts
            f"WHERE id > {int(row)} AND {self._kind} ORDER BY id LIMIT {int(limit) + 1}) "
            "TO STDOUT (FORMAT BINARY)"
        )
        data = bytearray()
        with connection.cursor() as cursor, cursor.cursor.copy(question) as copy:
            for block in copy:
                data += block
        rows = np.frombuffer(bytes(data[_HEADER:-_TRAILER]), _ROW)
        if len(rows) > limit:
            raise IndexTooLarge(f"more than {limit} hashes")
        return rows

    def _refuse_more_than(self, limit: int) -> None:
        """Counted before they are read: above the limit this is asked again every CLOSED_SECONDS."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM generation_perceptualhash WHERE {self._kind} OFFSET %s LIMIT 1",  # noqa: S608 - one of two texts
                [limit],
            )
            if cursor.fetchone() is not None:
                raise IndexTooLarge(f"more than {limit} hashes")

    @property
    def _kind(self) -> str:
        return "place > 0" if self.crops else "place = 0"

    def _append(self, new: NDArray[np.void]) -> None:
        if self._count + len(new) > settings.LOOK_ALIKE_ROWS_IN_MEMORY:
            raise IndexTooLarge(f"more than {settings.LOOK_ALIKE_ROWS_IN_MEMORY} hashes")
        if self._count + len(new) > len(self._rows):
            capacity = max(1024, 5 * (self._count + len(new)) // 4)
            rows, words = np.empty(capacity, np.int64), np.empty((4, capacity), np.uint64)
            rows[: self._count], words[:, : self._count] = self._rows[: self._count], self._words[:, : self._count]
            self._rows, self._words = rows, words
        end = self._count + len(new)
        self._rows[self._count : end] = new["row"]
        self._words[:, self._count : end] = new["words"].T
        self._count = end


_HEADER, _TRAILER = 19, 2
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("row_length", ">i4"),
        ("row", ">i8"),
        ("bits_length", ">i4"),
        ("bit_count", ">i4"),
        ("words", ">u8", (4,)),
    ]
)
"""a tuple of PostgreSQL's binary COPY format: a bigint and a bit(256)"""

whole_pictures = HashIndex(crops=False)
crops = HashIndex(crops=True)
