"""Keeping the leases of all jobs that a worker has in hand, however long a step or a download takes."""

import logging
import threading
import time
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from generation.queue import Claim, LeaseLostError, renew_lease

logger = logging.getLogger(__name__)


class Leases:
    """While the block runs, one thread renews what is held.

    A lease is lost when another worker took the job, or when it could not be renewed for its own length because the
    database was away.
    """

    def __init__(self) -> None:
        self._held: dict[UUID, tuple[Claim, float]] = {}
        self._lost: set[UUID] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def hold(self, claim: Claim) -> None:
        """Keep this one too; it was claimed just now."""
        self._held[claim.token] = (claim, time.monotonic())

    def drop(self, claim: Claim) -> None:
        """Keep this one no longer."""
        self._held.pop(claim.token, None)
        self._lost.discard(claim.token)

    def is_lost(self, claim: Claim) -> bool:
        """Whether somebody else may hold the job now."""
        return claim.token in self._lost

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.JOB_LEASE_SECONDS / 5):
                # A copy: the worker takes jobs and ends them meanwhile.
                for claim, renewed_at in list(self._held.values()):
                    self._renew(claim, renewed_at)
        finally:
            # Each thread has a connection of its own, which nobody else closes.
            connection.close()

    def _renew(self, claim: Claim, renewed_at: float) -> None:
        try:
            renew_lease(claim=claim)
        except LeaseLostError:
            self._lose(claim)
        except DatabaseError as error:
            logger.warning("job %s: the lease was not renewed: %s", claim.job.pk, error)
            connection.close()
            if time.monotonic() - renewed_at > settings.JOB_LEASE_SECONDS:
                self._lose(claim)
        else:
            if claim.token in self._held:
                self._held[claim.token] = (claim, time.monotonic())

    def _lose(self, claim: Claim) -> None:
        if self._held.pop(claim.token, None):
            self._lost.add(claim.token)
