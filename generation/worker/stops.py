"""What stops the jobs that a worker has in hand, known between any two steps without asking at each of them.

Whoever cancels a running job says so over PostgreSQL's NOTIFY. The database is asked when that was heard, when other
jobs are in hand than last time, and now and then; deadlines are told by the clock. A step of a fast card takes as
long as a few such questions.
"""

import logging
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection
from django.utils.timezone import now

from generation.notices import STOPS
from generation.queue import Claim
from generation.worker.held import DeadlinePassedError, what_stops

logger = logging.getLogger(__name__)

ASK_SECONDS = 0.5
"""how long the database is not asked at most: a lost lease, or a cancellation that was not heard"""
LISTEN_SECONDS = 5.0
"""how long it is not tried to listen again after that failed"""


class Stops:
    """Asked between steps. A context manager, because it listens on a connection of its own."""

    def __init__(self) -> None:
        self._ears = _Ears()
        self._known: set[UUID] = set()
        """the tokens of the jobs that were asked for last"""
        self._asked_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ears.close()

    def of(self, claims: Sequence[Claim]) -> dict[UUID, Exception]:
        """Of each job that must not go on, by its id, why: it was canceled, is overdue, or belongs to another."""
        tokens = {claim.token for claim in claims}
        # Heard is forgotten by being asked for, so it comes first.
        if self._ears.heard() or not tokens <= self._known or time.monotonic() - self._asked_at >= ASK_SECONDS:
            self._known, self._asked_at = tokens, time.monotonic()
            return what_stops(claims)
        return {
            claim.job.pk: DeadlinePassedError()
            for claim in claims
            if claim.job.deadline_at is not None and claim.job.deadline_at <= now()
        }


class _Ears:
    """A connection that listens. Where there is none, everything may have been said."""

    def __init__(self) -> None:
        self._listening: Any = None
        self._try_at = 0.0

    def heard(self) -> bool:
        """Whether something may have been said since this was last asked."""
        if self._listening is None and not self._listen():
            return True
        try:
            # All of it is taken: what is said next must be heard as something new.
            return bool(list(self._listening.connection.notifies(timeout=0)))
        except psycopg.Error as error:
            logger.warning("cancellations are asked for now instead of being heard of: %s", error)
            self.close()
            return True

    def _listen(self) -> bool:
        if time.monotonic() < self._try_at:
            return False
        self._try_at = time.monotonic() + LISTEN_SECONDS
        self._listening = connection.copy()
        try:
            with self._listening.cursor() as cursor:
                cursor.execute(f"LISTEN {STOPS}")
        except DatabaseError as error:
            logger.warning("cancellations cannot be heard of, only asked for: %s", error)
            self.close()
        # What was said before nobody has heard.
        return False

    def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
