"""Claiming ahead: the next job is claimed while the batch takes a step, so that no slot is empty meanwhile."""

from concurrent.futures import Future

from generation.queue import Claim, claim_jobs
from generation.worker.beside import OneThread
from generation.worker.heartbeat import Leases


class Scout(OneThread):
    """One thread that claims. What it has claimed is held at once."""

    def __init__(self, leases: Leases) -> None:
        super().__init__("scout")
        self._leases = leases

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
