"""Every issued watermark in this process's memory, 8 bytes each: a million are searched in a few milliseconds.

Postgres stays the truth. Asked itself it compares every row as well, and a million rows of works are gigabytes.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

OVERLAP = timedelta(minutes=10)
"""of the ids' own time, read once more each time: a work's id is drawn before its transaction commits"""
MARKS_PER_HASH = 5
"""a mark takes a fifth of what LOOK_ALIKE_ROWS_IN_MEMORY counts"""
_NONE = UUID(int=0)
_HEADER, _TRAILER = 19, 2
_ROW = np.dtype([("fields", ">i2"), ("id_length", ">i4"), ("id", "V16"), ("mark_length", ">i4"), ("mark", ">i8")])
"""a tuple of PostgreSQL's binary COPY format: a uuid and a bigint"""


@dataclass(kw_only=True)
class MarkIndex:
    """The marks of all works. Safe to be asked by several threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _marks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    _recent: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    _from: UUID = _NONE

    def near(self, mark: int, *, within: int) -> list[tuple[int, int]] | None:
        """Every issued mark at most `within` bits away as `(wrong bits, mark)`, the nearest first; signed numbers.

        Committed works are seen at once. None when there are too many to be kept in memory.
        """
        with self._lock:
            self._refresh()
            marks = self._marks
        if len(marks) > MARKS_PER_HASH * settings.LOOK_ALIKE_ROWS_IN_MEMORY:
            return None
        wrong = np.bitwise_count((marks ^ np.int64(mark)).view(np.uint64))
        places = np.flatnonzero(wrong <= within)
        return sorted((int(wrong[place]), int(marks[place])) for place in places)

    def forget(self) -> None:
        """Read everything anew at the next question."""
        with self._lock:
            self._marks = self._recent = np.empty(0, np.int64)
            self._from = _NONE

    def _refresh(self) -> None:
        since = datetime.now(tz=UTC) - OVERLAP
        rows = self._read_after(self._from)
        new = rows[~np.isin(rows, self._recent)]
        if len(new):
            self._marks = np.concatenate([self._marks, new])
        self._recent, self._from = rows, _first_id_of(since)

    def _read_after(self, first: UUID) -> NDArray[np.int64]:
        limit = MARKS_PER_HASH * settings.LOOK_ALIKE_ROWS_IN_MEMORY + 1
        question = (
            "COPY (SELECT id, watermark_id FROM generation_work "  # noqa: S608 - a UUID and a number
            f"WHERE id > '{first}' AND watermark_id IS NOT NULL LIMIT {limit}) TO STDOUT (FORMAT BINARY)"
        )
        data = bytearray()
        with connection.cursor() as cursor, cursor.cursor.copy(question) as copy:
            for block in copy:
                data += block
        return np.frombuffer(bytes(data[_HEADER:-_TRAILER]), _ROW)["mark"].astype(np.int64)


def _first_id_of(moment: datetime) -> UUID:
    """The smallest UUIDv7 of that millisecond."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)


issued_marks = MarkIndex()
