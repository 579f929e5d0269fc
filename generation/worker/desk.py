"""What a worker has at hand from when it is woken until nothing waits any more."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from generation.worker.heartbeat import Leases
from generation.worker.in_print import InPrint
from generation.worker.scout import Scout
from generation.worker.scribe import Scribe
from generation.worker.stops import Stops


class Desk:
    """The worker's name, what asks it to stop, the leases it keeps, and who claims and writes for it meanwhile."""

    def __init__(self, *, worker: str, stopping: Callable[[], bool]) -> None:
        self.worker, self.stopping = worker, stopping
        self.leases = Leases()
        self.scribe, self.scout = Scribe(), Scout(self.leases)
        self.in_print = InPrint(self.leases)
        self.stops = Stops()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        # Backwards at the end: leases are kept until all is written.
        for each in (self.leases, self.scribe, self.scout, self.stops):
            self._open.enter_context(each)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
