"""What a GPU worker does with its time: claim a job, draw it, publish each picture, settle."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection

from api.errors import Problem
from generation.engine import ENGINE_VERSION
from generation.engine.errors import EngineError
from generation.models import Job
from generation.publish import Making, publish_picture
from generation.queue import (
    Claim,
    LeaseLostError,
    claim_jobs,
    give_back,
    record_progress,
    recover_lost_jobs,
    renew_lease,
    settle,
)
from generation.registry.switching import first_model_of_worker, next_to_warm, worker_model_ids

if TYPE_CHECKING:
    from generation.engine.painter import Painter

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.1
"""at most this often is progress written while a picture is drawn"""


FLAG_REASON = "The model's own safety checker asks for a look."


class CancelRequestedError(Exception):
    """Somebody asked to cancel the job in hand."""


class ShuttingDownError(Exception):
    """This worker was asked to stop."""


def run_waiting_jobs(*, worker: str, stopping: Callable[[], bool]) -> int:
    """Draw until nothing waits or `stopping()` is true; how many jobs were taken in hand."""
    recover_lost_jobs()
    taken = 0
    while not stopping():
        claims = claim_jobs(worker=worker, limit=1, models=worker_model_ids())
        if not claims:
            break
        run_job(claims[0], stopping=stopping)
        taken += 1
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
        painter_for(model)
    except EngineError as error:
        logger.warning("the model %s cannot be loaded: %s", model.slug, error)


def run_job(claim: Claim, *, stopping: Callable[[], bool]) -> None:
    """Draw one claimed job and settle it, whatever happens. Errors of the database come out; the lease then ends."""
    try:
        with _heartbeat(claim) as lease_lost:
            _draw_missing(claim, stopping=stopping, lease_lost=lease_lost)
        settle(claim=claim, status=Job.Status.SUCCEEDED)
    except LeaseLostError:
        logger.warning("job %s: the lease was lost, another worker will draw it", claim.job.pk)
    except CancelRequestedError:
        _settle(claim, Job.Status.CANCELED)
    except ShuttingDownError:
        logger.info("job %s: given back, this worker shuts down", claim.job.pk)
        give_back(claim=claim)
    except (EngineError, Problem) as error:
        logger.warning("job %s failed: %s", claim.job.pk, error)
        _settle(claim, Job.Status.FAILED, error.code, error.detail)
    except DatabaseError:
        raise
    except Exception:
        # The last resort: a job must end with a reason, and the next one must get its turn.
        logger.exception("job %s failed", claim.job.pk)
        detail = (
            "Something went wrong in the worker; the operator finds it in the log. Finished pictures are kept; "
            "trying again may help."
        )
        _settle(claim, Job.Status.FAILED, "internal_error", detail)


def _settle(claim: Claim, status: Job.Status, code: str = "", detail: str = "") -> None:
    try:
        settle(claim=claim, status=status, error_code=code, error_detail=detail)
    except LeaseLostError:
        logger.warning("job %s: the lease was lost before it could be settled as %s", claim.job.pk, status)


def _draw_missing(claim: Claim, *, stopping: Callable[[], bool], lease_lost: Callable[[], bool]) -> None:
    """Draw the pictures that the job does not have yet, as many at once as there are slots."""
    # Imported here: only the process that draws loads torch (law 6).
    from generation.engine.painter import painter_for

    progress = _Progress(claim, stopping=stopping, lease_lost=lease_lost)
    progress.check(claim.job.step)
    painter = painter_for(claim.job.model)
    present = set(claim.job.works.values_list("index", flat=True))
    missing = [index for index in range(claim.job.count) if index not in present]
    for start in range(0, len(missing), painter.slots):
        _draw_batch(claim, painter, missing[start : start + painter.slots], progress=progress)


def _draw_batch(claim: Claim, painter: "Painter", indexes: list[int], *, progress: "_Progress") -> None:
    from generation.engine.drawing import drawing_of
    from generation.engine.safety import as_json

    job = claim.job
    done = job.step
    drawing = drawing_of(job, indexes)
    batch_steps = job.steps * len(indexes)
    drawn = painter.draw(drawing, on_step=lambda share: progress.on_step(done + round(share * batch_steps)))
    making = Making(
        engine_version=ENGINE_VERSION,
        model=painter.model,
        scheduler=painter.scheduler,
        reproducibility_class=painter.class_for(drawing),
        adapters=[adapter.identity for adapter in drawing.adapters],
    )
    for index, picture in zip(indexes, drawn, strict=True):
        job.step += job.steps
        publish_picture(
            claim=claim,
            index=index,
            image=picture.image,
            making=making,
            steps_done=job.step,
            flag_reason=FLAG_REASON if picture.flagged else job.flag_reason,
            safety=as_json(picture.verdict),
        )


class _Progress:
    """Writes progress, not too often, and raises when drawing must stop: canceled, shut down, or the lease lost."""

    def __init__(self, claim: Claim, *, stopping: Callable[[], bool], lease_lost: Callable[[], bool]) -> None:
        self._claim = claim
        self._stopping = stopping
        self._lease_lost = lease_lost
        self._written_at = 0.0

    def on_step(self, step: int) -> None:
        """Called after each denoising step."""
        if self._lease_lost():
            raise LeaseLostError
        if self._stopping():
            raise ShuttingDownError
        if time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            self.check(step)

    def check(self, step: int) -> None:
        """Write the progress now, and see whether somebody asked to cancel."""
        if record_progress(claim=self._claim, step=step):
            raise CancelRequestedError
        self._written_at = time.monotonic()


@contextmanager
def _heartbeat(claim: Claim) -> Iterator[Callable[[], bool]]:
    """Renew the lease from a thread of its own while the block runs, however long a step or a download takes.

    Gives a function that says whether the lease was lost: taken by another worker, or run out while the database
    was away.
    """
    stop, lost = threading.Event(), threading.Event()
    thread = threading.Thread(target=_beat, args=(claim, stop, lost), name=f"lease of {claim.job.pk}", daemon=True)
    thread.start()
    try:
        yield lost.is_set
    finally:
        stop.set()
        thread.join()


def _beat(claim: Claim, stop: threading.Event, lost: threading.Event) -> None:
    seconds = settings.JOB_LEASE_SECONDS
    renewed_at = time.monotonic()
    try:
        while not stop.wait(seconds / 5):
            try:
                renew_lease(claim=claim)
                renewed_at = time.monotonic()
            except LeaseLostError:
                lost.set()
                return
            except DatabaseError as error:
                logger.warning("job %s: the lease was not renewed: %s", claim.job.pk, error)
                connection.close()
                if time.monotonic() - renewed_at > seconds:
                    lost.set()
                    return
    finally:
        # Each thread has a connection of its own, which nobody else closes.
        connection.close()
