"""One job by itself, between two of its steps and from its first to its last picture.

For re-runs, and for pipelines whose pictures cannot join and leave a running batch: as many of a job's pictures are
drawn at once as there are slots. What was drawn is written down, and shown while it forms, beside the drawing.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from functools import partial
from typing import TYPE_CHECKING

from generation.job_previews import keep_preview
from generation.making import drawing_of, flag_reason, making_of, safety_of
from generation.publishing.pictures import publish_picture
from generation.queue import Claim, LeaseLostError
from generation.reruns.running import run_claimed
from generation.worker import pacing
from generation.worker.desk import Desk
from generation.worker.held import ShuttingDownError, end_job
from generation.worker.pacing import PreviewPace, next_shown

if TYPE_CHECKING:
    from generation.engine.painter import Painter
    from generation.engine.rendering import Drawing, Forming


def draw_alone(claim: Claim, painter: "Painter", *, desk: Desk) -> None:
    """Draw the pictures that the job does not have yet; it is in print then, or raises what stops it."""
    LoneJob(claim, painter, desk=desk).run()


def run_again(claim: Claim, *, desk: Desk) -> None:
    """Run a work again, or a step of it. Raises what stops it."""
    between = BetweenSteps(claim, desk=desk)

    def after_step(share: float) -> None:
        between.stop_if_asked()
        between.tell(round(share * claim.job.steps))

    run_claimed(claim, on_step=after_step)


class BetweenSteps:
    """What is asked and told between two steps of one job."""

    def __init__(self, claim: Claim, *, desk: Desk) -> None:
        self._claim, self._desk = claim, desk
        self._told: Future[None] | None = None
        self._told_at = time.monotonic()

    def stop_if_asked(self) -> None:
        """Raises when drawing must stop: canceled, overdue, shut down, the lease lost."""
        if self._desk.leases.is_lost(self._claim):
            raise LeaseLostError
        if self._desk.stopping():
            raise ShuttingDownError
        if why := self._desk.stops.of([self._claim]).get(self._claim.job.pk):
            raise why

    def tell(self, step: int) -> None:
        """Now and then, how many steps are done."""
        now = time.monotonic()
        if now - self._told_at < pacing.PROGRESS_SECONDS or not (self._told is None or self._told.done()):
            return
        self._told, self._told_at = self._desk.scribe.write_progress(self._claim, step=step), now


class LoneJob:
    """A job that is drawn by itself, round after round."""

    def __init__(self, claim: Claim, painter: "Painter", *, desk: Desk) -> None:
        self._claim, self._job, self._painter, self._desk = claim, claim.job, painter, desk
        self._between = BetweenSteps(claim, desk=desk)
        self._done = self._job.step
        """steps of the rounds that are over"""
        self._publishing: list[Future[None]] = []
        self._pace = PreviewPace()
        self._shown_at = time.monotonic()
        self._shown = -1

    def run(self) -> None:
        """Every round; what was drawn is published, whatever happens."""
        try:
            self._between.stop_if_asked()
            present = set(self._job.works.values_list("index", flat=True))
            missing = [index for index in range(self._job.count) if index not in present]
            for start in range(0, len(missing), self._painter.slots):
                self._draw(missing[start : start + self._painter.slots], is_last=missing[-1])
                # A disk that is full, say, is no reason to draw another round.
                self._collect()
        except Exception:
            wait(self._publishing)
            raise
        if missing:
            self._desk.in_print.add(self._claim, self._publishing)
        else:
            end_job(self._claim, None)
            self._desk.leases.drop(self._claim)

    def _draw(self, indexes: Sequence[int], *, is_last: int) -> None:
        drawing = drawing_of(self._job, indexes)
        drawn = self._painter.draw(drawing, on_step=partial(self._after_step, indexes=indexes, drawing=drawing))
        for index, picture in zip(indexes, drawn, strict=True):
            self._done += self._job.steps
            self._publishing.append(
                self._desk.scribe.write(
                    publish_picture,
                    claim=self._claim,
                    index=index,
                    image=picture.image,
                    making=making_of(self._painter, drawing),
                    steps_done=self._done,
                    flag_reason=flag_reason(picture, self._job),
                    safety=safety_of(picture),
                    latents=picture.latents,
                    is_last=index == is_last,
                )
            )

    def _collect(self) -> None:
        """Raises what went wrong with what is published by now."""
        for future in self._publishing:
            if future.done():
                future.result()

    def _after_step(self, forming: "Forming", *, indexes: Sequence[int], drawing: "Drawing") -> None:
        self._between.stop_if_asked()
        self._between.tell(self._done + round(forming.share * self._job.steps * len(indexes)))
        if forming.share < 1 and self._pace.is_due(shown_at=self._shown_at):
            self._show(forming, indexes, drawing)

    def _show(self, forming: "Forming", indexes: Sequence[int], drawing: "Drawing") -> None:
        """A preview: of each picture in turn."""
        self._shown = next_shown(indexes, last=self._shown)
        with self._pace.making():
            image = self._painter.preview_of(forming, drawing, place=indexes.index(self._shown))
        self._shown_at = time.monotonic()
        if image is not None:
            step = round(forming.share * self._job.steps)
            self._desk.scribe.write(keep_preview, claim=self._claim, index=self._shown, step=step, image=image)
