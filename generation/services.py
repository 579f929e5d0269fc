"""Writes of generation: submitting, canceling and retrying jobs. (The engine's writes are in `generation.queue`.)"""

from decimal import Decimal

from accounts.models import Person
from generation.models import Job


def submit_job(
    *,
    person: Person,
    prompt: str,
    model: str | None = None,
    negative_prompt: str = "",
    seed: int | None = None,
    steps: int | None = None,
    guidance_scale: Decimal | None = None,
    width: int | None = None,
    height: int | None = None,
    count: int = 1,
    private_prompt: bool = False,
) -> Job:
    """Put a job into the queue and wake a worker once the surrounding transaction has committed.

    `model` is a slug; what is None takes the model's default (the seed: a random one below 2**32). Raises
    InvalidInput naming every field at fault, UnknownModel.
    """
    raise NotImplementedError


def cancel_job(*, job: Job) -> Job:
    """Cancel a waiting job at once, or ask the worker of a running one to stop after its current step.

    Raises JobNotCancelable when it has already ended.
    """
    raise NotImplementedError


def retry_job(*, job: Job) -> Job:
    """Queue a failed or canceled job again; pictures it already has are kept. Raises JobNotRetryable."""
    raise NotImplementedError
