"""A job while a worker has it in hand: what stops it, and how it ends."""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone

from api.errors import Problem
from generation import deadlines
from generation.engine.errors import EngineError
from generation.models import Job
from generation.queue import Claim, LeaseLostError, give_back, settle

logger = logging.getLogger(__name__)


# In SQL itself: Django takes longer to compose this than PostgreSQL to answer it.
_HELD = """
SELECT id, lease_token, cancel_requested_at, deadline_at FROM generation_job
WHERE id = ANY(%(jobs)s) AND status = 'running'
"""


class CancelRequestedError(Exception):
    """Somebody asked to cancel the job."""


class DeadlinePassedError(Exception):
    """Nobody wants the job's pictures any more."""


class ShuttingDownError(Exception):
    """This worker was asked to stop."""


def what_stops(claims: Iterable[Claim]) -> dict[UUID, Exception]:
    """Of each job that must not go on, by its id, why: it was canceled, is overdue, or belongs to another worker.

    One query, so that it can be asked after every step.
    """
    tokens = {claim.job.pk: claim.token for claim in claims}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"jobs": list(tokens)})
        known = {row[0]: row[1:] for row in cursor.fetchall()}
    found: dict[UUID, Exception] = {}
    for job_id, token in tokens.items():
        holder, canceled_at, deadline_at = known.get(job_id, (None, None, None))
        if holder != token:
            found[job_id] = LeaseLostError()
        elif canceled_at is not None:
            found[job_id] = CancelRequestedError()
        elif deadline_at is not None and deadline_at <= timezone.now():
            found[job_id] = DeadlinePassedError()
    return found


def end_job(claim: Claim, why: Exception | None) -> None:
    """Settle the job: succeeded when nothing stopped it, else by what did. Errors of the database come out."""
    try:
        _end(claim, why)
    except LeaseLostError:
        logger.warning("job %s: the lease was lost, another worker will draw it", claim.job.pk)


def _end(claim: Claim, why: Exception | None) -> None:
    match why:
        case None:
            settle(claim=claim, status=Job.Status.SUCCEEDED)
        case LeaseLostError() | DatabaseError():
            raise why
        case CancelRequestedError():
            settle(claim=claim, status=Job.Status.CANCELED)
        case DeadlinePassedError():
            _settle_with(claim, Job.Status.CANCELED, deadlines.CODE, deadlines.DETAIL)
        case ShuttingDownError():
            logger.info("job %s: given back, this worker shuts down", claim.job.pk)
            give_back(claim=claim)
        case EngineError() | Problem():
            logger.warning("job %s failed: %s", claim.job.pk, why)
            _settle_with(claim, Job.Status.FAILED, why.code, why.detail)
        case _:
            # The last resort: a job must end with a reason, and the next one must get its turn.
            logger.error("job %s failed", claim.job.pk, exc_info=why)
            detail = (
                "Something went wrong in the worker; the operator finds it in the log. Finished pictures are kept; "
                "trying again may help."
            )
            _settle_with(claim, Job.Status.FAILED, "internal_error", detail)


def _settle_with(claim: Claim, status: Job.Status, code: str, detail: str) -> None:
    settle(claim=claim, status=status, error_code=code, error_detail=detail)
