"""What a GPU worker does with its time: claim a job, draw it with whoever may share its batch, until nobody waits."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.db import DatabaseError

from generation.engine.errors import EngineError
from generation.heartbeat import Leases
from generation.held import ShuttingDownError, end_job, what_stops
from generation.making import drawing_of, flag_reason, making_of, safety_of
from generation.models import Job
from generation.publish import publish_picture
from generation.queue import Claim, LeaseLostError, claim_jobs, record_progress, recover_lost_jobs
from generation.registry.switching import first_model_of_worker, next_to_warm, worker_model_ids
from generation.reruns.running import run_claimed
from generation.sampling import is_guided
from generation.sharing import PROGRESS_SECONDS, SharedBatch

if TYPE_CHECKING:
    from generation.engine.painter import Painter

logger = logging.getLogger(__name__)


def run_waiting_jobs(*, worker: str, stopping: Callable[[], bool]) -> int:
    """Draw until nothing waits or `stopping()` is true; how many jobs were taken in hand."""
    recover_lost_jobs()
    taken, warm_model = 0, None
    with Leases() as leases:
        while not stopping():
            claims = claim_jobs(worker=worker, limit=1, models=worker_model_ids(), warm_model=warm_model)
            if not claims:
                break
            warm_model = claims[0].job.model_id
            taken += _run_with_companions(claims, worker=worker, stopping=stopping, leases=leases)
    return taken


def warm_up() -> None:
    """While nothing waits, load a model that an operator wants loaded, else the default one.

    So the first picture does not wait for it.
    """
    from generation.engine.painter import is_cold, painter_for

    model = next_to_warm() or (first_model_of_worker() if is_cold() else None)
    if model is None:
        return
    try:
        painter_for(model, width=model.default_width, height=model.default_height)
    except EngineError as error:
        logger.warning("the model %s cannot be loaded: %s", model.slug, error)


def _run_with_companions(claims: list[Claim], *, worker: str, stopping: Callable[[], bool], leases: Leases) -> int:
    """Draw claimed jobs and whoever joins them; how many jobs that were."""
    taken = 0
    while claims:
        claim = claims.pop(0)
        leases.hold(claim)
        try:
            if claim.job.purpose != Job.Purpose.DRAW:
                check = _Check(claim, stopping=stopping, leases=leases)
                run_claimed(claim, on_step=partial(check.after_share, done=0, steps=claim.job.steps))
                end_job(claim, None)
                leases.drop(claim)
                taken += 1
                continue
            painter = _painter_of(claim.job)
            if painter.shares:
                shared = SharedBatch(
                    painter, worker=worker, leases=leases, stopping=stopping, key=claim.job.sampling_key
                )
                shared.run(claim)
                taken += shared.taken
                claims += shared.left_over
                continue
            _draw_alone(claim, painter, stopping=stopping, leases=leases)
            end_job(claim, None)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the job ends with a reason
            end_job(claim, error)
        leases.drop(claim)
        taken += 1
    return taken


def _painter_of(job: Job) -> "Painter":
    # Imported here: only the process that draws loads torch (law 6).
    from generation.engine.painter import painter_for

    return painter_for(job.model, width=job.width, height=job.height, guided=is_guided(job.guidance_scale))


def _draw_alone(claim: Claim, painter: "Painter", *, stopping: Callable[[], bool], leases: Leases) -> None:
    """Draw the pictures that the job does not have yet, as many at once as there are slots.

    For pipelines whose pictures cannot join and leave a running batch. Raises what stops the job.
    """
    job = claim.job
    check = _Check(claim, stopping=stopping, leases=leases)
    check.after_step(job.step)
    present = set(job.works.values_list("index", flat=True))
    missing = [index for index in range(job.count) if index not in present]
    for start in range(0, len(missing), painter.slots):
        indexes = missing[start : start + painter.slots]
        done, steps = job.step, job.steps * len(indexes)
        drawing = drawing_of(job, indexes)
        drawn = painter.draw(
            drawing,
            on_step=partial(check.after_share, done=done, steps=steps),
        )
        for index, picture in zip(indexes, drawn, strict=True):
            job.step += job.steps
            publish_picture(
                claim=claim,
                index=index,
                image=picture.image,
                making=making_of(painter, drawing),
                steps_done=job.step,
                flag_reason=flag_reason(picture, job),
                safety=safety_of(picture),
                latents=picture.latents,
            )


class _Check:
    """Raises when drawing must stop (canceled, overdue, shut down, the lease lost), and writes progress."""

    def __init__(self, claim: Claim, *, stopping: Callable[[], bool], leases: Leases) -> None:
        self._claim = claim
        self._stopping = stopping
        self._leases = leases
        self._written_at = time.monotonic()

    def after_share(self, share: float, *, done: int, steps: int) -> None:
        """Called with the share of `steps` that is done, on top of `done` of them."""
        self.after_step(done + round(share * steps))

    def after_step(self, step: int) -> None:
        """Called after each denoising step; `step` of them are done."""
        if self._leases.is_lost(self._claim):
            raise LeaseLostError
        if self._stopping():
            raise ShuttingDownError
        if why := what_stops([self._claim]).get(self._claim.job.pk):
            raise why
        if time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            record_progress(claim=self._claim, step=step)
            self._written_at = time.monotonic()
