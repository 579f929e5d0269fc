"""Drawing the jobs of several people in one running batch: they join and leave between two steps.

Every job keeps what it would have alone: its lease, its cancellation, its deadline, its errors. What happens to one
is no business of the others.
"""

import time
from collections import deque
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

from django.db import DatabaseError

from generation.engine.errors import EngineError
from generation.job_previews import keep_preview
from generation.making import drawing_of, flag_reason, making_of, safety_of
from generation.publishing.pictures import publish_picture
from generation.queue import Claim, LeaseLostError, claim_jobs
from generation.worker import pacing
from generation.worker.desk import Desk
from generation.worker.held import ShuttingDownError, end_job
from generation.worker.pacing import PreviewPace, next_shown
from generation.worker.shared_job import HeldJob

if TYPE_CHECKING:
    from generation.engine.batch import Picture
    from generation.engine.painter import Painter

JOIN_SECONDS = 0.1
"""how long nobody is looked for after nobody was found"""
LAST_STEP = 1.5
"""steps: who has fewer to go leaves with the next one"""


class SharedBatch:
    """A batch of one painter and sampling key, from its first job until nobody is left in it."""

    def __init__(self, painter: "Painter", *, desk: Desk, key: str) -> None:
        self._painter = painter
        self._batch = painter.open_batch()
        self._desk, self._key = desk, key
        self._jobs: list[HeldJob] = []
        self._ahead: Future[list[Claim]] | None = None
        self._pace = PreviewPace()
        self._join_at = self._tell_at = 0.0
        self.taken = 0
        self.left_over: list[Claim] = []
        """claimed, but for another batch: the model's files have changed meanwhile"""

    def run(self, first: Claim) -> None:
        """Draw the job and whoever joins; settle each, but those of which all is drawn: they are `in_print`.

        Errors of the database come out; the leases then end.
        """
        try:
            self._take(first)
            while self._jobs or self._join():
                self._go_on()
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours: every job must end with a reason
            for held in list(self._jobs):
                self._end(held, error)
        finally:
            self._batch.close()
            self.left_over += self._claimed_ahead()

    def _go_on(self) -> None:
        """One step of every picture, and what is to be done between two."""
        if self._desk.stopping():
            for held in list(self._jobs):
                self._end(held, ShuttingDownError())
            return
        self._end_what_must_stop()
        self._collect()
        self._fill()
        self._look_ahead()
        for picture in self._batch.step():
            self._pass_on(picture)
        self._show()
        self._tell()

    # Who is in the batch.

    def _take(self, claim: Claim) -> None:
        self.taken += 1
        # A claim counts what there is of a job: nothing, as a rule.
        present = set(claim.job.works.values_list("index", flat=True)) if claim.job.step else set()
        missing = deque(index for index in range(claim.job.count) if index not in present)
        held = HeldJob(claim=claim, missing=missing, published=len(present))
        self._jobs.append(held)
        if not missing:
            self._end(held, None)

    def _fill(self) -> None:
        """Give free slots to pictures of the jobs in hand, and when they have none left, to jobs that wait."""
        while self._batch.free:
            held = next((held for held in self._jobs if held.missing), None)
            if held is not None:
                self._begin(held, held.missing.popleft())
            elif not self._join():
                return

    def _look_ahead(self) -> None:
        """Have the pictures claimed that will take the places of those that take their last step now."""
        if self._ahead is not None or not self._key or self.left_over or self._batch.free:
            return
        leaving = sum(self._is_at_its_last_step(picture) for picture in self._batch.pictures)
        wanted = leaving - sum(len(held.missing) for held in self._jobs)
        if wanted > 0:
            self._ahead = self._desk.scout.claim(worker=self._desk.worker, sampling_key=self._key, pictures=wanted)

    def _is_at_its_last_step(self, picture: "Picture") -> bool:
        return (1 - picture.share) * picture.drawing.steps < LAST_STEP

    def _claimed_ahead(self) -> list[Claim]:
        if self._ahead is None:
            return []
        claims, self._ahead = self._ahead.result(), None
        return claims

    def _join(self) -> bool:
        """Take more jobs of the same key, if some wait and may join."""
        was_ahead = self._ahead is not None
        claims = self._claimed_ahead() if was_ahead else self._claimed_now()
        if not claims:
            self._join_at = time.monotonic() + JOIN_SECONDS
            return False
        for claim in claims:
            if self._painter.is_current(claim.job.model):
                self._take(claim)
            else:
                self.left_over.append(claim)
        return not self.left_over

    def _claimed_now(self) -> list[Claim]:
        if not self._key or self.left_over or not self._jobs or time.monotonic() < self._join_at:
            return []
        claims = claim_jobs(worker=self._desk.worker, limit=1, sampling_key=self._key)
        for claim in claims:
            self._desk.leases.hold(claim)
        return claims

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
        stopped = self._desk.stops.of([held.claim for held in self._jobs])
        for held in list(self._jobs):
            lost = LeaseLostError() if self._desk.leases.is_lost(held.claim) else None
            if why := lost or stopped.get(held.job.pk):
                self._end(held, why)

    def _collect(self) -> None:
        """See what has been published meanwhile, here and of the jobs that are drawn."""
        self._desk.in_print.collect()
        for held in list(self._jobs):
            try:
                self._collect_from(held)
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - no room, say: its own matter, whatever it was
                self._end(held, error)

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
        end_job(held.claim, why)
        self._desk.leases.drop(held.claim)

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
        held.publishing[index] = self._desk.scribe.write(
            publish_picture,
            claim=held.claim,
            index=index,
            image=picture.drawn.image,
            making=making_of(self._painter, picture.drawing),
            steps_done=held.step + held.job.steps,
            flag_reason=flag_reason(picture.drawn, held.job),
            safety=safety_of(picture.drawn),
            latents=picture.drawn.latents,
            is_last=held.is_drawn,
        )
        if held.is_drawn:
            # Too late to stop it: all that was asked for is there.
            self._jobs.remove(held)
            self._desk.in_print.add(held.claim, held.publishing.values())

    def _owner(self, picture: "Picture") -> tuple[HeldJob, int] | None:
        owners = ((held, index) for held in self._jobs for index, own in held.forming.items() if own is picture)
        return next(owners, None)

    # What watchers see.

    def _tell(self) -> None:
        now = time.monotonic()
        if now < self._tell_at:
            return
        for held in self._jobs:
            if held.forming and (held.told is None or held.told.done()):
                held.told = self._desk.scribe.write_progress(held.claim, step=held.step)
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
            self._desk.scribe.write(keep_preview, claim=held.claim, index=held.shown, step=step, image=image)
