"""Deadlines: `Cancel-After` says after how long nobody wants a job's pictures any more."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from api.errors import InvalidInput
from generation.models import Job
from generation.notices import announce
from generation.quotas import uncharge_undrawn

HEADER = "Cancel-After"
SHORTEST = timedelta(seconds=5)
LONGEST = timedelta(hours=24)
CODE = "deadline_exceeded"
DETAIL = (
    "The deadline that was asked for with Cancel-After passed before the job had ended, so it was canceled. "
    "Finished pictures are kept; trying again sets no new deadline."
)

# As Replicate writes them: 90, 90s, 5m, 1h30m, 1.5h.
_PART = r"([0-9]{1,7}(?:\.[0-9]{1,6})?)"
_DURATION = re.compile(rf"(?:{_PART}h)?(?:{_PART}m)?(?:{_PART}s?)?")


def duration_of(text: str) -> timedelta:
    """What a `Cancel-After` header says. Raises InvalidInput that names the header, for what is no duration too."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise _refused("is not a duration")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    duration = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not SHORTEST <= duration <= LONGEST:
        raise _refused("is out of range")
    return duration


def _refused(fault: str) -> InvalidInput:
    return InvalidInput.for_field(
        HEADER,
        f"`{HEADER}` {fault}. Nothing was queued: send 5 seconds to 24 hours, as `90`, `90s`, `5m` or `1h30m`.",
        code="out_of_range" if "range" in fault else "invalid",
    )


def cancel_overdue_jobs() -> int:
    """Cancel the waiting jobs whose deadline has passed; how many there were. (Running ones end with their step.)"""
    with transaction.atomic():
        overdue = list(Job.objects.overdue(now=timezone.now()).select_for_update(skip_locked=True))
        for job in overdue:
            job.status, job.finished_at = Job.Status.CANCELED, timezone.now()
            job.error_code, job.error_detail = CODE, DETAIL
            uncharge_undrawn(job)
            job.revision += 1
            job.save()
            announce(job)
    return len(overdue)
