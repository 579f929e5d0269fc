"""Jobs that are drawn, until the last of their pictures is published: the worker draws others meanwhile."""

from collections.abc import Collection
from concurrent.futures import Future, wait

from generation.queue import Claim
from generation.worker.heartbeat import Leases
from generation.worker.held import end_job


class InPrint:
    """Their leases are kept until the end. Whoever publishes the last picture of a job has it succeed with that."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._jobs: list[tuple[Claim, list[Future[None]]]] = []

    def add(self, claim: Claim, publishing: Collection["Future[None]"]) -> None:
        """All of the job is drawn, and these are still being published."""
        self._jobs.append((claim, list(publishing)))

    def collect(self) -> None:
        """See what is published; end the jobs of which something could not be. Raises errors of the database."""
        done = [job for job in self._jobs if all(future.done() for future in job[1])]
        for job in done:
            self._jobs.remove(job)
            self._end(*job)

    def wait(self) -> bool:
        """Wait for the oldest one; whether there was one."""
        if self._jobs:
            wait(self._jobs[0][1])
            self.collect()
            return True
        return False

    def _end(self, claim: Claim, published: list["Future[None]"]) -> None:
        try:
            for future in published:
                future.result()
        except Exception as error:  # noqa: BLE001 - no room, say: whatever it was, the job ends with a reason
            end_job(claim, error)
        self._leases.drop(claim)
