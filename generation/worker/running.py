"""What a GPU worker does with its time: claim a job, draw it with whoever may share its batch, until nobody waits."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import DatabaseError

from generation.engine.errors import EngineError
from generation.models import Job
from generation.queue import Claim, claim_jobs, recover_lost_jobs
from generation.registry.switching import first_model_of_worker, next_to_warm, worker_model_ids
from generation.sampling import is_guided
from generation.worker.alone import draw_alone, run_again
from generation.worker.desk import Desk
from generation.worker.held import end_job
from generation.worker.sharing import SharedBatch

if TYPE_CHECKING:
    from generation.engine.painter import Painter

logger = logging.getLogger(__name__)


def run_waiting_jobs(*, worker: str, stopping: Callable[[], bool]) -> int:
    """Draw until nothing waits or `stopping()` is true; how many jobs were taken in hand."""
    recover_lost_jobs()
    taken, warm_model = 0, None
    with Desk(worker=worker, stopping=stopping) as desk:
        while not stopping():
            desk.in_print.collect()
            claims = claim_jobs(worker=worker, limit=1, models=worker_model_ids(), warm_model=warm_model)
            if claims:
                warm_model = claims[0].job.model_id
                taken += _run_with_companions(claims, desk=desk)
            elif not desk.in_print.wait():
                break
        while desk.in_print.wait():
            pass
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


def _run_with_companions(claims: list[Claim], *, desk: Desk) -> int:
    """Draw claimed jobs and whoever joins them; how many jobs that were."""
    taken = 0
    while claims:
        claim = claims.pop(0)
        desk.leases.hold(claim)
        taken += 1
        try:
            is_again = claim.job.purpose != Job.Purpose.DRAW
            painter = None if is_again else _painter_of(claim.job)
            if painter is not None and painter.shares:
                shared = SharedBatch(painter, desk=desk, key=claim.job.sampling_key)
                shared.run(claim)
                taken += shared.taken - 1
                claims += shared.left_over
                continue
            if painter is not None:
                draw_alone(claim, painter, desk=desk)
                continue
            run_again(claim, desk=desk)
            end_job(claim, None)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the job ends with a reason
            end_job(claim, error)
        desk.leases.drop(claim)
    return taken


def _painter_of(job: Job) -> "Painter":
    # Imported here: only the process that draws loads torch (law 6).
    from generation.engine.painter import painter_for

    return painter_for(job.model, width=job.width, height=job.height, guided=is_guided(job.guidance_scale))
