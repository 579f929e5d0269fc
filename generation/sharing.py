"""Drawing the jobs of several people in one running batch: they join and leave between two steps.

Every job keeps what it would have alone: its lease, its cancellation, its deadline, its errors. What happens to one
is no business of the others.
"""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import DatabaseError

from generation import pacing
from generation.engine.errors import EngineError
from generation.heartbeat import Leases
from generation.held import ShuttingDownError, end_job, what_stops
from generation.job_previews import keep_preview
from generation.making import drawing_of, flag_reason, making_of, safety_of
from generation.models import Job, Work
from generation.pacing import PreviewPace, next_shown
from generation.publish import publish_picture
from generation.queue import Claim, LeaseLostError, claim_jobs
from generation.scribe import Scribe

if TYPE_CHECKING:
    from generation.engine.batch import Picture
    from generation.engine.painter import Painter

JOIN_SECONDS = 0.1
"""how long nobody is looked for after nobody was found"""


@dataclass(eq=False, kw_only=True)
class HeldJob:
    """A job in the batch, and where its pictures are: missing, forming, being published, published."""

    claim: Claim
    missing: deque[int]
    forming: dict[int, "Picture"] = field(default_factory=dict)
    publishing: dict[int, "Future[Work]"] = field(default_factory=dict)
    published: int = 0
    shown_at: float = field(default_factory=time.monotonic)
    shown: int = -1
    told: "Future[None] | None" = None

    @property
    def job(self) -> Job:
        """As it was when it was claimed."""
        return self.claim.job

    @property
    def is_complete(self) -> bool:
        """Whether every picture is published."""
        return self.published == self.job.count

    @property
    def step(self) -> int:
        """Denoising steps done, over all pictures."""
        whole = self.published + len(self.publishing)
        shares = sum(picture.share for picture in self.forming.values())
        return round(self.job.steps * (whole + shares))


class SharedBatch:
    """A batch of one painter and sampling key, from its first job until nobody is left in it."""

    def __init__(
        self, painter: "Painter", *, worker: str, leases: Leases, stopping: Callable[[], bool], key: str
    ) -> None:
        self._painter = painter
        self._batch = painter.open_batch()
        self._worker, self._leases, self._stopping, self._key = worker, leases, stopping, key
        self._jobs: list[HeldJob] = []
        self._pace = PreviewPace()
        self._join_at = self._tell_at = 0.0
        self.taken = 0
        self.left_over: list[Claim] = []
        """claimed, but for another batch: the model's files have changed meanwhile"""

    def run(self, first: Claim) -> None:
        """Draw the job and whoever joins, and settle each. Errors of the database come out; the leases then end."""
        with Scribe() as scribe:
            self._scribe = scribe
            try:
                self._take(first)
                while self._jobs:
                    self._go_on()
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of ours: every job must end with a reason
                for held in list(self._jobs):
                    self._end(held, error)
            finally:
                self._batch.close()

    def _go_on(self) -> None:
        """One step of every picture, and what is to be done between two."""
        if self._stopping():
            for held in list(self._jobs):
                self._end(held, ShuttingDownError())
            return
        self._end_what_must_stop()
        self._collect()
        self._fill()
        if not self._batch.pictures:
            wait(self._in_print(), return_when=FIRST_COMPLETED)
            return
        for picture in self._batch.step():
            self._pass_on(picture)
        self._show()
        self._tell()

    # Who is in the batch.

    def _take(self, claim: Claim) -> None:
        self.taken += 1
        present = set(claim.job.works.values_list("index", flat=True))
        missing = deque(index for index in range(claim.job.count) if index not in present)
        self._jobs.append(HeldJob(claim=claim, missing=missing, published=len(present)))

    def _fill(self) -> None:
        """Give free slots to pictures of the jobs in hand, and when they have none left, to jobs that wait."""
        while self._batch.free:
            held = next((held for held in self._jobs if held.missing), None)
            if held is not None:
                self._begin(held, held.missing.popleft())
            elif not self._join():
                return

    def _join(self) -> bool:
        """Take one more job of the same key, if one waits and may join."""
        if not self._key or self.left_over or time.monotonic() < self._join_at:
            return False
        claims = claim_jobs(worker=self._worker, limit=1, sampling_key=self._key)
        if not claims:
            self._join_at = time.monotonic() + JOIN_SECONDS
            return False
        self._leases.hold(claims[0])
        if not self._painter.is_current(claims[0].job.model):
            self.left_over += claims
            return False
        self._take(claims[0])
        return True

    def _begin(self, held: HeldJob, index: int) -> None:
        try:
            drawing = drawing_of(held.job, [index])
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - a file that is gone, say: its own matter, whatever it was
            self._end(held, error)
            return
        picture = self._batch.add(drawing)
        held.forming[index] = picture
        if picture.error is not None:
            self._end(held, picture.error)

    # How jobs end.

    def _end_what_must_stop(self) -> None:
        stopped = what_stops(held.claim for held in self._jobs)
        for held in list(self._jobs):
            lost = LeaseLostError() if self._leases.is_lost(held.claim) else None
            if why := lost or stopped.get(held.job.pk):
                self._end(held, why)

    def _collect(self) -> None:
        """See what has been published meanwhile; a job whose last picture is out has succeeded."""
        for held in list(self._jobs):
            try:
                self._collect_from(held)
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - no room, say: its own matter, whatever it was
                self._end(held, error)
                continue
            if held.is_complete:
                self._end(held, None)

    def _collect_from(self, held: HeldJob) -> None:
        if held.told is not None and held.told.done():
            held.told.result()
        for index in [index for index, future in held.publishing.items() if future.done()]:
            held.publishing.pop(index).result()
            held.published += 1

    def _end(self, held: HeldJob, why: Exception | None) -> None:
        """Take the job's pictures out of the batch, let those that are drawn be published, and settle it."""
        self._jobs.remove(held)
        for picture in held.forming.values():
            self._batch.remove(picture)
        wait(held.publishing.values())
        drawn = [future for future in held.publishing.values() if future.exception() is None]
        held.published += len(drawn)
        # Too late to stop: all that was asked for is there.
        end_job(held.claim, None if held.is_complete and not isinstance(why, LeaseLostError) else why)
        self._leases.drop(held.claim)

    # What becomes of pictures.

    def _pass_on(self, picture: "Picture") -> None:
        """Have a picture published that is drawn, or end its job when it has failed."""
        owned = self._owner(picture)
        if owned is None:
            # Another picture of its job failed in this very step.
            return
        held, index = owned
        del held.forming[index]
        if picture.drawn is None:
            self._end(held, picture.error or EngineError("not_drawn", "The picture was not drawn; try again."))
            return
        self._painter.learn(picture)
        held.publishing[index] = self._scribe.write(
            publish_picture,
            claim=held.claim,
            index=index,
            image=picture.drawn.image,
            making=making_of(self._painter, picture.drawing),
            steps_done=held.step + held.job.steps,
            flag_reason=flag_reason(picture.drawn, held.job),
            safety=safety_of(picture.drawn),
            latents=picture.drawn.latents,
        )

    def _owner(self, picture: "Picture") -> tuple[HeldJob, int] | None:
        owners = ((held, index) for held in self._jobs for index, own in held.forming.items() if own is picture)
        return next(owners, None)

    def _in_print(self) -> list["Future[Work]"]:
        return [future for held in self._jobs for future in held.publishing.values()]

    # What watchers see.

    def _tell(self) -> None:
        now = time.monotonic()
        if now < self._tell_at:
            return
        for held in self._jobs:
            if held.forming and (held.told is None or held.told.done()):
                held.told = self._scribe.write_progress(held.claim, step=held.step)
        self._tell_at = now + pacing.PROGRESS_SECONDS * max(1, len(self._jobs))

    def _show(self) -> None:
        """A preview of the job that has waited longest for one: of each of its pictures in turn."""
        due = [held for held in self._jobs if held.forming and self._pace.is_due(shown_at=held.shown_at)]
        if not due:
            return
        held = min(due, key=lambda held: held.shown_at)
        held.shown = next_shown(held.forming, last=held.shown)
        picture = held.forming[held.shown]
        with self._pace.making():
            image = self._painter.preview(picture)
        held.shown_at = time.monotonic()
        if image is not None:
            step = round(picture.share * held.job.steps)
            self._scribe.write(keep_preview, claim=held.claim, index=held.shown, step=step, image=image)
