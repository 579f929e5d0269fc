"""One job in a batch that it shares with others."""

import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.models import Job
from generation.queue import Claim

if TYPE_CHECKING:
    from generation.engine.batch import Picture


@dataclass(eq=False, kw_only=True)
class HeldJob:
    """A job in the batch, and where its pictures are: missing, forming, being published, published."""

    claim: Claim
    missing: deque[int]
    forming: dict[int, "Picture"] = field(default_factory=dict)
    publishing: "dict[int, Future[None]]" = field(default_factory=dict)
    published: int = 0
    shown_at: float = field(default_factory=time.monotonic)
    shown: int = -1
    told: "Future[None] | None" = None

    @property
    def job(self) -> Job:
        """As it was when it was claimed."""
        return self.claim.job

    @property
    def is_drawn(self) -> bool:
        """Whether no picture is left to be drawn."""
        return not self.missing and not self.forming

    @property
    def step(self) -> int:
        """Denoising steps done, over all pictures."""
        whole = self.published + len(self.publishing)
        shares = sum(picture.share for picture in self.forming.values())
        return round(self.job.steps * (whole + shares))
