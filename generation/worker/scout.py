"""Claiming ahead: the next job is claimed while the batch takes a step, so that no slot is empty meanwhile."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from django.db import connection

from generation.queue import Claim, claim_jobs
from generation.worker.heartbeat import Leases


class Scout:
    """One thread that claims. What it has claimed is held at once."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scout")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Each thread has a connection of its own, which nobody else closes.
        self._thread.submit(_close_connection)
        self._thread.shutdown(wait=True)

    def claim(self, *, worker: str, sampling_key: str, pictures: int) -> "Future[list[Claim]]":
        """Jobs of this key with at least so many pictures to draw; fewer when no more may join."""
        return self._thread.submit(self._claim, worker, sampling_key, pictures)

    def _claim(self, worker: str, sampling_key: str, pictures: int) -> list[Claim]:
        claims: list[Claim] = []
        while pictures > 0:
            # One by one: a job may have more pictures than are asked for, and others may have a turn.
            found = claim_jobs(worker=worker, limit=1, sampling_key=sampling_key)
            if not found:
                break
            for claim in found:
                self._leases.hold(claim)
                pictures -= claim.job.count - claim.job.step // claim.job.steps
            claims += found
        return claims


def _close_connection() -> None:
    # `connection` means that of the thread which reads its attributes.
    connection.close()
